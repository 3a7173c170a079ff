{{/* Names are those of the `vault` chart, so that a chart swap keeps every object. The templates vault.* also
stand in that chart; values that are run through `tpl` may use them. */}}
{{- define "vault.name" -}}
{{- default "vault" .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "vault.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default "vault" .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "vault.namespace" -}}
{{- default .Release.Namespace .Values.global.namespace -}}
{{- end -}}

{{- define "leasehold.injector" -}}
{{ include "vault.fullname" . }}-agent-injector
{{- end -}}

{{- define "leasehold.labels" -}}
app.kubernetes.io/name: {{ include "vault.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "leasehold.selector" -}}
app.kubernetes.io/name: {{ include "vault.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name | quote }}
component: webhook
{{- end -}}

{{/* compat: the labels of what belongs to PodSecurityPolicy lack the suffix. */}}
{{- define "leasehold.pspLabels" -}}
app.kubernetes.io/name: {{ include "vault.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "leasehold.chart" -}}
{{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* Where the injected agents find Vault. compat: no tpl. */}}
{{- define "leasehold.vaultAddress" -}}
{{- if .Values.global.externalVaultAddr -}}
{{ .Values.global.externalVaultAddr }}
{{- else if .Values.injector.externalVaultAddr -}}
{{ .Values.injector.externalVaultAddr }}
{{- else -}}
{{ ternary "http" "https" (eq (toString .Values.global.tlsDisable) "true") }}://{{ include "vault.fullname" . }}.{{ include "vault.namespace" . }}.svc:{{ .Values.server.service.port }}
{{- end -}}
{{- end -}}

{{/* Names are those of the `vault` chart, so that a chart swap keeps every object. */}}
{{- define "leasehold.name" -}}
{{- default "vault" .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "leasehold.fullname" -}}
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

{{- define "leasehold.injector" -}}
{{ include "leasehold.fullname" . }}-agent-injector
{{- end -}}

{{- define "leasehold.namespace" -}}
{{ default .Release.Namespace .Values.global.namespace }}
{{- end -}}

{{- define "leasehold.labels" -}}
app.kubernetes.io/name: {{ include "leasehold.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "leasehold.selector" -}}
app.kubernetes.io/name: {{ include "leasehold.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name }}
component: webhook
{{- end -}}

{{- define "leasehold.vaultAddress" -}}
{{- if .Values.global.externalVaultAddr -}}
{{ .Values.global.externalVaultAddr }}
{{- else -}}
{{ if .Values.global.tlsDisable }}http{{ else }}https{{ end }}://{{ include "leasehold.fullname" . }}.{{ include "leasehold.namespace" . }}.svc:8200
{{- end -}}
{{- end -}}

{{- define "leasehold.certSecret" -}}
{{ default (printf "%s-tls" (include "leasehold.injector" .)) .Values.injector.certs.secretName }}
{{- end -}}

{{/* The injector's environment. The order is that of the `vault` chart: of one name the last one counts. */}}
{{- define "leasehold.env" -}}
{{- $injector := .Values.injector -}}
- name: AGENT_INJECT_LISTEN
  value: ":{{ $injector.port }}"
- name: AGENT_INJECT_LOG_LEVEL
  value: {{ default "info" $injector.logLevel | quote }}
- name: AGENT_INJECT_VAULT_ADDR
  value: {{ include "leasehold.vaultAddress" . | quote }}
- name: AGENT_INJECT_VAULT_AUTH_PATH
  value: {{ include "leasehold.text" $injector.authPath | quote }}
- name: AGENT_INJECT_VAULT_IMAGE
  value: "{{ $injector.agentImage.repository }}:{{ $injector.agentImage.tag }}"
{{- include "leasehold.envCertificate" . }}
- name: AGENT_INJECT_LOG_FORMAT
  value: {{ default "standard" $injector.logFormat | quote }}
- name: AGENT_INJECT_REVOKE_ON_SHUTDOWN
  value: {{ include "leasehold.text" $injector.revokeOnShutdown | quote }}
{{- if .Values.global.openshift }}
- name: AGENT_INJECT_SET_SECURITY_CONTEXT
  value: "false"
{{- end }}
{{- if $injector.metrics.enabled }}
- name: AGENT_INJECT_TELEMETRY_PATH
  value: "/metrics"
{{- end }}
{{- if include "leasehold.leaderMode" . }}
- name: AGENT_INJECT_USE_LEADER_ELECTOR
  value: "true"
- name: NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- include "leasehold.envAgent" . }}
{{- range $name, $value := $injector.extraEnvironmentVars }}
- name: {{ $name | replace "." "_" | upper | quote }}
  value: {{ $value | quote }}
{{- end }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end -}}

{{- define "leasehold.envCertificate" -}}
{{- $certs := .Values.injector.certs -}}
{{- $service := printf "%s-svc" (include "leasehold.injector" .) -}}
{{- $namespace := include "vault.namespace" . -}}
{{- if $certs.secretName }}
- name: AGENT_INJECT_TLS_CERT_FILE
  value: "/etc/webhook/certs/{{ $certs.certName }}"
- name: AGENT_INJECT_TLS_KEY_FILE
  value: "/etc/webhook/certs/{{ $certs.keyName }}"
{{- else }}
- name: AGENT_INJECT_TLS_AUTO
  value: {{ include "leasehold.injector" . }}-cfg
- name: AGENT_INJECT_TLS_AUTO_HOSTS
  value: {{ printf "%s,%s.%s,%s.%s.svc" $service $service $namespace $service $namespace }}
{{- end }}
{{- end -}}

{{/* compat: an empty value does not take a limit away, the injector then has its own default. */}}
{{- define "leasehold.envAgent" -}}
{{- $agent := .Values.injector.agentDefaults }}
{{- range $key := list "cpuRequest" "cpuLimit" "memRequest" "memLimit" }}
- name: AGENT_INJECT_{{ $key | snakecase | upper }}
  value: {{ include "leasehold.text" (index $agent $key) | quote }}
{{- end }}
{{- range $key := list "ephemeralRequest" "ephemeralLimit" }}
{{- with index $agent $key }}
- name: AGENT_INJECT_{{ $key | snakecase | upper }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
- name: AGENT_INJECT_DEFAULT_TEMPLATE
  value: {{ include "leasehold.text" $agent.template | quote }}
- name: AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE
  value: {{ include "leasehold.text" $agent.templateConfig.exitOnRetryFailure | quote }}
{{- with $agent.templateConfig.staticSecretRenderInterval }}
- name: AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Entries are names, or maps with a name; compat: a map without one is left out. */}}
{{- define "leasehold.imagePullSecrets" -}}
{{- with .Values.global.imagePullSecrets -}}
imagePullSecrets:
  {{- range . }}
  {{- if kindIs "string" . }}
  - name: {{ . | quote }}
  {{- else if .name }}
  - name: {{ .name | quote }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* "true" or nothing. compat: any text but "true" and "-" means off. */}}
{{- define "leasehold.enabled" -}}
{{- $own := toString .Values.injector.enabled -}}
{{- if or (eq $own "true") (and (eq $own "-") (eq (toString .Values.global.enabled) "true")) -}}true{{- end -}}
{{- end -}}

{{/* "true" when several replicas elect a leader. */}}
{{- define "leasehold.leaderMode" -}}
{{- if and (include "leasehold.enabled" .) (eq (toString .Values.injector.leaderElector.enabled) "true") (gt (int .Values.injector.replicas) 1) -}}true{{- end -}}
{{- end -}}

{{/* A value that may be a structure (printed as it is) or text (run as a template): list VALUE ROOT. */}}
{{- define "leasehold.render" -}}
{{- $value := index . 0 -}}
{{- if kindIs "string" $value -}}
{{- tpl $value (index . 1) | trimAll "\n" -}}
{{- else -}}
{{- toYaml $value -}}
{{- end -}}
{{- end -}}

{{/* metadata.annotations of such a value, or nothing. */}}
{{- define "leasehold.annotations" -}}
{{- if index . 0 -}}
annotations:
  {{- include "leasehold.render" . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Text of any scalar; null is empty, where `quote` alone would print nothing. */}}
{{- define "leasehold.text" -}}
{{- if not (kindIs "invalid" .) }}{{ . }}{{ end -}}
{{- end -}}

{{/* A probe: list TIMES PORT. */}}
{{- define "leasehold.probe" -}}
{{- $times := index . 0 -}}
httpGet:
  path: /health/ready
  port: {{ index . 1 }}
  scheme: HTTPS
{{- range $key := list "failureThreshold" "initialDelaySeconds" "periodSeconds" "successThreshold" "timeoutSeconds" }}
{{ $key }}: {{ index $times $key }}
{{- end }}
{{- end -}}

{{/* The webhook's caBundle. In automatic mode the injector writes it: what it wrote stays over an upgrade, or pods
made until it is repaired would start without secrets. Without a cluster (`helm template`) it is empty. */}}
{{- define "leasehold.caBundle" -}}
{{- if or .Values.injector.certs.caBundle .Values.injector.certs.secretName -}}
{{- include "leasehold.text" .Values.injector.certs.caBundle -}}
{{- else -}}
{{- $live := lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" (printf "%s-cfg" (include "leasehold.injector" .)) -}}
{{- range $hook := default list $live.webhooks -}}
{{- if eq $hook.name "vault.hashicorp.com" -}}{{- dig "clientConfig" "caBundle" "" $hook -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Ends the render when what is scraped or watched would not be there: list ROOT KEY. */}}
{{- define "leasehold.needMetrics" -}}
{{- if not (index . 0).Values.injector.metrics.enabled -}}
{{- fail (printf "%s needs injector.metrics.enabled=true: without it the injector has no metrics" (index . 1)) -}}
{{- end -}}
{{- end -}}

{{/* metadata of an object that another program finds by labels: list ROOT LABELS. */}}
{{- define "leasehold.foundByLabels" -}}
name: {{ include "leasehold.injector" (index . 0) }}
namespace: {{ include "vault.namespace" (index . 0) }}
labels:
  {{- merge (include "leasehold.labels" (index . 0) | fromYaml) (default dict (index . 1)) | toYaml | nindent 2 }}
{{- end -}}

{{/* What both monitors say about the port: their section of the values. */}}
{{- define "leasehold.endpoint" -}}
port: https
path: /metrics
scheme: https
interval: {{ .interval }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

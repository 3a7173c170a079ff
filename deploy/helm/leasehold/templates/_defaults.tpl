{{/* A section that the user sets to null has its default: Helm takes the whole section away, and a template
would stumble over each of its keys. Every template begins with this. The exception is
`injector.webhook: null`, with which the older keys beside it count. */}}
{{- define "leasehold.prepare" -}}
{{- if and .Values.injector (kindIs "invalid" .Values.injector.webhook) -}}
{{- $_ := set .Values.injector "webhook" dict -}}
{{- end -}}
{{- include "leasehold.fill" (list .Values (.Files.Get "files/defaults.yaml" | fromYaml)) -}}
{{- end -}}

{{- define "leasehold.fill" -}}
{{- $values := index . 0 -}}
{{- range $key, $default := index . 1 -}}
{{- if kindIs "map" $default -}}
{{- $value := index $values $key -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := set $values $key $default -}}
{{- else if kindIs "map" $value -}}
{{- include "leasehold.fill" (list $value $default) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of all objects, or the beginning of it: the release's, made to contain "vault". */}}
{{- define "vault.fullname" -}}
{{- contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- end -}}

{{/* Labels by which an installation's objects are recognised. */}}
{{- define "vault.identity" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of the servers' pods that never change, so that objects can select by them. */}}
{{- define "vault.selector" -}}
{{ include "vault.identity" . }}
component: server
{{- end -}}

{{/* Labels of every object. */}}
{{- define "vault.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "vault.identity" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* Vault's configuration, as its servers get it. */}}
{{- define "vault.config" -}}
{{- tpl .Values.server.ha.raft.config . -}}
{{- end -}}

{{/* Annotations that change with the configuration, if they are wanted. */}}
{{- define "vault.configAnnotations" -}}
{{- if .Values.server.includeConfigAnnotation -}}
annotations:
  vault.hashicorp.com/config-checksum: {{ include "vault.config" . | sha256sum }}
{{- end -}}
{{- end -}}

{{/* An environment variable that takes its value from a field of the pod: name, field path. */}}
{{- define "vault.podField" -}}
- name: {{ index . 0 }}
  valueFrom:
    fieldRef:
      fieldPath: {{ index . 1 }}
{{- end -}}

{{/* A claim for a volume of the servers: name, values of its storage. */}}
{{- define "vault.claim" -}}
{{- $storage := index . 1 -}}
- metadata:
    name: {{ index . 0 }}
  spec:
    accessModes:
      - ReadWriteOnce
    resources:
      requests:
        storage: {{ $storage.size }}
    {{- with $storage.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
{{- end -}}

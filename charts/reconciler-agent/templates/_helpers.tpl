{{- define "reconciler-agent.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "reconciler-agent.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: agent
{{- end -}}

{{- /* Metadata of every object. In: [context, name, labels that differ from the agent's (a dict), namespace ("": none)]. */ -}}
{{- define "reconciler-agent.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 | quote }}
{{- with index . 3 }}
namespace: {{ . | quote }}
{{- end }}
labels:
{{- $own := include "reconciler-agent.selectorLabels" $context | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" ($context.Chart.AppVersion | toString) -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $context.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_") -}}
{{- merge (deepCopy (index . 2)) $own $context.Values.commonLabels | toYaml | nindent 2 }}
{{- end -}}

{{- define "reconciler-agent.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "reconciler-agent.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "reconciler-agent.image" -}}
{{- $registry := .Values.image.registry | default .Values.global.imageRegistry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- .Values.image.repository -}}
{{- if or .Values.image.tag (not .Values.image.digest) -}}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- /* Of objects without a namespace: a cluster may hold several agents, each in a namespace of its own. */ -}}
{{- define "reconciler-agent.clusterScopedName" -}}
{{ include "reconciler-agent.fullname" . }}:{{ .Release.Namespace }}
{{- end -}}

{{- define "reconciler-agent.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "reconciler-agent.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /*
Files that the process reads, as a list of {name, at: folder below /etc/reconciler, secret or sources}. They are mounted as folders
and never by subPath, so that a Secret which is replaced is used without a restart.
*/ -}}
{{- define "reconciler-agent.mounted" -}}
{{- with .Values.git.credentials.existingSecret }}
- {name: git-credentials, at: git, secret: {{ . | quote }}}
{{- end }}
{{- with .Values.git.verifyKeys }}
{{- if or .configMap .existingSecret }}
- name: trusted-keys
  at: trusted-keys
  sources:
    {{- with .configMap }}
    - {configMap: {name: {{ . | quote }}}}
    {{- end }}
    {{- with .existingSecret }}
    - {secret: {name: {{ . | quote }}}}
    {{- end }}
{{- end }}
{{- end }}
{{- range $number, $one := .Values.sources.credentials }}
- {name: source-{{ $number }}, at: {{ printf "sources/%s" $one.name | quote }}, secret: {{ $one.existingSecret | quote }}}
{{- end }}
{{- with .Values.sops.ageKey.existingSecret }}
- {name: sops, at: sops, secret: {{ . | quote }}}
{{- end }}
{{- end -}}

{{- /* Refuses values that no schema can refuse with a helpful message. */ -}}
{{- define "reconciler-agent.check" -}}
{{- if not .Values.clusterName -}}
{{- fail "no member: set clusterName to the name of its Cluster file" -}}
{{- end -}}
{{- if not .Values.git.url -}}
{{- fail "no repository: set git.url" -}}
{{- end -}}
{{- if regexMatch "^[A-Za-z+]+://[^/]*:[^/]*@|(?i)^https?://.*@" .Values.git.url -}}
{{- fail "git.url contains a credential, which everybody could read in the Deployment; put it into a Secret, under the keys `username` and `password`, and name that in git.credentials.existingSecret" -}}
{{- end -}}
{{- $places := list -}}
{{- range .Values.sources.credentials -}}
{{- if has .name $places -}}
{{- fail (printf "sources.credentials names %s twice; keep one of them" .name) -}}
{{- end -}}
{{- $places = append $places .name -}}
{{- end -}}
{{- if and .Values.rbac.clusterRole (or .Values.rbac.kinds .Values.rbac.namespaces) -}}
{{- fail "rbac.clusterRole says all that the agent may do; leave out rbac.kinds and rbac.namespaces, or rbac.clusterRole" -}}
{{- end -}}
{{- end -}}

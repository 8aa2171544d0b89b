{{- define "reconciler.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "reconciler.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{- /* Metadata of every object. In: [context, name, labels that differ from the controller's (a dict), namespace ("": none)]. */ -}}
{{- define "reconciler.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 }}
{{- with index . 3 }}
namespace: {{ . }}
{{- end }}
labels:
{{- $own := include "reconciler.selectorLabels" $context | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" ($context.Chart.AppVersion | toString) -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $context.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_") -}}
{{- merge (deepCopy (index . 2)) $own $context.Values.commonLabels | toYaml | nindent 2 }}
{{- end -}}

{{- define "reconciler.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (printf "%s-controller" (include "reconciler.fullname" .)) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "reconciler.image" -}}
{{- $registry := .Values.image.registry | default .Values.global.imageRegistry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- .Values.image.repository -}}
{{- if or .Values.image.tag (not .Values.image.digest) -}}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- define "reconciler.membersNamespace" -}}
{{- .Values.members.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "reconciler.hostMember" -}}
{{ include "reconciler.fullname" . }}-host-member:{{ .Release.Namespace }}
{{- end -}}

{{- define "reconciler.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "reconciler.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* Refuses values that no schema can refuse with a helpful message. */ -}}
{{- define "reconciler.check" -}}
{{- if and .Values.git.url .Values.git.existingSecret -}}
{{- fail "git.url and git.existingSecret both name a repository; set one of them" -}}
{{- end -}}
{{- if not (or .Values.git.url .Values.git.existingSecret) -}}
{{- fail "no repository: set git.url, or git.existingSecret to a Secret whose key `url` is the URL with user and token" -}}
{{- end -}}
{{- if regexMatch "^[A-Za-z+]+://[^/]*:[^/]*@|^https?://[^/]*@" .Values.git.url -}}
{{- fail "git.url contains a credential, which everybody could read in the Deployment; put the URL into a Secret, under the key `url`, and name it in git.existingSecret" -}}
{{- end -}}
{{- end -}}

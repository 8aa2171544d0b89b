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
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: controller
{{- end -}}

{{- /* Metadata of every object. In: [context, name, labels that differ from the controller's (a dict), namespace ("": none)]. */ -}}
{{- define "reconciler.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 | quote }}
{{- with index . 3 }}
namespace: {{ . | quote }}
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

{{- /* Not empty: the Pods hold a Lease, so that only one of them leads. */ -}}
{{- define "reconciler.elects" -}}
{{- if or .Values.leaderElection.enabled .Values.sharding.enabled (gt (int .Values.replicaCount) 1) }}true{{ end -}}
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
  {{- with .Values.seccompProfile.localhostProfile }}
  type: Localhost
  localhostProfile: {{ . | quote }}
  {{- else }}
  type: RuntimeDefault
  {{- end }}
{{- end -}}

{{- /*
Files that the process reads, as a list of {name, at: folder below /etc/reconciler, secret or sources}. They are mounted as folders
and never by subPath, so that a Secret which is replaced is used without a restart.
*/ -}}
{{- define "reconciler.mounted" -}}
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
{{- with .Values.git.signingKey.existingSecret }}
- {name: signing-key, at: signing, secret: {{ . | quote }}}
{{- end }}
{{- with .Values.webhook.existingSecret }}
- {name: webhook, at: webhook, secret: {{ . | quote }}}
{{- end }}
{{- if .Values.dashboard.enabled }}
- {name: dashboard, at: dashboard, secret: {{ .Values.dashboard.existingSecret | quote }}}
{{- end }}
{{- with .Values.forge.existingSecret }}
- {name: forge, at: forge, secret: {{ . | quote }}}
{{- end }}
{{- range $number, $one := .Values.notifications }}
- {name: notify-{{ $number }}, at: notify/{{ $number }}, secret: {{ $one.existingSecret | quote }}}
{{- end }}
{{- range $number, $one := .Values.sources.credentials }}
- {name: source-{{ $number }}, at: {{ printf "sources/%s" $one.name | quote }}, secret: {{ $one.existingSecret | quote }}}
{{- end }}
{{- with .Values.sops.ageKey.existingSecret }}
- {name: sops, at: sops, secret: {{ . | quote }}}
{{- end }}
{{- end -}}

{{- /* Refuses values that no schema can refuse with a helpful message. */ -}}
{{- define "reconciler.check" -}}
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
{{- if and (or .Values.git.verifyKeys.configMap .Values.git.verifyKeys.existingSecret) (not .Values.git.signingKey.existingSecret) -}}
{{- fail "with git.verifyKeys, the status branch must be signed, too: set git.signingKey.existingSecret to a Secret whose key `key` is a private key" -}}
{{- end -}}
{{- if and .Values.webhook.ingress.enabled (not .Values.webhook.existingSecret) -}}
{{- fail "webhook.ingress needs webhook.existingSecret: a webhook without a secret is not received" -}}
{{- end -}}
{{- if and .Values.dashboard.enabled (not .Values.dashboard.existingSecret) -}}
{{- fail "dashboard.enabled needs dashboard.existingSecret: a Secret whose key `dashboard.yaml` says how people sign in, and who sees what" -}}
{{- end -}}
{{- if and (or .Values.dashboard.existingSecret .Values.dashboard.ingress.enabled) (not .Values.dashboard.enabled) -}}
{{- fail "dashboard.existingSecret and dashboard.ingress have an effect only with dashboard.enabled" -}}
{{- end -}}
{{- if ne (empty .Values.forge.kind) (empty .Values.forge.existingSecret) -}}
{{- fail "forge.kind and forge.existingSecret have an effect together only; set both" -}}
{{- end -}}
{{- if and .Values.sharding.statusBranch (not .Values.sharding.enabled) -}}
{{- fail "sharding.statusBranch has an effect only with sharding.enabled; the Configuration of the repository names the branch otherwise" -}}
{{- end -}}
{{- if and (include "reconciler.elects" .) .Values.cache.persistence.enabled -}}
{{- fail "cache.persistence is for one Pod, but with several, or leaderElection.enabled, two run at a time, and each needs a mirror of its own; leave it out" -}}
{{- end -}}
{{- end -}}

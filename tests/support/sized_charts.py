"""Charts of the size of well-known ones, written by a program: what they hold is invented, how much of it is not.

| Chart | As large as | Objects | Bytes of output |
|---|---|---|---|
| `small` | podinfo 6 | 4 to 6 | 6 kB |
| `ingress` | ingress-nginx 4 | 21, six of them hooks | 20 kB |
| `monitoring` | kube-prometheus-stack 70 | 150, with 10 definitions | 3 MB |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

Files = dict[str, str]

HELPERS = """{{- define "name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}
{{- define "labels" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
  selector: {matchLabels: {app.kubernetes.io/name: {{ include "name" . }}}}
  template:
    metadata:
      labels: {{- include "labels" . | nindent 8 }}
      annotations:
        checksum/config: {{ toJson .Values.ui | sha256sum }}
    spec:
      terminationGracePeriodSeconds: 30
      serviceAccountName: {{ include "name" . }}
      containers:
      - name: {{ .Chart.Name }}
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
        imagePullPolicy: {{ .Values.image.pullPolicy }}
        command: [./app, --port={{ .Values.service.port }}, --level={{ .Values.logLevel }}]
        env:
        - {name: UI_COLOR, value: {{ .Values.ui.color | quote }}}
        - {name: UI_MESSAGE, value: {{ .Values.ui.message | quote }}}
        ports: [{name: http, containerPort: {{ .Values.service.port }}}]
        livenessProbe: {httpGet: {path: /healthz, port: http}, initialDelaySeconds: 1, timeoutSeconds: 5}
        readinessProbe: {httpGet: {path: /readyz, port: http}, initialDelaySeconds: 1, timeoutSeconds: 5}
        resources: {{- toYaml .Values.resources | nindent 10 }}
"""
SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  type: ClusterIP
  ports: [{name: http, port: {{ .Values.service.port }}, targetPort: http, protocol: TCP}]
  selector: {app.kubernetes.io/name: {{ include "name" . }}}
"""
ACCOUNT = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
"""
AUTOSCALER = """{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: {{ include "name" . }}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "name" . }}}
  minReplicas: {{ .Values.replicaCount }}
  maxReplicas: 10
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 99}}}]
{{- end }}
"""
BUDGET = """{{- if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "name" . }}
  annotations: {example.com/kubernetes: {{ .Capabilities.KubeVersion.Version }}}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app.kubernetes.io/name: {{ include "name" . }}}}
{{- end }}
"""
PROBE = """apiVersion: v1
kind: Pod
metadata:
  name: {{ include "name" . }}-probe
  annotations: {"helm.sh/hook": test-success}
spec:
  restartPolicy: Never
  containers: [{name: probe, image: curl, command: [curl, http://{{ include "name" . }}]}]
"""
VALUES = {
    "replicaCount": 1,
    "logLevel": "info",
    "image": {"repository": "ghcr.io/example/app", "tag": "", "pullPolicy": "IfNotPresent"},
    "ui": {"color": "#34577c", "message": ""},
    "service": {"port": 9898},
    "autoscaling": {"enabled": False},
    "resources": {"requests": {"cpu": "1m", "memory": "16Mi"}},
}


def small(folder: str = "charts/small", version: str = "6.7.0") -> Files:
    """As podinfo: a Deployment, a Service, an account, a budget; an autoscaler if asked for."""
    return _chart(
        folder,
        version,
        VALUES,
        {
            "deployment": DEPLOYMENT,
            "service": SERVICE,
            "serviceaccount": ACCOUNT,
            "hpa": AUTOSCALER,
            "pdb": BUDGET,
            "tests/probe": PROBE,
        },
    )


def ingress(folder: str = "charts/ingress", *, suffix: str) -> Files:
    """As ingress-nginx: a controller with its rights, a webhook, and Jobs that make and install its certificate. suffix: for the
    names of objects in no namespace; servers are shared."""
    cluster = f'{{{{ include "name" . }}}}-{suffix}'
    rules = "rules: [{apiGroups: [''], resources: [configmaps, endpoints, secrets], verbs: [get, list, watch]}]\n"
    subject = 'subjects: [{kind: ServiceAccount, name: {{ include "name" . }}, namespace: {{ .Release.Namespace }}}]\n'
    hook = '{"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded"}'
    after = hook.replace("pre-", "post-")
    head = 'metadata:\n  name: {0}\n  labels: {{{{- include "labels" . | nindent 4 }}}}\n'
    hooked = head + "  annotations: {1}\n"
    admission = '{{ include "name" . }}-admission'
    rbac = "apiVersion: rbac.authorization.k8s.io/v1\n"

    def role(kind: str, name: str, made: str) -> str:
        return f"{rbac}kind: {kind}\n{made.format(name, hook)}{rules}"

    def binding(kind: str, name: str, made: str, of: str) -> str:
        ref = f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {of}, name: {name}}}\n"
        return f"{rbac}kind: {kind}\n{made.format(name, hook)}{ref}{subject}"

    def job(name: str, when: str) -> str:
        made = hooked.format(f"{admission}-{name}", when)
        pod = f"restartPolicy: OnFailure, serviceAccountName: {admission}, containers: [{{name: {name}, image: certgen}}]"
        return f"apiVersion: batch/v1\nkind: Job\n{made}spec: {{template: {{spec: {{{pod}}}}}}}\n"

    ingress_class = (
        f"apiVersion: networking.k8s.io/v1\nkind: IngressClass\n{head.format(cluster)}spec: {{controller: x/{suffix}}}\n"
    )
    config = (
        "apiVersion: v1\nkind: ConfigMap\n"
        + head.format('{{ include "name" . }}')
        + "data: {{- toYaml .Values.config | nindent 2 }}\n"
    )
    webhook = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n"
        + head.format(cluster)
        + "webhooks:\n- name: validate.ingress.example.com\n  failurePolicy: Ignore\n  sideEffects: None\n"
        "  admissionReviewVersions: [v1]\n  matchPolicy: Equivalent\n"
        "  namespaceSelector: {matchLabels: {example.com/never: matches}}\n"
        "  rules: [{apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [ingresses]}]\n"
        '  clientConfig: {service: {name: {{ include "name" . }}, namespace: {{ .Release.Namespace }}, path: /validate}}\n'
    )
    return _chart(
        folder,
        "4.12.0",
        {**VALUES, "config": {"use-forwarded-headers": "true"}},
        {
            "controller": DEPLOYMENT,
            "service": SERVICE,
            "service-metrics": SERVICE.replace('"name" . }}\n  labels', '"name" . }}-metrics\n  labels'),
            "serviceaccount": ACCOUNT,
            "pdb": BUDGET,
            "configmap": config,
            "clusterrole": role("ClusterRole", cluster, head),
            "clusterrolebinding": binding("ClusterRoleBinding", cluster, head, "ClusterRole"),
            "role": role("Role", '{{ include "name" . }}', head),
            "rolebinding": binding("RoleBinding", '{{ include "name" . }}', head, "Role"),
            "ingressclass": ingress_class,
            "webhook": webhook,
            "admission/serviceaccount": "apiVersion: v1\nkind: ServiceAccount\n" + hooked.format(admission, hook),
            "admission/role": role("Role", admission, hooked),
            "admission/rolebinding": binding("RoleBinding", admission, hooked, "Role"),
            "admission/clusterrole": role("ClusterRole", f"{cluster}-admission", hooked),
            "admission/clusterrolebinding": binding("ClusterRoleBinding", f"{cluster}-admission", hooked, "ClusterRole"),
            "admission/create": job("create", hook),
            "admission/patch": job("patch", after),
        },
    )  # fmt: skip


MONITORING_KINDS = ("Rule", "Scrape", "Monitor", "Probe", "Alert", "Store", "Agent", "Ruler", "Silence", "Query")


def monitoring(folder: str = "charts/monitoring", *, group: str, fields: int = 12) -> Files:
    """As kube-prometheus-stack: definitions with large schemas, their objects, dashboards, and what runs. group: of the kinds;
    servers are shared. fields: how many each level of a schema has."""
    templates = {"operator": DEPLOYMENT, "service": SERVICE, "serviceaccount": ACCOUNT, "pdb": BUDGET}
    for number in range(28):
        panels = [{"id": panel, "title": f"Panel {panel} of {number}", "expr": "rate(x[5m])" * 5} for panel in range(30)]
        data = json.dumps({"dashboard.json": json.dumps({"panels": panels})})
        templates[f"dashboards/d{number}"] = (
            f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {{{{ include "name" . }}}}-dashboard-{number}}}\ndata: {data}\n'
        )
    for number in range(100):
        kind = MONITORING_KINDS[number % 3]
        templates[f"objects/o{number}"] = (
            f"apiVersion: {group}/v1\nkind: {kind}\nmetadata:\n"
            f'  name: {{{{ include "name" . }}}}-{number}\n  labels: {{{{- include "labels" . | nindent 4 }}}}\n'
            f"spec: {{f0: {{f1: {{f2: {{{{ .Values.ui.color | quote }}}}}}}}}}\n"
        )
    chart = _chart(folder, "70.0.0", {**VALUES, "dashboards": True}, templates)
    for kind in MONITORING_KINDS:
        chart[f"{folder}/crds/{kind.lower()}.yaml"] = _definition(kind, group, fields)
    return chart


def _definition(kind: str, group: str, fields: int) -> str:
    lines = [
        "apiVersion: apiextensions.k8s.io/v1",
        "kind: CustomResourceDefinition",
        f"metadata: {{name: {kind.lower()}s.{group}}}",
        "spec:",
        f"  group: {group}",
        "  scope: Namespaced",
        f"  names: {{kind: {kind}, plural: {kind.lower()}s, singular: {kind.lower()}, listKind: {kind}List}}",
        "  versions:",
        "  - name: v1",
        "    served: true",
        "    storage: true",
        "    schema:",
        "      openAPIV3Schema:",
        "        type: object",
        "        properties:",
        "          spec:",
        *_fields(12, fields, 3),
    ]
    return "\n".join(lines) + "\n"


def _fields(indent: int, fields: int, depth: int) -> Iterator[str]:
    space = " " * indent
    yield f"{space}description: What is said of this part of the object, in about as many words as others take for it."
    if not depth:
        yield f"{space}type: string"
        return
    yield from (f"{space}type: object", f"{space}properties:")
    for number in range(fields):
        yield f"{space}  f{number}:"
        yield from _fields(indent + 4, fields, depth - 1)


def _chart(folder: str, version: str, values: Mapping[str, object], templates: Mapping[str, str]) -> Files:
    name = folder.rpartition("/")[2]
    return {
        f"{folder}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: {version}\n",
        f"{folder}/values.yaml": json.dumps(values, indent=2) + "\n",
        f"{folder}/templates/_helpers.tpl": HELPERS,
        **{f"{folder}/templates/{path}.yaml": text for path, text in templates.items()},
    }

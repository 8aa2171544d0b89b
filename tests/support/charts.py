"""What must hold for every chart of this project: checks of what it renders, and of its values."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from docs.chart_readme import values as documented_values
from reconciler.load.schemas import kubernetes_kinds
from reconciler.model.manifest import gvk_of
from tests.parts.build import KUBERNETES_VERSION
from tests.support.helm import NAMESPACE, Helm, Values

_FOREIGN = frozenset({"ServiceMonitor", "PrometheusRule"})
"""Kinds whose schemas we do not have."""
_RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}

COMMON: Values = {
    "image": {
        "registry": "registry.example.com",
        "repository": "platform/reconciler",
        "tag": "1.2.3",
        "digest": f"sha256:{'0' * 64}",
        "pullPolicy": "Always",
    },
    "imagePullSecrets": [{"name": "registry"}],
    "commonLabels": {"team": "platform"},
    "replicaCount": 0,
    "git": {
        "url": "ssh://git@git.example.com/config.git",
        "credentials": {"existingSecret": "no"},
        "verifyKeys": {"configMap": "1e3", "existingSecret": "y"},
        "blobless": True,
    },
    "sources": {
        "credentials": [
            {"name": "registry.example.com", "existingSecret": "null"},
            {"name": "registry.example.com_5000", "existingSecret": "0x1"},
        ]
    },
    "sops": {"ageKey": {"existingSecret": "1.0"}},
    "interval": "10s",
    "serviceAccount": {"name": "gitops", "annotations": {"example.com/role": "gitops"}},
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
    "cache": {"persistence": {"storageClass": "fast", "accessModes": ["ReadWriteOncePod"], "size": "10Gi"}},
    "terminationGracePeriodSeconds": 90,
    "startupProbe": {"periodSeconds": 6, "failureThreshold": 200},
    "livenessProbe": {"periodSeconds": 21, "failureThreshold": 4},
    "readinessProbe": {"periodSeconds": 11, "failureThreshold": 5},
    "service": {"type": "NodePort", "port": 80, "annotations": {"example.com/scrape": "yes"}},
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "egressPorts": [22, 8443],
        "extraEgress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    },
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "interval": "30s"},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "podLabels": {"cost": "platform"},
    "podAnnotations": {"example.com/log": "json"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "platform", "operator": "Exists"}],
    "priorityClassName": "system-cluster-critical",
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
}
"""Values that every chart has, other than their defaults. Text that looks like a number or a boolean stays text."""


READ_SECRETS = ["--source-secret", "registry.test_5000=a", "--source-secret", "git.test=b", "--sops-age-key-secret", "age"]
READ_VALUES: Values = {
    "sources": {
        "credentials": [{"name": "registry.test_5000", "existingSecret": "a"}, {"name": "git.test", "existingSecret": "b"}]
    },
    "sops": {"ageKey": {"existingSecret": "age"}},
}
"""The same as options of `install` and `register`, and as values."""


def folders_read(named: Collection[str], mounts: Collection[str]) -> set[str]:
    """The mounts that arguments name: themselves, by a file in one, or by the folder that holds several."""
    found: set[str] = set()
    for path in named:
        inside = {one for one in mounts if one.startswith(f"{path}/")}
        found |= inside or {path if path in mounts else path.rpartition("/")[0]}
    return found


def with_common(own: Values) -> Values:
    """The values of one chart, with those of COMMON."""
    return _merged(COMMON, own)


def _merged(one: Values, other: Values) -> Values:
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], Mapping)}
    return {**one, **other, **both}


def without_marks(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Objects that Helm rendered, or a command printed, without the labels that say which of them it was."""
    found = copy.deepcopy([one for one in objects if one["kind"] not in ("Pod", "Namespace")])
    for one in found:
        labels = one["metadata"]["labels"]
        assert labels.pop("app.kubernetes.io/managed-by") == ("Helm" if "helm.sh/chart" in labels else "reconciler")
        labels.pop("helm.sh/chart", None)
    return sorted(found, key=lambda one: (one["kind"], one["metadata"]["name"]))


def alerts_of_others(objects: list[dict[str, Any]], job: str) -> list[str]:
    """Expressions of alerts that read metrics of other releases, or none at all. job: the label of this release's metrics."""
    rules = next(one for one in objects if one["kind"] == "PrometheusRule")["spec"]["groups"][0]["rules"]
    own = f'namespace="{NAMESPACE}",job="{job}"'
    metrics = {rule["expr"]: re.findall(r"reconciler_\w+(\{[^}]*\})?", rule["expr"]) for rule in rules}
    return [text for text, found in metrics.items() if not found or any(own not in one for one in found)]


def pod_specs(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in objects:
        if one["kind"] in ("Deployment", "Pod"):
            yield one["spec"]["template"]["spec"] if one["kind"] == "Deployment" else one["spec"]


def container_of(objects: list[dict[str, Any]]) -> dict[str, Any]:
    container: dict[str, Any] = next(pod_specs(objects))["containers"][0]
    return container


def faults(objects: list[dict[str, Any]]) -> list[str]:
    """Objects that Kubernetes' schemas refuse, that have the name of another one, or that lack the labels of a release."""
    ours = [one for one in objects if one["kind"] not in _FOREIGN]
    found = [problem.message for one in ours for problem in kubernetes_kinds.validate(one, gvk_of(one))]
    names = [(one["kind"], one["metadata"]["name"], one["metadata"].get("namespace")) for one in objects]
    found += [f"twice: {name}" for name in set(names) if names.count(name) > 1]
    owned = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by"}
    return found + [f"no labels: {one['kind']}" for one in objects if not owned <= set(one["metadata"]["labels"])]


def unrestricted(objects: list[dict[str, Any]]) -> list[str]:
    """What differs from the Pod Security Standard `restricted` and a read-only root, in the process and in the test hook."""
    specs = list(pod_specs(objects))
    found = [] if len(specs) == 2 else [f"{len(specs)} Pods"]
    for spec in specs:
        if spec["securityContext"]["runAsNonRoot"] is not True:
            found.append("root")
        profile = spec["securityContext"]["seccompProfile"]
        if profile["type"] not in ("RuntimeDefault", "Localhost") or (profile["type"] == "Localhost") != (
            "localhostProfile" in profile
        ):
            found.append("seccomp")
        for container in spec["containers"]:
            if container["securityContext"] != _RESTRICTED:
                found.append(f"{container['name']}: {container['securityContext']}")
            if not {"requests", "limits"} <= set(container["resources"]):
                found.append(f"{container['name']}: resources")
    return found


# Values


def get(tree: Any, path: str) -> Any:
    for key in path.split("."):
        tree = tree[key] if isinstance(tree, Mapping) and key in tree else None
    return tree


def changed(tree: Any, path: str, value: Any) -> Any:
    """A copy of the values with one more; None: with one less."""
    copied = copy.deepcopy(tree)
    *parents, last = path.split(".")
    at = copied
    for key in parents:
        at = at.setdefault(key, {})
    if value is None:
        del at[last]
    else:
        at[last] = value
    return copied


def mistakes(paths: Iterable[str]) -> Iterator[Values]:
    """An unknown value beside each known one, and a wrong type in place of each."""
    for path in paths:
        above, _, _ = path.rpartition(".")
        if above not in ("global", "resources.requests", "resources.limits"):
            yield changed({}, f"{above}.unknown".removeprefix("."), "x")
        yield changed({}, path, [["wrong"]])


def without_effect(helm: Helm, chart: Path, sets: Mapping[str, Values]) -> list[str]:
    """Values that, taken out of the sets that have them, change nothing that is rendered, although the rest is not refused
    without them."""
    defaults = yaml.safe_load((chart / "values.yaml").read_text())
    rendered = {name: helm.template(values, chart=chart) for name, values in sets.items()}
    where = ("template", chart.name, str(chart), "--namespace", NAMESPACE, "--kube-version", KUBERNETES_VERSION)

    def is_changed(name: str, path: str) -> bool:
        ran = helm.run(*where, values=changed(sets[name], path, None))
        return ran.returncode != 0 or Helm.objects(ran.stdout) != rendered[name]

    dead = []
    for path in (one.path for one in documented_values(chart)):
        users = [name for name, values in sets.items() if get(values, path) not in (None, get(defaults, path))]
        if not any(is_changed(name, path) for name in users):
            dead.append(path)
    return dead

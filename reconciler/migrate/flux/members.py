"""The cluster that a Kustomization or HelmRelease of Flux is for. Pure.

`spec.kubeConfig` names a Secret (or a ConfigMap) with the kubeconfig of the cluster; its name without the usual words is that of
the Cluster. Without it, the object is for the cluster that Flux runs in: that of the folder which declares it, or the one that
the user names.

Source: fluxcd/kustomize-controller, docs/spec/v1/kustomizations.md (Remote clusters).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.migrate.declared import Declared
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import cluster_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text

_WORDS = re.compile(r"^(?:kube-?config|cluster)[-.]|[-.](?:kube-?config|cluster)$")

_GENERIC = frozenset({"kubeconfig", "kube-config", "cluster", "cluster-kubeconfig", "cluster-kube-config"})
"""Names that say nothing about the cluster: there is one in each namespace, and the namespace stands for the cluster."""


def cluster_of(one: Declared, own: str, folders: Mapping[str, str]) -> ClusterName:
    """own: the cluster that Flux runs in. folders: name of a cluster → the folder with what its own Flux reads."""
    if secret := remote_of(one):
        return cluster_name(one.namespace if secret in _GENERIC and one.namespace else _WORDS.sub("", secret) or secret)
    path = one.origin.file
    inside = [(folder.strip("/"), name) for name, folder in folders.items() if path.startswith(f"{folder.strip('/')}/")]
    return cluster_name(max(inside)[1] if inside else own)


def shared_names(found: Iterable[Declared]) -> list[Remark]:
    """A remark about each cluster that Secrets of several namespaces name."""
    named: dict[ClusterName, dict[str, Declared]] = {}
    for one in found:
        if secret := remote_of(one):
            named.setdefault(cluster_of(one, "", {}), {}).setdefault(f"{one.namespace}/{secret}", one)
    remedy = "If they are several clusters, give each Secret a name of its own, and import again."
    return [
        Remark(one.subject, one.origin, f"{', '.join(secrets)} are taken for one cluster, {name}", _OF_ALL, remedy)
        for name, secrets in sorted(named.items())
        if len(secrets) > 1
        for one in [next(iter(secrets.values()))]
    ]


_OF_ALL = "What is for one of them is placed on that Cluster."


def remote_of(one: Declared) -> str:
    """What names another cluster than the one that Flux runs in; empty where nothing does."""
    names = [text(one.manifest, "spec", "kubeConfig", kind, "name") for kind in ("secretRef", "configMapRef")]
    return names[0] or names[1]

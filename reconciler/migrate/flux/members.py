"""The cluster that a Kustomization or HelmRelease of Flux is for. Pure.

`spec.kubeConfig` names a Secret (or a ConfigMap) with the kubeconfig of the cluster; its name without the usual words is that of
the Cluster. Without it, the object is for the cluster that Flux runs in: that of the folder which declares it, or the one that
the user names.

Source: fluxcd/kustomize-controller, docs/spec/v1/kustomizations.md (Remote clusters).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.migrate.declared import Declared
from reconciler.migrate.placed import cluster_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text

_WORDS = re.compile(r"^(?:kube-?config|cluster)[-.]|[-.](?:kube-?config|cluster)$")


def cluster_of(one: Declared, own: str, folders: Mapping[str, str]) -> ClusterName:
    """own: the cluster that Flux runs in. folders: name of a cluster → the folder with what its own Flux reads."""
    if secret := remote_of(one):
        return cluster_name(_WORDS.sub("", secret) or secret)
    path = one.origin.file
    inside = [(folder.strip("/"), name) for name, folder in folders.items() if path.startswith(f"{folder.strip('/')}/")]
    return cluster_name(max(inside)[1] if inside else own)


def remote_of(one: Declared) -> str:
    """What names another cluster than the one that Flux runs in; empty where nothing does."""
    names = [text(one.manifest, "spec", "kubeConfig", kind, "name") for kind in ("secretRef", "configMapRef")]
    return names[0] or names[1]

"""Annotations of other deployers that keep an object as it is: from removal, or from changes after its creation.

A repository that comes from one of them keeps what they promise. Ours is `reconciler.dev/prune: disabled` (`plan/prune.py`).
"""

from __future__ import annotations

from reconciler.model.manifest import Manifest, annotations_of

_DETACH = ("client.lifecycle.config.k8s.io/deletion", "detach")
_KEEP = ("cli-utils.sigs.k8s.io/on-remove", "keep")
_HELM = ("helm.sh/resource-policy", "keep")
_ARGO = ("argocd.argoproj.io/sync-options", "Prune=false")
_MUTATION = ("client.lifecycle.config.k8s.io/mutation", "ignore")


def kept_by(manifest: Manifest) -> str:
    """The annotation by which an object is not to be removed, as `NAME: VALUE`; empty where there is none.

    cli-utils: pkg/common, PreventDelete. Helm: pkg/kube, KeepPolicy, in any case. Argo CD: an option among others, with
    commas between them.
    """
    annotations = annotations_of(manifest)
    for name, value in (_DETACH, _KEEP):
        if annotations.get(name) == value:
            return f"{name}: {value}"
    policy = annotations.get(_HELM[0])
    if isinstance(policy, str) and policy.strip().lower() == _HELM[1]:
        return ": ".join(_HELM)
    name, value = _ARGO
    options = annotations.get(name)
    return f"{name}: {value}" if isinstance(options, str) and value in map(str.strip, options.split(",")) else ""


def is_only_created(manifest: Manifest) -> bool:
    """Whether an object is written once, and then left to the member (cli-utils: pkg/common, IgnoreMutation)."""
    name, value = _MUTATION
    return annotations_of(manifest).get(name) == value

"""Whose objects are taken over without an edit of each policy: those that carry the marks of a deployer that is being replaced.

`conflictResolution: Overwrite` takes over whatever has the name. `spec.adopt` of the Configuration is narrower: an object is
adopted only if its marks say that this deployer wrote it, so that an accident of equal names is still reported.

Source: Karmada, pkg/apis/work/v1alpha2/well_known_constants.go (labels and annotations of objects in members); Argo CD,
docs/user-guide/resource_tracking.md; Flux, fluxcd/pkg ssa (owner labels) and helm-controller (labels of a release's objects).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from reconciler.model.manifest import Manifest, annotations_of, key_of, labels_of, sequence, text
from reconciler.model.ownership import owner_of

MANAGED_BY_KARMADA = "karmada.io/managed"
"""Label of Karmada on each object that it wrote into a member: `true`."""
WORK_NAMESPACE = "work.karmada.io/namespace"
"""Annotation of Karmada on each object that it wrote into a member: the namespace of its Work."""
EXECUTION_NAMESPACE = "karmada-es-"
"""With the name of a member, the namespace of its Works (Karmada: ExecutionSpace)."""
TRACKING_ID = "argocd.argoproj.io/tracking-id"
"""Annotation of Argo CD on each object that it wrote: `APPLICATION:GROUP/KIND:NAMESPACE/NAME`."""
TRACKING_LABEL = "app.kubernetes.io/instance"
"""Label of Argo CD on each object that it wrote, where it tracks by label: the Application. Charts state it, too."""
_ARGO_MANAGERS = frozenset({"argocd-controller", "argocd-application-controller"})
_FLUX_MANAGERS = frozenset({"kustomize-controller", "helm-controller"})
FLUX_OWNERS = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
"""With `/name` and `/namespace`, labels of Flux on each object that it wrote."""


class Adopted(StrEnum):
    """The values of `spec.adopt`."""

    ARGO_CD = "ArgoCD"
    FLUX = "Flux"
    KARMADA = "Karmada"


def adopted_from(live: Manifest, adopt: Iterable[Adopted]) -> Adopted | None:
    """The deployer whose marks a live object carries, if it is one of these; None for what another reconciler wrote."""
    if owner_of(live):
        return None
    return next((one for one in adopt if _MARKED[one](live)), None)


def _of_karmada(live: Manifest) -> bool:
    """Somebody who copies a manifest copies its labels, too; that is why the annotation has to name a Work of a member."""
    work = annotations_of(live).get(WORK_NAMESPACE, "")
    return labels_of(live).get(MANAGED_BY_KARMADA) == "true" and work.startswith(EXECUTION_NAMESPACE)


def _of_argo_cd(live: Manifest) -> bool:
    """An id that names another object is a copy of the annotation (Argo CD has the same rule). The label alone says nothing,
    so Argo CD must have written fields, too."""
    return _names_itself(live) or (TRACKING_LABEL in labels_of(live) and _wrote(live, _ARGO_MANAGERS))


def _names_itself(live: Manifest) -> bool:
    _, _, place = str(annotations_of(live).get(TRACKING_ID, "")).partition(":")
    key = key_of(live)
    wanted = f"{key.group}/{key.kind}:{key.namespace}/{key.name}"
    # Of a cluster-scoped object, Argo CD writes the namespace of the destination.
    return bool(place) and (place == wanted or (not key.namespace and _without_namespace(place) == wanted))


def _without_namespace(place: str) -> str:
    kind, _, rest = place.rpartition(":")
    return f"{kind}:/{rest.rpartition('/')[2]}"


def _of_flux(live: Manifest) -> bool:
    """Labels can be copied with a manifest. So one of its controllers must have written fields, where it is recorded who did."""
    labels = labels_of(live)
    is_marked = any(labels.get(f"{one}/name") and labels.get(f"{one}/namespace") for one in FLUX_OWNERS)
    return is_marked and (not sequence(live, "metadata", "managedFields") or _wrote(live, _FLUX_MANAGERS))


def _wrote(live: Manifest, managers: Collection[str]) -> bool:
    return any(text(entry, "manager") in managers for entry in sequence(live, "metadata", "managedFields"))


_MARKED = {Adopted.ARGO_CD: _of_argo_cd, Adopted.FLUX: _of_flux, Adopted.KARMADA: _of_karmada}

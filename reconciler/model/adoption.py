"""Whose objects are taken over without an edit of each policy: those that carry the marks of a deployer that is being replaced.

`conflictResolution: Overwrite` takes over whatever has the name. `spec.adopt` of the Configuration is narrower: an object is
adopted only if its marks say that this deployer wrote it, so that an accident of equal names is still reported.

Source: Karmada, pkg/apis/work/v1alpha2/well_known_constants.go (labels and annotations of objects in members).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from reconciler.model.manifest import Manifest, annotations_of, labels_of
from reconciler.model.ownership import owner_of

MANAGED_BY_KARMADA = "karmada.io/managed"
"""Label of Karmada on each object that it wrote into a member: `true`."""
WORK_NAMESPACE = "work.karmada.io/namespace"
"""Annotation of Karmada on each object that it wrote into a member: the namespace of its Work."""
EXECUTION_NAMESPACE = "karmada-es-"
"""With the name of a member, the namespace of its Works (Karmada: ExecutionSpace)."""


class Adopted(StrEnum):
    """The values of `spec.adopt`."""

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


_MARKED = {Adopted.KARMADA: _of_karmada}

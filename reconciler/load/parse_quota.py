"""A FederatedResourceQuota → typed object. `admission/quotas.py` checks it."""

from __future__ import annotations

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.quantity import Quantity
from reconciler.model.quota import Quota


def parse_quota(document: Manifest, origin: Origin = NOWHERE) -> Quota:
    spec = mapping(document, "spec")
    assignments: dict[ClusterName, Manifest] = {}
    for item in sequence(spec, "staticAssignments"):
        assignments.setdefault(ClusterName(text(item, "clusterName")), mapping(item, "hard"))
    return Quota(
        namespace=text(document, "metadata", "namespace") or "default",
        name=text(document, "metadata", "name"),
        overall={name: Quantity.from_json(value) for name, value in sorted(mapping(spec, "overall").items())},
        assignments=dict(sorted(assignments.items())),
        origin=origin,
    )

"""Which changes of a live object are a reason for a pass: those of fields that a pass looks at.

Autoscalers write their status several times a minute, and other tools write annotations of our objects. A pass would plan the
whole fleet and find nothing. The record of the object is replaced in any case, so the next pass sees everything.

| Object | A pass looks at |
|---|---|
| ours | all but `metadata.resourceVersion` and the fields of other managers in `metadata.managedFields` |
| ours, of a kind of Kubernetes itself | the same, without labels and annotations that we do not own |
| an autoscaler that is not ours | the workload that it scales |
| another object that is not ours | whether it is the same one (its uid) |

The labels and annotations of other kinds count, because rules for health and retention read some of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeAlias

from reconciler.model.autoscaling import scaled_by
from reconciler.model.managed_fields import applied_fields
from reconciler.model.manifest import Manifest, gvk_of, mapping, text
from reconciler.model.ownership import MARKS, owner_of


class News(IntEnum):
    """What the change of an object is a reason for."""

    NONE = 0
    """Nothing."""
    FOR_A_PASS = 1
    """A pass has to see it."""
    OF_CONTENT = 2
    """Something changed that a template may state, so the object alone may have drifted."""


NewsOf: TypeAlias = Callable[[Manifest, Manifest], News]
"""Of the change of an object from the first to the second state."""


def concerns_a_pass(before: Manifest, after: Manifest) -> News:
    """For objects that may be ours."""
    if any(before.get(name) != after.get(name) for name in (before.keys() | after.keys()) - {"metadata", "status"}):
        return News.OF_CONTENT
    if before.get("status") != after.get("status"):  # A pass sees the rest of it, too.
        return News.FOR_A_PASS
    return News.OF_CONTENT if _metadata(before) != _metadata(after) else News.NONE


def concerns_a_workload(before: Manifest, after: Manifest) -> News:
    """For autoscalers. Ours count as all objects of ours."""
    if owner_of(before) or owner_of(after):
        return concerns_a_pass(before, after)
    return News.FOR_A_PASS if scaled_by(before) != scaled_by(after) else News.NONE


def is_replaced(before: Manifest, after: Manifest) -> News:
    """For objects that are in the way of ours."""
    return News.FOR_A_PASS if text(before, "metadata", "uid") != text(after, "metadata", "uid") else News.NONE


def _metadata(manifest: Manifest) -> dict[str, Any]:
    """The metadata that a pass looks at."""
    metadata, owned = mapping(manifest, "metadata"), applied_fields(manifest)
    kept = {name: value for name, value in metadata.items() if name not in ("resourceVersion", "managedFields")}
    if _is_of_kubernetes(manifest):
        for name in ("labels", "annotations"):
            ours = mapping(owned, "f:metadata", f"f:{name}")
            kept[name] = {key: value for key, value in mapping(metadata, name).items() if f"f:{key}" in ours or key in MARKS}
    return {**kept, "managedFields": owned}


def _is_of_kubernetes(manifest: Manifest) -> bool:
    """Whether the kind is one of Kubernetes itself whose rules read neither labels nor annotations. Autoscalers of version 1 have
    their conditions in an annotation."""
    group = gvk_of(manifest).group
    return group != "autoscaling" and ("." not in group or group.endswith(".k8s.io"))

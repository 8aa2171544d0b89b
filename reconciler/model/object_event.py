"""What the controller did to one object of a member, to be told in that member (Kubernetes: an Event)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import GroupVersionKind, ResourceKey


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """The fields of `events.k8s.io/v1`, without those of the moment."""

    key: ResourceKey
    gvk: GroupVersionKind
    uid: str
    """Of the object at the time of the plan; empty where it did not exist."""
    reason: str
    """One CamelCase word, such as `DriftCorrected`."""
    action: str
    """What was done or tried: Apply, Delete or Release."""
    note: str
    """A sentence, without values of Secrets."""
    warning: bool = False
    """Whether it failed."""

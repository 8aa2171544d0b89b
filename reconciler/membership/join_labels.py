"""What `join` leaves on everything that it makes: by which reconciler a cluster was joined, and under which name.

These are not the marks of what a sync writes (`model/ownership.py`): nothing that a sync does concerns the account it acts by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import labels_of, text

FIELD_MANAGER = "reconciler-join"
JOINED_AS = "reconciler.dev/joined-as"
"""Label: the name of the Cluster."""
JOINED_BY = "reconciler.dev/joined-by"
"""Label: the instance (`Settings.instance`)."""


@dataclass(frozen=True, slots=True)
class Marks:
    member: ClusterName
    instance: str

    @property
    def labels(self) -> dict[str, str]:
        return {"app.kubernetes.io/managed-by": "reconciler", JOINED_AS: self.member, JOINED_BY: self.instance}

    def are_on(self, live: Mapping[str, Any]) -> bool:
        return marks_of(live) == self


def marks_of(live: Mapping[str, Any]) -> Marks | None:
    """None where a live object carries none."""
    labels = labels_of(live)
    return Marks(ClusterName(text(labels, JOINED_AS)), text(labels, JOINED_BY)) if JOINED_AS in labels else None

"""The labels on every object that `join` creates: which reconciler joined the cluster, and under which name.

They are not the labels of objects that a sync writes (`model/ownership.py`): a sync never touches the account by which it acts.
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
class JoinLabels:
    member: ClusterName
    instance: str

    @property
    def labels(self) -> dict[str, str]:
        return {"app.kubernetes.io/managed-by": "reconciler", JOINED_AS: self.member, JOINED_BY: self.instance}

    def are_on(self, document: Mapping[str, Any]) -> bool:
        """Whether `join` created this object for this member."""
        return join_labels_of(document) == self


def join_labels_of(document: Mapping[str, Any]) -> JoinLabels | None:
    """None where an object has no such labels."""
    labels = labels_of(document)
    return JoinLabels(ClusterName(text(labels, JOINED_AS)), text(labels, JOINED_BY)) if JOINED_AS in labels else None

"""What a plan is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.membership.inventory.objects import ClusterObject
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName


@dataclass(frozen=True, slots=True)
class Look:
    """What a host cluster answered to one rule."""

    objects: tuple[ClusterObject, ...] = ()
    """Those that the rule selects."""
    listed: int = 0
    """How many there are at all, of its source and namespace."""
    problem: Issue | None = None
    """Why nothing is known."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the files declare."""

    clusters: Mapping[ClusterName, Cluster]
    """By name."""
    paths: Collection[str] = frozenset()
    """Of all files."""
    broken_texts: Mapping[str, str] = field(default_factory=dict)
    """Of files that cannot be read, by path."""

"""Replicas that no node of a member takes, and what follows from it; both are recorded with the decision of their workload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pods of one copy that no node takes, as they were seen last."""

    replicas: int
    """The number that the copy asked for, and had, when they were seen."""
    ready: int
    """How many of these were ready."""
    since: tuple[datetime, ...]
    """For each Pod without a node, since when; sorted."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A member keeps this number of replicas; the other members share the rest."""

    replicas: int
    since: datetime
    """When it was decided, in whole seconds."""

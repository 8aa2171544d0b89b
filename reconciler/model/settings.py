"""The `Configuration` of a repository (reconciler.dev/v1alpha1): all optional, the defaults are the safe side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Unclaimed(StrEnum):
    """What becomes of the objects of a template that no policy claims any more."""

    KEEP = "Keep"
    PRUNE = "Prune"


@dataclass(frozen=True, slots=True)
class PruneGuard:
    """How much one pass may prune from one member without consent."""

    max_share: float = 0.5
    """Of what we own there, 0 to 1."""
    always_allowed: int = 3
    """Up to this many objects are pruned whatever share they are."""


@dataclass(frozen=True, slots=True)
class Settings:
    include: tuple[str, ...] = ("**",)
    """Globs of the paths that are read."""
    exclude: tuple[str, ...] = ()
    instance: str = "reconciler"
    """The value of our label on members' objects; two reconcilers of one member need two names."""
    status_branch: str = "reconciler/status"
    prune_guard: PruneGuard = field(default_factory=PruneGuard)
    conflict_resolution: str = "Abort"
    """For templates whose policy says nothing."""
    unclaimed: Unclaimed = Unclaimed.KEEP
    empty_workloads: bool = True
    """Whether a selected cluster with a share of 0 holds the object with 0 replicas, be it made for that (Karmada:
    --enable-empty-workload-propagation, off there)."""
    handover_timeout: timedelta = timedelta(minutes=10)
    """How long an old copy waits for the new one to be Current (Karmada: --graceful-eviction-timeout)."""
    concurrency: int = 16
    """Requests at once to one member."""
    interval: timedelta = timedelta(seconds=30)
    """Between two looks at the repository."""

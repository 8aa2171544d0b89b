"""A lease: who may decide for a fleet, and for how long after the last renewal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """What the place of a lease says now (as Kubernetes' `coordination.k8s.io/v1` Lease)."""

    holder: str
    """The identity of the process that holds it; empty when it was released."""
    seconds: float
    """How long it is valid after its last renewal. Others measure that with their own clocks, from when they saw the renewal."""
    version: str
    """Changes with each write: a write names the version that it replaces."""
    renewal: str
    """Changes with each renewal, and with no other write."""
    transitions: int = 0
    """How often it went to another holder."""
    requested: str = ""
    """When somebody requested the last time that the holder read the repository; empty: never."""

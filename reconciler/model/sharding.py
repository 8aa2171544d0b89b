"""Which of several replicas writes to which member: rendezvous hashing.

Each replica draws a number for each member, and the highest number wins. The numbers depend on the two names alone, so every
process comes to the same answer, and a replica that comes or goes moves no member but its own: 1/N of them, on average
(Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998).

Replicas notice at different times who else there is. So each of them says in public which replicas it knows of, and `Shard`
contains a member only as long as nobody else claims it: a member whose owner changes has no writer for a moment, and never two.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import NewType

from reconciler.model.keys import ClusterName

Replica = NewType("Replica", str)
"""The name of a process."""
View = frozenset[Replica]
"""The replicas that a process knows of."""


def owner(member: ClusterName, replicas: Collection[Replica]) -> Replica | None:
    """The replica that writes to this member; None where there is no replica."""
    return max(replicas, key=lambda replica: (_weight(replica, member), replica), default=None)


@dataclass(frozen=True, slots=True)
class Shard:
    """The members that one replica may write to."""

    replica: Replica
    view: View = frozenset()
    """What this replica says in public. It must have said so before it asks the others."""
    others: frozenset[tuple[Replica, View]] = frozenset()
    """What the others said since then, those that are alive."""

    def __contains__(self, member: ClusterName) -> bool:
        return owner(member, self.view) == self.replica and not any(
            owner(member, view) == replica for replica, view in self.others
        )


@dataclass(frozen=True, slots=True)
class ReplicaLease:
    """What a replica says in public."""

    replica: Replica
    view: View
    seconds: float
    """How long it is alive after its last renewal. Others measure that with their own clocks, from when they saw the renewal."""
    renewal: str
    """Changes with each renewal."""
    version: str
    """Changes with each write."""
    requested: str = ""
    """When another process requested the last time that it read the repository; empty: never."""


def _weight(replica: Replica, member: ClusterName) -> bytes:
    return blake2b(f"{replica}\0{member}".encode("utf-8", "surrogatepass"), digest_size=16).digest()

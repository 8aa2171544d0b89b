"""Liveness and readiness of the process, as a kubelet probes them.

The process is alive while its loop turns; a process whose loop is stuck must be restarted. It is ready after the first pass
over a revision. Unreachable members do not make it unready, because a restart would not help them. A process that stands by,
because another one is the leader, is alive and ready.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

_STUCK = 600.0
"""Seconds without a turn of the loop. No pass takes that long, because all its requests have time-outs."""


@dataclass(slots=True)
class Probes:
    turned: float = 0.0
    """When the loop turned last, by the monotonic clock."""
    passes: int = 0
    """How many passes were made."""
    standing_by: bool = False
    """Whether another process is the leader."""
    trouble: str = "the repository has not been read yet"
    """Why the repository cannot be read; empty when it can."""

    def turn(self) -> None:
        self.turned = time.monotonic()

    @property
    def alive(self) -> str:
        """Empty, or the problem."""
        since = time.monotonic() - self.turned
        return "" if self.standing_by or since < _STUCK else f"the main loop has been stuck for {since:.0f} s"

    @property
    def ready(self) -> str:
        """Empty, or the problem."""
        if not self.passes and not self.standing_by:
            return self.trouble or "the first pass has not finished"
        return ""


@dataclass(frozen=True, slots=True)
class BothProbes:
    """Of a process with two loops: one that decides while it leads, and one over its shard of the members."""

    leader: Probes
    shard: Probes

    @property
    def alive(self) -> str:
        """Empty, or the problem."""
        return self.shard.alive or self.leader.alive

    @property
    def ready(self) -> str:
        """Empty, or the problem."""
        return self.shard.ready or self.leader.ready

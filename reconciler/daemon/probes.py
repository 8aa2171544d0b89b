"""Whether the process is alive, and whether it is of use: two questions, as a kubelet asks them.

Alive is a loop that turns; a process whose loop is stuck is best started anew. Ready is one that knows a revision and has made a
pass over it: members that do not answer do not make it unready, for restarting would not mend them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

_STUCK = 600.0
"""Seconds without a turn of the loop; no pass takes that long, since its requests are bounded."""


@dataclass(slots=True)
class Probes:
    turned: float = 0.0
    """When the loop turned last, monotonic."""
    passes: int = 0
    trouble: str = "nothing was read yet"
    """Why there is nothing to keep; empty when there is."""

    def turn(self) -> None:
        self.turned = time.monotonic()

    @property
    def alive(self) -> str:
        """Empty, or what is wrong."""
        since = time.monotonic() - self.turned
        return "" if since < _STUCK else f"the loop has not turned for {since:.0f} s"

    @property
    def ready(self) -> str:
        """Empty, or what is wrong."""
        if not self.passes:
            return self.trouble or "the first pass is not over"
        return ""

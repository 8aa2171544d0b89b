"""A sign of life of the process that writes to members: when it last knew what they hold.

Without changes nothing is recorded on the status branch, so its age does not tell whether anybody still looks. Where the
Configuration asks for it (`spec.heartbeat`), a branch of its own has one commit without a parent, which each sign replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.keys import ClusterName

BRANCH = "reconciler/seen"
_MISSED = 3
"""How many signs may be missing before the last one says nothing any more, as for reports of agents."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One sign of life."""

    at: datetime
    heartbeat: timedelta
    """How often there is one at least."""
    watched: frozenset[ClusterName]
    """The members with an API server whose objects were all watched then, after a pass that could read them."""
    revision: str = ""
    """The one in force."""

    def is_alive(self, now: datetime) -> bool:
        """Whether it still says something; not where it is that far in the future."""
        return abs(now - self.at) <= _MISSED * self.heartbeat

"""`join`: a test of the credential before the Cluster file is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from reconciler.cluster.access import Access
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.open_members import Members
from reconciler.edit.planned_writes import WriteReport
from reconciler.model.cluster import Cluster

_TRIES = 10
_PAUSE = 0.3
"""Seconds between two tries. A new grant takes effect after a moment."""


@dataclass(frozen=True, slots=True)
class TryCredential:
    """Reaches the member as every other command will. It writes nothing; a failure stops the plan at this point."""

    cluster: Cluster
    """As the Cluster file will declare it."""
    access: Access
    instance: str

    @property
    def report(self) -> WriteReport | None:
        return None

    async def carry_out(self) -> WriteReport | None:
        """Raises MemberError."""
        members = Members(self.access)
        client = members.open(self.cluster, self.instance)
        try:
            for remaining in reversed(range(_TRIES)):
                try:
                    await client.discover()
                    break
                except RefusedError:
                    if not remaining:
                        raise
                    await asyncio.sleep(_PAUSE)
        finally:
            await client.close()
            await members.close()
        return None

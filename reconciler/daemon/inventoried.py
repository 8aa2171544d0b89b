"""The clusters that a host cluster knows, as something that is looked for at an interval.

A member is cordoned when two looks in a row do not find its object: what comes and goes makes no commits. A look that follows at
once, because the branch moved or the rules were edited, does not count as the second one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from reconciler.cluster.access import Access
from reconciler.cluster.host_clusters import HostClusters
from reconciler.daemon.scheduled_updates import Found
from reconciler.membership.inventory.commit import cause_of, message_of
from reconciler.membership.inventory.planned import planned_inventory
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import UpdateSettings
from reconciler.model.keys import ClusterName
from reconciler.present.inventory import inventory_text
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


class Inventoried:
    name = "inventory"

    def __init__(
        self,
        repository: Repository,
        access: Access,
        hosts: Callable[[Access], HostClusters] = HostClusters,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """access: what this process may use to reach host clusters."""
        self._repository, self._access, self._hosts = repository, access, hosts
        self._monotonic = monotonic
        self._missed: dict[ClusterName, float] = {}
        """Members whose objects the look before did not find → when a look missed them first, by the monotonic clock."""

    def settings(self, desired: DesiredState) -> UpdateSettings:
        return desired.settings.inventory.updates

    def subject(self, desired: DesiredState) -> object:
        return desired.settings.inventory.rules

    async def find(self, commit: Commit, desired: DesiredState) -> Found:
        """Raises ReconcilerError."""
        hosts, now, least = self._hosts(self._access), self._monotonic(), self.settings(desired).interval.total_seconds() / 2
        missed = {name for name, since in self._missed.items() if now - since >= least}
        try:
            planned = await planned_inventory(self._repository, commit, desired, hosts, missed)
        finally:
            await hosts.close()
        self._missed = {name: self._missed.get(name, now) for name in planned.plan.missing}
        changes = {path: text.encode() for path, text in planned.changes.items()}
        if not changes:
            return Found({}, issues=planned.plan.issues)
        page = partial(inventory_text, planned)
        return Found(changes, message_of(planned.plan), cause_of(planned.plan), page, planned.plan.issues)

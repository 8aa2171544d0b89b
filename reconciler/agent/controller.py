"""The agent of one member (`syncMode: Pull`).

While the remote is away, the last good decision stays in force, also after a restart: the mirror in the cache folder has what was
fetched last.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.agent.follower import Follower, FollowerConfig
from reconciler.errors import ReconcilerError
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.passes.preflight import NothingToApplyError, WrongRevisionError
from reconciler.repo.revision import Commit


class AgentController(Follower):
    """An async context manager, as its base."""

    def __init__(self, config: FollowerConfig, cluster: ClusterName) -> None:
        """cluster: the member."""
        super().__init__(config)
        self._cluster = cluster
        self._started_alone = False

    async def fetch(self) -> None:
        """As its base. Where nothing is in force yet and the remote does not answer, the mirror as it is counts, once: the next
        attempt reports the remote."""
        try:
            await super().fetch()
        except ReconcilerError:
            if self._reconciliation is not None or self._started_alone:
                raise
            self._started_alone = True
            await self._resolve()

    async def adopt(self) -> bool:
        """As its base. Where the Cluster file is gone, nothing is in force any more."""
        try:
            return await super().adopt()
        except NothingToApplyError:
            self._reconciliation, self._adopted = None, ""
            await self._connections.to((), "")
            raise

    def own_clusters(self, desired: DesiredState, recorded: RecordedState, commit: Commit) -> tuple[Cluster, ...]:
        """The Cluster of this member. Raises NothingToApplyError where there is none that an agent keeps."""
        own = next((cluster for cluster in desired.clusters if cluster.name == self._cluster), None)
        if own is None:
            self._refuse_broken_file(desired.broken_files | desired.hidden, recorded)
        if own is not None and own.is_pulled:
            return (own,)
        why = "declares no Cluster of this name" if own is None else f"declares it with syncMode: {own.sync_mode} ({own.origin})"
        raise NothingToApplyError(
            f"{self._cluster}: revision {commit.sha[:12]} {why}: nothing is applied any more, and what runs there stays",
            remedy="End this agent, or declare the Cluster with spec.syncMode: Pull.",
        )

    def _refuse_broken_file(self, broken: Collection[str], recorded: RecordedState) -> None:
        """Raises WrongRevisionError where the Cluster may be declared in a file that cannot be read."""
        if broken:
            last = recorded.clusters.get(self._cluster)
            file = last.file if last is not None and last.file in broken else min(broken)
            raise WrongRevisionError(
                f"{self._cluster} is not declared, and may be in {file}, which has an error",
                remedy="Correct the file. What was decided before stays in force.",
            )

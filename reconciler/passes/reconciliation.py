"""What a pass works on: one revision, one fleet, and what outlives a pass."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.cluster.concurrency import Turns
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.ordering import Dependency
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.model.settings import Mode
from reconciler.passes.drift_check import DriftCheck
from reconciler.passes.fleet import Fleet
from reconciler.passes.lost_owners import LostOwners
from reconciler.passes.object_backoff import Attempts
from reconciler.passes.options import Clock, Options
from reconciler.passes.pass_cache import PassCache
from reconciler.passes.progress import NobodyWatches, Progress
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.works import WorkMaker


@dataclass(frozen=True, slots=True)
class Seen:
    """What the leader knows of a member that this process keeps, and does not decide for."""

    holdings: bool
    """Whether it has seen what the member holds. Until then, any copy there may be the only one."""
    server: str = ""
    """The id of the API server that it knows; empty where it knows none."""

    def why_not_pruned(self, found: RecordedCluster | None) -> str:
        """Why nothing may be pruned from the member; empty where the leader's decision counts. found: what discovery found."""
        if not self.holdings:
            return "the leader has not seen yet what this member holds"
        if self.server and found is not None and found.id not in ("", self.server):
            return (
                "this is not the API server that the leader knows by this name (its namespace kube-system has another uid), and "
                "the leader has not seen yet what it holds"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One revision that is to be brought to one fleet."""

    desired: DesiredState
    """What the revision declares."""
    revision: str
    """The id of the commit."""
    fleet: Fleet
    compiler: CompilerClient
    clock: Clock
    options: Options = field(default_factory=Options)
    progress: Progress = field(default_factory=NobodyWatches)
    drift_check: DriftCheck = field(default_factory=DriftCheck)
    lost_owners: LostOwners = field(default_factory=LostOwners)
    attempts: Attempts = field(default_factory=Attempts)
    """The pauses of objects whose last write failed or did not last."""
    work_maker: WorkMaker = field(default_factory=WorkMaker)
    cache: PassCache = field(default_factory=PassCache)
    """What earlier passes computed."""
    turns: Turns = field(default_factory=Turns)
    """Taken before what is computed for each member: the members are many, and the event loop has more to do."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to end: running requests finish, and nothing new begins."""
    seen: Mapping[ClusterName, Seen] | None = None
    """Of each member; None for a process that decides itself."""
    elsewhere: Mapping[Dependency, ClusterStatus] = field(default_factory=dict)
    """What the leader recorded of objects on members that this process does not keep, and for which objects wait here."""

    @property
    def observes(self) -> bool:
        """Whether everything is decided and compared with the members, and nothing is written to them."""
        return self.options.shadow or self.desired.settings.mode is Mode.OBSERVE

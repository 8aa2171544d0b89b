"""The options of `run` for several replicas that share the members."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.agent.follower import FollowerConfig
from reconciler.agent.shard import ShardController
from reconciler.cli.leader import DEFAULT_LEASE, Leadership, LeaseKind
from reconciler.cli.session import now
from reconciler.cluster.access import Access
from reconciler.cluster.lease import HostLease
from reconciler.cluster.replica_leases import ReplicaLeases
from reconciler.daemon.loop import Loop
from reconciler.daemon.object_events import EventWriter
from reconciler.daemon.probes import Probes
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.daemon.sharding import Membership, as_replica
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.model.member_report import BRANCHES
from reconciler.model.sharding import Replica
from reconciler.passes.options import Options
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url
from reconciler.repo.replaced_branch import ReplacedBranches

ShardingOption = Annotated[
    bool,
    typer.Option(
        "--sharding/--no-sharding",
        envvar="RECONCILER_SHARDING",
        help="Share the members among several replicas: each writes to its shard of them, and one leads, which decides for all. "
        "Needs --leader-elect lease.",
    ),
]
StatusBranch = Annotated[
    str,
    typer.Option(
        "--status-branch",
        envvar="RECONCILER_STATUS_BRANCH",
        help="With --sharding: where the leader records its decisions: spec.statusBranch of the Configuration.",
        metavar="BRANCH",
    ),
]
_PART = "shard"
"""The mark of the loop over the shard, in the log and in traces."""
_HEARTBEAT = timedelta(minutes=5)
"""How often a replica reports on each of its members at least, as an agent does by default."""


@dataclass(frozen=True, slots=True)
class Sharding:
    """How a process is one of several replicas."""

    url: str
    cache: Path
    git: GitOptions
    lease: str
    """The Lease of the leader."""
    status_branch: str
    programs: Programs = FROM_PATH
    probes: Probes = field(default_factory=Probes)
    """Of the loop over the shard."""

    async def run(self, leadership: Leadership, leader: Loop, access: Access, options: Options) -> None:
        """Writes to a shard of the members and, while this process is the leader, decides for all of them. leader: the loop that
        decides. Raises LostLeaseError when others may write to its members, or lead."""
        leader.probes.standing_by = True  # From the start: it is not elected yet, and the loop over the shard asks.
        async with AsyncExitStack() as stack:
            opened = stack.enter_async_context
            repository = await Repository.open(self.url, cache=self.cache / "shard", options=self.git)
            await opened(repository)
            reports = await opened(ReplacedBranches(self.url, BRANCHES, self.cache, self.git))
            config = FollowerConfig(
                repository, reports, access, now, self.status_branch, options, _HEARTBEAT, self.programs, self.cache
            )
            controller = ShardController(config, leader.stop)
            await opened(controller)
            events = await opened(EventWriter(lambda: controller.clients)) if leader.events is not None else None
            log = leader.log.bind(part=_PART)
            shard = Loop(
                controller,
                log,
                leader.metrics,
                self.probes,
                events=events,
                interval=leader.interval,
                traces=RevisionTraces(options.tracer, {**leader.traces.about, "reconciler.part": _PART}),
                stop=leader.stop,
            )
            membership = Membership(
                await opened(ReplicaLeases(access, self.lease)),
                leadership.timing,
                log,
                controller.take,
                shard.fetch_soon,
                await opened(HostLease(access, self.lease)),
                lambda: not leader.probes.standing_by,
                Replica(leadership.identity),
            )

            def decided() -> None:
                shard.fetch_soon()
                membership.tell()

            def reported() -> None:
                (membership.tell if leader.probes.standing_by else leader.fetch_soon)()

            leader.recorded, shard.recorded = decided, reported
            self.probes.turn()
            await as_replica(membership, lambda: _together(leader.stop, leadership.run(leader), shard.run()), leader.stop)
            if shard.refusal is not None:
                raise shard.refusal


async def _together(stop: asyncio.Event, *works: Coroutine[Any, Any, None]) -> None:
    """Returns when all have ended. When one ends, the others are to end, too. Raises what one of them raised."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended


def sharding_of(
    election: LeaseKind,
    repo: str,
    cache: Path,
    git: GitOptions,
    lease_name: str,
    status_branch: str,
    programs: Programs,
    *,
    push: bool,
) -> Sharding:
    """lease_name: may be empty. Raises BadParameter, RepositoryError."""
    if election is not LeaseKind.LEASE:
        raise typer.BadParameter("replicas need --leader-elect lease to share the members", param_hint="--sharding")
    if not push:
        message = "replicas read on the remote what the leader decided: leave out --no-push"
        raise typer.BadParameter(message, param_hint="--sharding")
    if not is_url(repo.strip()):
        raise RepositoryError(f"{repo}: sharding needs a remote repository", remedy="Name it by its URL: --repo URL.")
    return Sharding(repo.strip(), cache, git, lease_name or DEFAULT_LEASE, status_branch, programs)

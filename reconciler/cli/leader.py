"""The options of `run` for the election of a leader."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.cluster.access import Access
from reconciler.cluster.lease import HostLease
from reconciler.daemon.leader_election import Election, Timing, as_leader, identity
from reconciler.daemon.loop import Loop
from reconciler.repo.lease_branch import LeaseBranch
from reconciler.repo.options import GitOptions

DEFAULT_LEASE = "reconciler"


class LeaseKind(StrEnum):
    """Values of `--leader-elect`."""

    OFF = "off"
    LEASE = "lease"
    """A Lease of the host cluster."""
    BRANCH = "branch"
    """A branch of the config repository, where processes share no cluster."""


LeaderElect = Annotated[
    LeaseKind,
    typer.Option(
        "--leader-elect",
        envvar="RECONCILER_LEADER_ELECT",
        help="Let one of several processes lead, and the others stand by: by a Lease of the host cluster, or by a branch of the "
        "repository where they share no cluster.",
        case_sensitive=False,
    ),
]
LeaseName = Annotated[
    str,
    typer.Option(
        "--lease-name",
        envvar="RECONCILER_LEASE_NAME",
        help="The Lease, in the namespace of this Pod where none is named (by default reconciler), or the branch (by default "
        "reconciler/leader).",
        metavar="[NAMESPACE/]NAME|BRANCH",
    ),
]
LeaseDuration = Annotated[
    str,
    typer.Option(
        "--lease-duration",
        envvar="RECONCILER_LEASE_DURATION",
        help="How long the others wait after the leader renewed its lease for the last time; by default 10s, for a branch 20s.",
        metavar="DURATION",
    ),
]


@dataclass(frozen=True, slots=True)
class Leadership:
    """How a process becomes the leader."""

    lease: HostLease | LeaseBranch
    timing: Timing
    identity: str = field(default_factory=identity)
    """The name of this process."""

    async def run(self, loop: Loop) -> None:
        """Runs the loop while this process is the leader. Raises LostLeaseError when another process may lead."""

        async def work() -> None:
            loop.probes.standing_by = False
            loop.probes.turn()
            await loop.run()

        loop.probes.standing_by = True
        async with self.lease:
            election = Election(self.lease, self.timing, loop.log, loop.metrics, self.identity, fetch_soon=loop.fetch_soon)
            await as_leader(election, work, loop.stop)


def leadership_of(
    kind: LeaseKind, name: str, lease_duration: str, access: Access, repo: str, cache: Path, git: GitOptions
) -> Leadership | None:
    """None where there is no election. name and lease_duration may be empty. Raises NotConfiguredError, RepositoryError."""
    given = duration(lease_duration).total_seconds() if lease_duration else None
    match kind:
        case LeaseKind.OFF:
            return None
        case LeaseKind.LEASE:
            return Leadership(HostLease(access, name or DEFAULT_LEASE), Timing(given or 10.0))
        case LeaseKind.BRANCH:  # A renewal is a push.
            return Leadership(LeaseBranch(repo, name or "reconciler/leader", cache, git), Timing(given or 20.0))

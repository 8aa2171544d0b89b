"""Writes hydrated branches: one commit for each branch that differs, with the revision in a trailer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.hydration import HydrationTarget, hydration_target
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.wording import first_few
from reconciler.model.work import Work
from reconciler.render.hydrate import hydrate, retire
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature
from reconciler.sources.git_source import open_mirror
from reconciler.sources.options import SourceOptions

REVISION = "Reconciler-Revision"
"""The trailer with the commit that was rendered."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class HydratedBranch:
    """What became of one branch."""

    target: HydrationTarget
    members: tuple[ClusterName, ...]
    """Sorted."""
    commit: str = ""
    """Empty where nothing differs, or in a dry run."""
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    secrets: tuple[ResourceKey, ...] = ()
    """Left out, sorted."""
    foreign: tuple[str, ...] = ()
    """Paths that somebody else's files have, so that an object has none."""
    error: ReconcilerError | None = None
    """Why it could not be written."""


@dataclass(frozen=True, slots=True)
class Hydrator:
    """How branches are written."""

    repository: Repository
    sources: SourceOptions
    by: Signature
    push: bool
    """Whether the commits in this repository are pushed where it has a remote; those in other ones always are."""
    refused: frozenset[str] = frozenset()
    """Branches of this repository that are read, so that they are never written."""

    async def write(
        self, works: Mapping[ClusterName, Work], desired: DesiredState, revision: str, *, dry_run: bool = False
    ) -> list[HydratedBranch]:
        """works: of all members. desired: what the revision declares. One branch that cannot be written does not keep the others
        from it."""
        written = []
        for target, members in targets_of(desired.clusters).items():
            try:
                written.append(await self._write(target, members, works, desired, revision, dry_run=dry_run))
            except ReconcilerError as error:
                written.append(HydratedBranch(target, members, error=error))
        return written

    async def _write(
        self,
        target: HydrationTarget,
        members: tuple[ClusterName, ...],
        works: Mapping[ClusterName, Work],
        desired: DesiredState,
        revision: str,
        *,
        dry_run: bool,
    ) -> HydratedBranch:
        if not target.url and target.branch in self.refused:
            raise ReconcilerError(
                f"the manifests of {first_few(members, _NAMED)} cannot be written to the branch {target.branch}, which is read",
                remedy="Name another branch in the annotation reconciler.dev/hydrate.",
            )
        async with self._opened(target) as (repository, publish):
            parent, present = await repository.read_branch_files(target.branch)
            parts = [hydrate(works[name], present, desired.settings.instance) for name in members]
            changes = {path: content for part in parts for path, content in part.changes.items()}
            if not desired.broken_files:  # One of them may declare a member.
                changes |= retire(members, present, desired.settings.instance)
            commit = ""
            if changes and not dry_run:
                message = _message(members, revision)
                commit = await repository.commit_files(
                    target.branch, parent=parent, changes=changes, message=message, by=self.by, publish=publish
                )
        return HydratedBranch(
            target,
            members,
            commit,
            tuple(path for path, content in changes.items() if content is not None),
            tuple(path for path, content in changes.items() if content is None),
            tuple(sorted({key for part in parts for key in part.secrets})),
            tuple(path for part in parts for path in part.foreign),
        )

    @asynccontextmanager
    async def _opened(self, target: HydrationTarget) -> AsyncIterator[tuple[Repository, bool]]:
        """The repository of a target, and whether to push to it."""
        if not target.url:
            yield self.repository, self.push and REMOTE in await self.repository.remotes()
            return
        async with await open_mirror(target.url, self.sources) as mirror:
            yield mirror, True


def targets_of(clusters: Iterable[Cluster]) -> dict[HydrationTarget, tuple[ClusterName, ...]]:
    """The members of each target, sorted."""
    members: defaultdict[HydrationTarget, list[ClusterName]] = defaultdict(list)
    for cluster in clusters:
        target = hydration_target(cluster.annotations)
        if target is not None:
            members[target].append(cluster.name)
    return {target: tuple(sorted(members[target])) for target in sorted(members)}


def _message(members: tuple[ClusterName, ...], revision: str) -> str:
    return f"Hydrate {first_few(members, _NAMED)} from {revision[:10]}\n\n{REVISION}: {revision}\n"

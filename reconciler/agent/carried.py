"""At the site: takes an export from its bundle, and makes the report on it. `passes/sync.py` applies it.

The repository of the site is made from the first bundle, and follows the branch of that member alone; its status branch is that
of the site. So an older bundle, one of another member and one of another history are refused.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.agent.report import Applied, known_pods, report_of
from reconciler.model.carried import EXPORTS, CarriedDecision, carried_decision
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.passes.passes import Pass
from reconciler.passes.preflight import WrongRevisionError
from reconciler.record.member_reports import FILE, report_file
from reconciler.record.status_branch import AUTHOR
from reconciler.render.export import LIST, known_digests
from reconciler.repo.bundle import BundleRepository, Incoming, only_branch
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions

_HEARTBEAT = timedelta(hours=1)
"""Reports cannot state more. The annotation of the Cluster does."""


@dataclass(frozen=True, slots=True)
class CarriedExport:
    """An export that was taken."""

    commit: str
    decided: CarriedDecision

    @property
    def member(self) -> ClusterName:
        return self.decided.member


@asynccontextmanager
async def site_repository(folder: Path, bundle: Path, options: GitOptions, *, keep: bool) -> AsyncIterator[BundleRepository]:
    """The repository of the site, made where there is none yet. keep: whether it stays; else it is a temporary one, if it had to
    be made. Raises RepositoryError where the folder is something else, or follows another member."""
    branch = only_branch(bundle, EXPORTS)
    if await asyncio.to_thread(_holds_something, folder):
        async with await BundleRepository.open(str(folder), options=options) as repository:
            followed = await repository.followed_branch()
            if followed != branch:
                what = f"that of {followed.removeprefix(EXPORTS)}" if followed else "not one that this command made"
                raise RepositoryError(
                    f"{folder}: this repository is {what}, and {bundle} is for {branch.removeprefix(EXPORTS)}",
                    remedy="Name another folder with --repo; a new one is made.",
                )
            yield repository
        return
    with tempfile.TemporaryDirectory(prefix="reconciler-site-") as temporary:
        place = folder if keep else Path(temporary) / "site"
        async with await BundleRepository.create(place, bundle, branch, options) as repository:
            yield repository


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


async def take_export(repository: BundleRepository, bundle: Path, *, keep: bool) -> CarriedExport:
    """Takes the export, and fast-forwards the branch of the member to it where it is to be kept.

    Raises RepositoryError where the bundle is damaged, UntrustedError where a trusted key must have signed it and none did, and
    WrongRevisionError where it is older than what the site has, or from somewhere else.
    """
    incoming = await repository.receive(bundle, EXPORTS)
    try:
        decided = carried_decision(incoming.commit.message)
        name = incoming.branch.removeprefix(EXPORTS)
        if decided is None or decided.member != name:
            what = "what was exported" if decided is None else f"{name}, but {decided.member}"
            raise WrongRevisionError(
                f"{bundle}: its newest commit does not say {what}", remedy="Make it with `reconciler export`."
            )
        old = await repository.branch_head(incoming.branch)
        await _refuse_going_back(repository, bundle, incoming, old)
        if keep:
            await repository.advance(incoming.branch, old, incoming.commit.sha)
    finally:
        await repository.forget_incoming()
    return CarriedExport(incoming.commit.sha, decided)


async def _refuse_going_back(repository: BundleRepository, bundle: Path, incoming: Incoming, old: str | None) -> None:
    new = incoming.commit.sha
    if old is None or await repository.contains(new, old):
        return
    if await repository.contains(old, new):
        raise WrongRevisionError(
            f"{bundle}: this export ({new[:12]}) is older than the one that was applied last ({old[:12]})",
            remedy="Carry the newest one. To go back, restore the earlier state at headquarters, and export that.",
        )
    raise WrongRevisionError(
        f"{bundle}: this export ({new[:12]}) does not continue the one that was applied last ({old[:12]}): it is from another "
        "repository, or the branch of exports was made anew",
        remedy="If that is so, name a new folder with --repo: what the member holds is found there by its marks.",
    )


async def write_report(
    repository: BundleRepository, carried: CarriedExport, done: Pass, now: datetime, file: Path
) -> MemberReport:
    """Writes the report on a pass as a bundle with the branch that an agent would push. Raises RepositoryError."""
    listing = (await repository.read_commit_files(carried.commit)).get(LIST, b"{}")
    report = carried_report(done, carried, known_digests(listing), now)
    branch, by = f"{BRANCHES}{carried.member}", Signature(*(repository.author or AUTHOR), now)
    message = f"report of {carried.member}: {carried.decided.revision[:12]}\n"
    await repository.replace_branch(branch, parent=None, changes={FILE: report_file(report)}, message=message, by=by)
    await repository.write_bundle(branch, file)
    return report


def carried_report(done: Pass, carried: CarriedExport, digests: Mapping[ResourceKey, str], now: datetime) -> MemberReport:
    """The report of a pass over an export. digests: by which headquarters know the manifests of the export.

    The site renders what headquarters rendered, and may come to another digest: the Job of a gate has another name here. So a
    copy that is as the export says counts with the digest of headquarters.
    """
    name, decided = carried.member, carried.decided
    applied = Applied(decided.revision, decided.decision, decided.generation)
    report = report_of(done, name, applied, now, _HEARTBEAT, pods=known_pods({}, done, name))
    own = {one.declared: one.public_digest for one in done.works[name].manifests}
    statuses = {
        key: replace(status, digest=digests[key]) if key in digests and status.digest == own.get(key) else status
        for key, status in report.statuses.items()
    }
    return replace(report, statuses=statuses)

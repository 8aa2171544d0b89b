"""At headquarters: takes the report on a member that somebody carried back. The leader reads it like one that an agent pushed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.model.moments import time_text
from reconciler.model.spelling import did_you_mean
from reconciler.model.tree import Oversized
from reconciler.passes.member_branches import MemberBranches
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.record.member_reports import FILE, LIMIT, parse_report_file
from reconciler.repo.bundle import BundleRepository, Incoming

_AHEAD = timedelta(hours=1)
"""How far the clock of a site may be ahead. A report of next year would keep all others out until then."""


class ReportRefusedError(ReconcilerError):
    """A report that is not taken."""


@dataclass(frozen=True, slots=True)
class ImportedReport:
    report: MemberReport
    is_new: bool
    """False: it is the report that was there already."""


async def import_report(repository: BundleRepository, compiler: CompilerClient, file: Path, now: datetime) -> ImportedReport:
    """Puts the report of a bundle on the branch of its member. Nothing else of the bundle is used.

    Raises ReportRefusedError where it is not about the member of its branch, HEAD declares no such member with syncMode: Pull, or
    a newer report is there; RepositoryError where the bundle is none or is damaged; UntrustedError as `receive`.
    """
    await asyncio.to_thread(_refuse_large, file)
    await repository.fetch_branches(BRANCHES)
    commit = await repository.resolve("HEAD")
    desired = await load_revision(repository, commit, compiler, check=())
    pulled = [cluster for cluster in desired.clusters if cluster.is_pulled]
    incoming = await repository.receive(file, BRANCHES)
    try:
        name = ClusterName(incoming.branch.removeprefix(BRANCHES))
        if name not in {cluster.name for cluster in pulled}:
            guess = did_you_mean(name, [cluster.name for cluster in pulled])
            raise ReportRefusedError(
                f"{file}: it is a report of {name}, and {commit.sha[:12]} declares no Cluster of this name with syncMode: Pull",
                remedy=f"Import it where the member is declared. {guess}".rstrip(),
            )
        report = await _read(repository, file, incoming, name)
        if report.at > now + _AHEAD:
            raise ReportRefusedError(
                f"{file}: it was made at {time_text(report.at)}, which is in the future",
                remedy="Set the clock of the machine at the site, and make the report again.",
            )
        present = (await repository.branch_tips(BRANCHES)).get(name)
        last = (await MemberBranches(repository).read([one for one in pulled if one.name == name]))[name]
        if isinstance(last, MemberReport) and last.at > report.at:
            raise ReportRefusedError(
                f"{file}: it was made at {time_text(report.at)}, and the report that is here already at {time_text(last.at)}",
                remedy="Import the newest one.",
            )
        if present != incoming.commit.sha:
            await repository.publish_commit(incoming.branch, present, incoming.commit.sha)
        return ImportedReport(report, present != incoming.commit.sha)
    finally:
        await repository.forget_incoming()


def _refuse_large(file: Path) -> None:
    """A bundle may hold more than its report."""
    if file.is_file() and (size := file.stat().st_size) > 2 * LIMIT:
        raise ReportRefusedError(f"{file}: it has {size:,} bytes, and the limit is {2 * LIMIT:,}")


async def _read(repository: BundleRepository, file: Path, incoming: Incoming, name: ClusterName) -> MemberReport:
    commit = incoming.commit.sha
    content = (await repository.read_files([commit], FILE, LIMIT))[commit]
    if content is None or len(await repository.history(commit, 2)) > 1:
        raise ReportRefusedError(
            f"{file}: it does not hold {FILE} alone", remedy="Make it with `reconciler apply --report FILE`."
        )
    if isinstance(content, Oversized):
        raise ReportRefusedError(f"{file}: the report has {content.size:,} bytes, and the limit is {content.limit:,}")
    try:
        return await asyncio.to_thread(parse_report_file, name, content)
    except ValueError as error:
        raise ReportRefusedError(f"{file}: the report cannot be used: {error}") from error

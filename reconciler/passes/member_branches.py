"""Reads what agents report, each on a branch of its own (`reconciler/members/<cluster>`). Only branches that moved are read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from reconciler.model.carried import report_every
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.model.tree import Oversized
from reconciler.passes.defects import describe
from reconciler.record.fold import NO_REPORT, Reports
from reconciler.record.member_reports import FILE, LIMIT, parse_report_file
from reconciler.repo.client import Repository


class MemberBranches:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[ClusterName, tuple[str, MemberReport | str]] = {}
        """Commit and report of each branch that was read."""
        self._patient: dict[ClusterName, tuple[MemberReport, timedelta, MemberReport]] = {}
        """The report as it was read, how often its Cluster says that one comes, and the report with that in place of its
        heartbeat."""

    async def fetch(self, clusters: Iterable[Cluster] | None) -> None:
        """Asks the remote of a clone for new reports, if an agent keeps one of these members; None: whatever they are. Raises
        ReconcilerError."""
        if clusters is None or any(cluster.is_pulled for cluster in clusters):
            await self._repository.fetch_branches(BRANCHES)

    async def read(self, clusters: Iterable[Cluster]) -> Reports:
        """The last report on each of these members that an agent keeps, as of the last fetch. A branch that holds no report on
        its member is no error: a sentence says what is wrong. Raises ReconcilerError where the repository cannot be read."""
        patience = {cluster.name: report_every(cluster.annotations) for cluster in clusters if cluster.is_pulled}
        names = list(patience)
        self._known = {name: self._known[name] for name in names if name in self._known}
        if not names:
            return {}
        tips = await self._repository.branch_tips(BRANCHES)
        moved = {name: tips[name] for name in names if name in tips and self._known.get(name, ("",))[0] != tips[name]}
        contents = await self._repository.read_files(moved.values(), FILE, LIMIT) if moved else {}
        for name, commit in moved.items():
            self._known[name] = (commit, await asyncio.to_thread(_parsed, name, contents[commit]))
        return {name: self._with_patience(name, patience[name]) if name in tips else NO_REPORT for name in names}

    def _with_patience(self, name: ClusterName, every: timedelta | None) -> MemberReport | str:
        """The report with the time that the Cluster states; the same object as long as neither changes. A report of a member that
        somebody carries comes seldom, and only the leader's own files may say so."""
        report = self._known[name][1]
        if every is None or isinstance(report, str):
            return report
        known = self._patient.get(name)
        if known is None or known[0] is not report or known[1] != every:
            known = self._patient[name] = (report, every, replace(report, heartbeat=every))
        return known[2]


def _parsed(name: ClusterName, content: bytes | Oversized | None) -> MemberReport | str:
    place = f"the report on branch {BRANCHES}{name} cannot be used"
    if content is None:
        return f"{place}: its commit holds something else than {FILE}"
    if isinstance(content, Oversized):
        return f"{place}: it has {content.size:,} bytes, and the limit is {content.limit:,}"
    try:
        return parse_report_file(name, content)
    except ValueError as error:
        return f"{place}: {error}"
    except Exception as error:  # Somebody else may have written it: whatever it is, it concerns no other member.
        return f"{place}: {describe(error)}"

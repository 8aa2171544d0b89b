"""Keeps one member at what the leader decided for it, pass after pass.

In force is a decision: a commit of the status branch, with the revision that it names. A decision or a revision that cannot be
read changes nothing: the last good one stays in force. So does it while the remote is away, also after a restart: the mirror in
the cache folder has what was fetched last.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from reconciler.agent.report import report_of
from reconciler.agent.scope import own_desired, own_state, seen_by_leader
from reconciler.cluster.access import Access
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.model.recorded import RecordedState
from reconciler.model.tracing import TRACEPARENT
from reconciler.model.trailers import trailer_values
from reconciler.passes.controller import Controller
from reconciler.passes.judges import refuse_unknown_tenants, tenancy_of
from reconciler.passes.options import Clock, Options
from reconciler.passes.passes import Pass, pruned_by, run_pass
from reconciler.passes.preflight import (
    NothingToApplyError,
    WrongRevisionError,
    refuse_broken_configuration,
    refuse_missing_means,
    refuse_missing_members,
)
from reconciler.passes.reconciliation import Seen
from reconciler.pipeline.compiler import DecidedCompiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.revision import load_revision
from reconciler.record.member_reports import FILE, report_file
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.failures import ConflictError
from reconciler.repo.replaced_branch import ReplacedBranch
from reconciler.repo.revision import Commit


class AgentController(Controller):
    """An async context manager, as its base."""

    def __init__(
        self,
        repository: Repository,
        reports: ReplacedBranch,
        cluster: ClusterName,
        access: Access,
        clock: Clock,
        status_branch: str,
        options: Options,
        heartbeat: timedelta,
    ) -> None:
        """reports: the branch of this member. status_branch: where the leader records its decisions. heartbeat: how often to
        report at least."""
        compiler = ThreadCompiler(DecidedCompiler(cluster))
        super().__init__(repository, compiler, access, clock, status_branch, options, push=False)
        self._cluster = cluster
        self._reports = reports
        self._heartbeat = heartbeat
        self._state = RecordedState()
        """What the next pass starts from: the decisions in force, and what the last pass observed."""
        self._good_state = RecordedState()
        """With `_good`."""
        self._adopted = ""
        """The newest commit of the status branch that was read."""
        self._decision = ""
        """The one that changed something for this member last."""
        self._report: MemberReport | None = None
        """After the last pass."""
        self._sent: MemberReport | None = None
        self._replaces: str | None = None
        """The commit of the branch of reports, once it was read."""
        self._knows_branch = False
        self._started_alone = False
        self._traceparent = ""

    @property
    def traceparent(self) -> str:
        """As the commit of the leader has it."""
        return self._traceparent

    @property
    def pending(self) -> bool:
        """Whether there is something to report, or a sign of life is due."""
        if self._report is None or self._reconciliation is None:
            return False
        return self._sent is None or not self._sent.says_the_same(self._report) or self.owes_sign_of_life

    @property
    def owes_sign_of_life(self) -> bool:
        last = self._sent
        return last is not None and self._reconciliation is not None and self._clock() - last.at >= self._heartbeat

    async def fetch(self) -> None:
        """As its base. Where nothing is in force yet and the remote does not answer, the mirror as it is counts, once: the next
        attempt reports the remote."""
        try:
            await self._repository.fetch(head=False, without=BRANCHES)  # What other agents say is not for this one.
        except ReconcilerError:
            if self._reconciliation is not None or self._started_alone:
                raise
            self._started_alone = True
        self._fetched = await self._repository.resolve(f"refs/heads/{self._revision}")
        self.branch = self._revision

    async def adopt(self) -> bool:
        """Puts the newest decision in force. Returns whether its revision is a new one. Raises ReconcilerError; the last good
        decision then stays in force, except where the Cluster file is gone."""
        tip = self._fetched
        if tip is None or tip.sha == self._adopted:
            return False
        recorded = await read_recorded(self._repository, self._revision)
        if not recorded.state.revision:
            raise TemporaryError(f"branch {self._revision} records no decision", remedy="Start the leader: reconciler run.")
        commit = await self._repository.resolve(recorded.state.revision, recorded=True)
        judges = await tenancy_of(self._repository, recorded.state.judges)
        desired = await load_revision(self._repository, commit, self._compiler, judges=judges)
        refuse_unknown_tenants(desired)
        refuse_broken_configuration(desired)
        self._refuse_other_branch(desired, commit)
        own = await self._own_cluster(desired, recorded.state, commit)
        seen = seen_by_leader(recorded.state, own.name)
        changed = await self._put_in_force(own_desired(desired, own), own_state(recorded.state, own), own, commit, seen)
        self._adopted = tip.sha
        return changed

    async def _put_in_force(self, desired: DesiredState, state: RecordedState, own: Cluster, commit: Commit, seen: Seen) -> bool:
        before = self._reconciliation
        if before is None:
            refuse_missing_means(desired.clusters, self._access)
            refuse_missing_members(desired.clusters, state, self._access.member_root)
        elif (commit.sha, state.decisions, seen) == (before.revision, self._state.decisions, before.seen):
            return False
        else:  # What this process saw last is newer than what the leader recorded of it.
            facts = replace(self._state.clusters[own.name], file=own.origin.file, addresses=own.addresses)
            state = replace(state, reports=self._state.reports, clusters={own.name: facts})
        assert self._fetched is not None  # noqa: S101 - the caller read it
        self._state, self._decision = state, self._fetched.sha
        self._traceparent = next(iter(trailer_values(self._fetched.message, TRACEPARENT)), "")
        if before is not None and commit.sha == before.revision:
            self._reconciliation = replace(before, seen=seen)
            before.fleet.changed.set()
            return False
        self._set_reconciliation(desired, commit, await self._connections.to(desired.clusters, desired.settings.instance), seen)
        return True

    async def revert(self) -> bool:
        refused, reverted = self._reconciliation, await super().revert()
        if reverted and refused is not None and self._reconciliation is not None:
            self._reconciliation = replace(self._reconciliation, seen=refused.seen)  # A fact, not a part of the revision.
            self._state = replace(self._good_state, reports=self._state.reports, clusters=self._state.clusters)
        return reverted

    async def reconcile(self) -> Pass:
        """One pass over the decision in force."""
        assert self._reconciliation is not None  # noqa: S101 - the caller adopted a decision
        reconciliation, before, decision = self._reconciliation, self._state, self._decision
        done = await run_pass(reconciliation, before, self._pruned)
        self._good, self._good_state = reconciliation, before
        self._pruned += pruned_by([done])
        self._state = replace(before, reports=done.recorded.reports, clusters=done.recorded.clusters)
        self._report = report_of(done, self._cluster, reconciliation.revision, decision, self._clock(), self._heartbeat)
        return done

    async def record(self) -> str | None:
        """Replaces the report. Returns the new commit; None where nothing is due. Raises ConflictError where another process
        reports for the same member, and other ReconcilerErrors."""
        if self._report is None or not self.pending:
            return None
        report = replace(self._report, at=self._clock())
        if not self._knows_branch:
            last = await self._reports.read()
            self._replaces, self._knows_branch = last.id if last is not None else None, True
        message = f"report of {self._cluster}: {report.revision[:12]}"
        commit = await self._reports.replace(self._replaces, message, (FILE, report_file(report)))
        if commit is None:
            self._knows_branch = False
            raise ConflictError(
                f"{self._reports.place} was changed by another process",
                remedy=f"Check that only one agent runs for {self._cluster}.",
            )
        self._replaces, self._sent = commit, report
        return commit

    async def _own_cluster(self, desired: DesiredState, recorded: RecordedState, commit: Commit) -> Cluster:
        """The Cluster of this member. Raises NothingToApplyError where there is none that an agent keeps: then nothing is in
        force any more."""
        own = next((cluster for cluster in desired.clusters if cluster.name == self._cluster), None)
        if own is None:
            self._refuse_broken_file(desired.broken_files | desired.hidden, recorded)
        if own is not None and own.is_pulled:
            return own
        self._reconciliation, self._adopted = None, ""
        await self._connections.to((), "")
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

    def _refuse_other_branch(self, desired: DesiredState, commit: Commit) -> None:
        branch = desired.settings.status_branch
        if branch != self._revision:
            raise WrongRevisionError(
                f"revision {commit.sha[:12]} records its decisions on {branch}, and this agent follows {self._revision}",
                remedy=f"Start the agent with --status-branch {branch}.",
            )

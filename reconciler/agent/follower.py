"""Keeps some of the members at what the leader decided for them, pass after pass.

In force is a decision: a commit of the status branch, with the revision that it names. A decision or a revision that cannot be
read changes nothing: the last good one stays in force. Which members these are, is for the agent of one member to say
(`controller.py`), or for a replica with a shard of them (`shard.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.agent.report import Applied, WaitingPods, known_pods, report_of
from reconciler.agent.scope import own_desired, own_state, seen_by_leader, statuses_elsewhere, with_newer_facts
from reconciler.cluster.access import Access
from reconciler.errors import TemporaryError
from reconciler.expanding.decrypted_expansions import DecryptedExpansions
from reconciler.expanding.expanding_compiler import with_expansions
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.model.ordering import Dependency
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.model.tracing import TRACEPARENT
from reconciler.model.trailers import trailer_values
from reconciler.passes.controller import Controller, Last
from reconciler.passes.correction import Correction
from reconciler.passes.earlier import with_earlier
from reconciler.passes.judges import refuse_unknown_tenants, tenancy_of
from reconciler.passes.options import Clock, Options
from reconciler.passes.pass_backoff import pause_after_error
from reconciler.passes.passes import Pass, pruned_by, run_pass
from reconciler.passes.preflight import (
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
from reconciler.repo.failures import ConflictError, NoSuchRevisionError, RepositoryError
from reconciler.repo.replaced_branch import NewCommit, PartlyRefusedError, ReplacedBranches
from reconciler.repo.revision import Commit

_START_THE_LEADER = "Start the leader: reconciler run."


@dataclass(frozen=True, slots=True)
class FollowerConfig:
    """What a follower reads, where it reports, and how it reaches its members."""

    repository: Repository
    reports: ReplacedBranches
    """The branches of members."""
    access: Access
    clock: Clock
    status_branch: str
    """Where the leader records its decisions."""
    options: Options
    heartbeat: timedelta
    """How often to report at least."""
    programs: Programs = FROM_PATH
    cache: Path | None = None
    """Where expansions are kept for later processes; None: nowhere."""


class Follower(Controller):
    """An async context manager, as its base."""

    def __init__(self, config: FollowerConfig) -> None:
        branch, compiler = config.status_branch, ThreadCompiler(DecidedCompiler())
        expanding = with_expansions(compiler, config.repository, config.programs, config.cache)
        options = replace(config.options, decrypted=DecryptedExpansions(expanding.expand))
        super().__init__(config.repository, expanding, config.access, config.clock, branch, options, push=False)
        self._branches_of_reports = config.reports
        self._heartbeat = config.heartbeat
        self._state = RecordedState()
        """What the next pass starts from: the decisions in force, and what the last pass observed."""
        self._good_state = RecordedState()
        """With `_good`."""
        self._adopted = ""
        """The newest commit of the status branch that was read."""
        self._decision = ""
        """The one that changed something for these members last."""
        self._generations: dict[ClusterName, int] = {}
        """Of these members in that commit, and of members that only the last good revision has, as they were recorded last."""
        self._traceparent = ""
        self._reports: dict[ClusterName, MemberReport] = {}
        """After the last pass."""
        self._pods: dict[ClusterName, WaitingPods] = {}
        """Those that no node takes, as of the last pass."""
        self._sent: dict[ClusterName, MemberReport] = {}
        self._replaces: dict[ClusterName, str] = {}
        """The commits of the reports that were sent last."""
        self._refused_until: dict[ClusterName, datetime] = {}
        """The members whose branches the remote refused, and when to try them again."""

    def own_clusters(self, desired: DesiredState, recorded: RecordedState, commit: Commit) -> tuple[Cluster, ...]:
        """The members that this process keeps. Raises ReconcilerError where that is not known."""
        raise NotImplementedError

    @property
    def traceparent(self) -> str:
        """As the commit of the leader has it."""
        return self._traceparent

    @property
    def pending(self) -> bool:
        """Whether there is something to report, or a sign of life is due."""
        return self._reconciliation is not None and bool(self._due)

    @property
    def owes_sign_of_life(self) -> bool:
        """Or a report that was refused is to be tried again."""
        silent = (name for name in self._sent.keys() & self._reports.keys() if self._is_silent(name))
        return self._reconciliation is not None and any(not self._waits(name) for name in (*silent, *self._refused_until))

    @property
    def _due(self) -> dict[ClusterName, MemberReport]:
        """The reports that say something new, or are due as a sign of life."""
        return {
            name: report
            for name, report in self._reports.items()
            if (name not in self._sent or not self._sent[name].says_the_same(report) or self._is_silent(name))
            and not self._waits(name)
        }

    def _is_silent(self, name: ClusterName) -> bool:
        return self._clock() - self._sent[name].at >= self._heartbeat

    def _waits(self, name: ClusterName) -> bool:
        """Whether the remote refused its branch a moment ago."""
        return name in self._refused_until and self._clock() < self._refused_until[name]

    async def fetch(self) -> None:
        """As its base, for the status branch."""
        pushed, self.pushed = self.pushed, False
        await self._repository.fetch(head=False, without=BRANCHES, pushed=pushed)  # What other agents say is not for this one.
        await self._resolve()

    async def _resolve(self) -> None:
        try:
            self._fetched = await self._repository.resolve(f"refs/heads/{self._revision}")
        except NoSuchRevisionError as error:
            raise TemporaryError(f"there is no branch {self._revision} yet", remedy=_START_THE_LEADER) from error
        self.branch = self._revision

    async def adopt(self) -> bool:
        """Puts the newest decision in force. Returns whether its revision is a new one, or the members are others. Raises
        ReconcilerError; the last good decision then stays in force."""
        tip = self._fetched
        if tip is None or tip.sha == self._adopted:
            return False
        recorded = await read_recorded(self._repository, self._revision)
        if not recorded.state.revision:
            raise TemporaryError(f"branch {self._revision} records no decision", remedy=_START_THE_LEADER)
        commit = await self._repository.resolve(recorded.state.revision, recorded=True)
        judges = await tenancy_of(self._repository, recorded.state.judges)
        desired = await load_revision(self._repository, commit, self._compiler, judges=judges)
        refuse_unknown_tenants(desired)
        refuse_broken_configuration(desired)
        desired = replace(desired, settings=replace(desired.settings, mode=recorded.state.mode))
        desired = await with_earlier(replace(desired, revision=commit.sha), recorded.state, self._repository, self._compiler)
        self._refuse_other_branch(desired, commit)
        own = self.own_clusters(desired, recorded.state, commit)
        seen = seen_by_leader(recorded.state, own)
        changed = await self._put_in_force(own_desired(desired, own), own_state(recorded.state, own), own, commit, seen)
        self._wait_for(statuses_elsewhere(desired, recorded.state, own))
        self._adopted = "" if desired.unavailable else tip.sha
        return changed

    def _wait_for(self, elsewhere: Mapping[Dependency, ClusterStatus]) -> None:
        """Takes what the leader says of objects on other members: an object may wait for them here."""
        if self._reconciliation is not None and self._reconciliation.elsewhere != elsewhere:
            self._reconciliation = replace(self._reconciliation, elsewhere=elsewhere)
            self._reconciliation.fleet.changed.set()

    async def _put_in_force(
        self,
        desired: DesiredState,
        state: RecordedState,
        own: Collection[Cluster],
        commit: Commit,
        seen: Mapping[ClusterName, Seen],
    ) -> bool:
        before, generations = self._reconciliation, {name: one.generation for name, one in state.clusters.items()}
        is_same_mode = before is not None and before.desired.settings.mode is desired.settings.mode
        is_same_decision = is_same_mode and generations.items() <= self._generations.items()
        if before is None:
            refuse_missing_means(desired.clusters, self._access)
            refuse_missing_members(desired.clusters, state, self._access.member_root)
        elif is_same_decision and (commit.sha, state.decisions, seen) == (before.revision, self._state.decisions, before.seen):
            return False
        else:
            state = with_newer_facts(state, self._state, own)
        assert self._fetched is not None  # noqa: S101 - the caller read it
        is_same = (
            before is not None and is_same_mode and commit.sha == before.revision and seen.keys() == (before.seen or {}).keys()
        )
        if before is not None and is_same:
            self._reconciliation = replace(before, seen=seen)
            before.fleet.changed.set()
        else:
            fleet = await self._connections.to(desired.clusters, desired.settings.instance)
            self._set_reconciliation(desired, commit, fleet, seen)
        self._state, self._decision, self._generations = state, self._fetched.sha, self._generations | generations
        self._traceparent = next(iter(trailer_values(self._fetched.message, TRACEPARENT)), "")
        return not is_same

    async def revert(self) -> bool:
        refused, reverted = self._reconciliation, await super().revert()
        if reverted and refused is not None and self._reconciliation is not None:
            newest, before = refused.seen or {}, self._reconciliation.seen or {}
            seen = {name: newest.get(name, one) for name, one in before.items()}  # A fact, not a part of the revision.
            self._reconciliation = replace(self._reconciliation, seen=seen)
            self._state = replace(self._good_state, reports=self._state.reports, clusters=self._state.clusters)
        return reverted

    async def reconcile(self) -> Pass:
        """One pass over the decision in force."""
        assert self._reconciliation is not None  # noqa: S101 - the caller adopted a decision
        reconciliation, before = self._reconciliation, self._state
        decision, generations = self._decision, self._generations
        self._last = None
        done = await run_pass(reconciliation, before, self._pruned)
        self._good, self._good_state = reconciliation, before
        self._pruned += pruned_by([done])
        self._state = replace(before, reports=done.recorded.reports, clusters=done.recorded.clusters)
        self._last = Last(reconciliation, done, self._state)
        now, looks = self._clock(), reconciliation.fleet.looks
        applied = {name: Applied(reconciliation.revision, decision, generations[name]) for name in done.statuses}
        self._pods = {name: known_pods(self._pods.get(name, {}), done, name) for name in done.statuses}
        self._reports = {
            name: report_of(done, name, applied[name], now, self._heartbeat, looks.get(name), self._pods[name])
            for name in done.statuses
        }
        return done

    async def correct(self) -> Correction:
        """As its base. The next pass reports it."""
        done = await self._correct(self._state)
        self._state = done.recorded
        return done

    async def record(self) -> str | None:
        """Replaces the reports that are due, by one push. Returns a new commit; None where nothing is due. Raises ConflictError
        where another process reports for one of these members, PartlyRefusedError where the error concerns some of the members
        only, which then wait by themselves, and other ReconcilerErrors."""
        now = self._clock()
        due = {name: replace(report, at=now) for name, report in self._due.items()} if self.pending else {}
        if not due:
            return None
        replaces: dict[ClusterName, str | None] = {name: self._replaces[name] for name in due.keys() & self._replaces.keys()}
        if unknown := due.keys() - replaces.keys():
            tips = await self._branches_of_reports.tips(unknown)
            replaces |= {name: tips.get(name) for name in unknown}
        news: dict[str, NewCommit] = {
            name: NewCommit(replaces[name], f"report of {name}: {report.revision[:12]}", (FILE, report_file(report)))
            for name, report in due.items()
        }
        try:
            written = await self._branches_of_reports.replace_all(news)
        except RepositoryError as error:
            raise self._for_these_members(error, due) from error
        if written is None:
            for name in due:
                self._replaces.pop(name, None)
            raise ConflictError(
                f"{self._branches_of_reports.place}{{{','.join(sorted(due))}}} was changed by another process",
                remedy="Check that only one process writes to each member.",
            )
        self._remember_sent(due, written)
        return max(written.values())

    def _for_these_members(self, error: RepositoryError, due: Mapping[ClusterName, MemberReport]) -> RepositoryError:
        """The error to raise, after those of the members that it concerns are noted. One that goes away by itself, and one that
        concerns all members, is for the caller to wait for."""
        written = error.written if isinstance(error, PartlyRefusedError) else {}
        self._remember_sent(due, written)
        refused = due.keys() - written.keys()
        if error.temporary or refused >= self._reports.keys():
            return error
        until = self._clock() + timedelta(seconds=pause_after_error(error, 1))
        self._refused_until |= dict.fromkeys(refused & self._reports.keys(), until)
        return PartlyRefusedError(error.message, remedy=error.remedy, written=written)

    def _remember_sent(self, due: Mapping[ClusterName, MemberReport], written: Mapping[str, str]) -> None:
        """Not of a member that left meanwhile: another process reports of it then."""
        for name in due.keys() & written.keys() & self._reports.keys():
            self._replaces[name], self._sent[name] = written[name], due[name]
            self._refused_until.pop(name, None)

    def _refuse_other_branch(self, desired: DesiredState, commit: Commit) -> None:
        branch = desired.settings.status_branch
        if branch != self._revision:
            raise WrongRevisionError(
                f"revision {commit.sha[:12]} records its decisions on {branch}, and this process follows {self._revision}",
                remedy=f"Start it with --status-branch {branch}.",
            )

"""Keeps a fleet at one branch, pass after pass, for a process that stays (`run`).

A Controller holds what outlives a pass: connections with their watches, and the recorded state (`status_recorder.py`). The daemon
decides when to call it. A revision that cannot be read changes nothing: the last good revision stays in force.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from reconciler.cluster.access import Access
from reconciler.cluster.member_protocol import MemberClient
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedScale
from reconciler.model.settings import Mode, Settings
from reconciler.passes.autoscaling import Autoscaling
from reconciler.passes.connections import Connections
from reconciler.passes.correction import Correction, correct
from reconciler.passes.earlier import as_reconciled, awaited_statuses, with_earlier
from reconciler.passes.fleet import Fleet
from reconciler.passes.member_branches import MemberBranches
from reconciler.passes.object_backoff import Attempts
from reconciler.passes.options import Clock, Options
from reconciler.passes.passes import Pass, pruned_by, run_pass
from reconciler.passes.preflight import (
    WentBack,
    outdated,
    refuse_broken_configuration,
    refuse_missing_means,
    refuse_missing_members,
    refuse_status_branch,
    went_back,
)
from reconciler.passes.reconciliation import Reconciliation, Seen
from reconciler.passes.signs_of_life import SignsOfLife
from reconciler.passes.status_recorder import StatusRecorder
from reconciler.passes.sweeps import LaterSweeps
from reconciler.passes.tenants import NOTHING_PRUNED
from reconciler.pipeline.process.client import CachingCompiler, CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.record.fold import why_unknown
from reconciler.record.observed import observed_beside
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


class Controller:
    """An async context manager: its end closes the connections to all members."""

    _reached: Fleet | None = None
    """Where replicas write to the members: what is reached from here for `reached`."""
    on_adopt: Callable[[], None] = staticmethod(lambda: None)
    """Called when a new revision is in force."""

    def __init__(
        self,
        repository: Repository,
        compiler: CompilerClient,
        access: Access,
        clock: Clock,
        revision: str,
        options: Options,
        *,
        push: bool,
        sharded: bool = False,
    ) -> None:
        """revision: what to follow, a branch or `HEAD`. push: whether the status branch is pushed to the remote, where there is
        one, and a clone asks it for the reports of agents. sharded: whether replicas write to the members and report
        (`agent/shard.py`): this one then decides and records, and reaches members for `reached` alone."""
        self._repository = repository
        self._compiler = CachingCompiler(compiler)
        self._access = access
        self._connections, self._beside = Connections(access), Connections(access)
        self._clock = clock
        self._revision = revision
        self._options = options
        self.stop = asyncio.Event()
        """Set it to make a running pass begin nothing more."""
        self._reconciliation: Reconciliation | None = None
        self._good: Reconciliation | None = None
        """The last one with which a pass came to its end."""
        self._fetched: Commit | None = None
        self.pushed = False
        """Set it when somebody pushed: the next `fetch` then asks for nothing that no push changes."""
        self.branch = ""
        """The branch of the last `fetch`: where HEAD is followed, its branch at that time."""
        self._refused = ""
        """A revision that `revert` left."""
        self._push = push
        self._sharded = sharded
        self.went_back: WentBack | None = None
        """What the revision of the last `adopt` undoes."""
        self.ask_statuses: Callable[[str], Awaitable[frozenset[str]]] | None = None
        """Which commit statuses of a commit succeeded at the forge; None: no forge is known."""
        self._recorder = StatusRecorder(repository, clock, push=push)
        self._signs = SignsOfLife(repository, clock, push=push)
        self._branches = MemberBranches(repository)
        self._unknown: dict[ClusterName, str] = {}
        """Why nothing is known of the members that agents keep, as of the last reports; empty for the others."""
        self._pruned = NOTHING_PRUNED
        self._last: Last | None = None
        self._autoscaling, self._sweeps = Autoscaling(), LaterSweeps(lambda: self.clients)
        self.on_pass: Callable[[Pass], None] = lambda done: None
        """Called after each pass that came to its end."""

    async def __aenter__(self) -> Controller:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sweeps.close()
        await self._connections.__aexit__()
        await self._beside.__aexit__()

    @property
    def settings(self) -> Settings:
        """Of the revision in force; the defaults before there is one."""
        return self._reconciliation.desired.settings if self._reconciliation is not None else Settings()

    @property
    def desired(self) -> DesiredState | None:
        """What the revision in force declares; None before there is one."""
        return self._reconciliation.desired if self._reconciliation is not None else None

    @property
    def revision(self) -> str:
        """The id of the commit in force; empty before there is one."""
        return self._reconciliation.revision if self._reconciliation is not None else ""

    @property
    def observes(self) -> bool:
        """As `Reconciliation.observes`; True before there is a revision in force."""
        return self._reconciliation is None or self._reconciliation.observes

    @property
    def consent(self) -> list[str]:
        """The members that the revision in force itself lets lose more than the prune guard allows, sorted."""
        given = self._reconciliation.options.allow_prune if self._reconciliation is not None else frozenset()
        return sorted(given - self._options.allow_prune)

    @property
    def fetched(self) -> str:
        """The id of the commit of the last `fetch`, which `adopt` may have refused; empty before there is one."""
        return self._fetched.sha if self._fetched is not None else ""

    @property
    def traceparent(self) -> str:
        """The header `traceparent` by which the trace of the revision in force is carried on; empty: it is a new one."""
        return ""

    @property
    def clients(self) -> Mapping[ClusterName, MemberClient]:
        """The connections of the revision in force."""
        return self._reconciliation.fleet.clients if self._reconciliation is not None else {}

    @property
    def reached(self) -> Mapping[ClusterName, MemberClient]:
        """The connections for what needs several members at once, beside the passes: endpoints and metrics. Where replicas write
        to the members, only the one that decides does this, so no member has two that do."""
        return self.clients if self._reached is None else self._reached.clients

    @property
    def changed(self) -> asyncio.Event:
        """Set when a pass has to look at what somebody else changed."""
        return self._reconciliation.fleet.changed if self._reconciliation is not None else asyncio.Event()

    @property
    def named(self) -> asyncio.Event:
        """Set when somebody else changed objects that `correct` may see to."""
        return self._reconciliation.fleet.named if self._reconciliation is not None else asyncio.Event()

    @property
    def pending(self) -> bool:
        """Whether there is something to record."""
        return self._recorder.pending and not self._options.shadow

    @property
    def owes_sign_of_life(self) -> bool:
        """Whether to record although no pass found anything new, to show that somebody looks."""
        return self._last is not None and not self._options.shadow and self._signs.is_due(self.settings)

    async def fetch(self) -> None:
        """Asks the remote for the newest commit, and for the reports of agents, as no other method does. May run at the same
        time as `reconcile`, but not as `record`. Raises ReconcilerError."""
        pushed, self.pushed = self.pushed and bool(self.branch), False
        await self._repository.fetch(head=self._revision.startswith("HEAD"), pushed=pushed)
        if self._push:
            await self._branches.fetch(self._clusters(self._reconciliation.desired) if self._reconciliation is not None else None)
        self._fetched = await self._repository.resolve(self._revision)
        if not (pushed and self._repository.is_mirror):
            self.branch = (self._revision == "HEAD" and await self._repository.head_branch()) or self._revision

    async def adopt(self) -> bool:
        """Puts the commit of the last `fetch` in force. Returns whether it is a new revision. May not run at the same time as any
        other method. A revision whose sources could not all be had is loaded again, until they can. Raises ReconcilerError; the
        last good revision then stays in force.

        Raises NotConfiguredError where this process lacks the means to reach a member of its first revision. A member that joins
        later is reported by every pass, and what is recorded of it stays. Raises OutdatedError as `sync` does.
        """
        await self._take_reports()  # First: a revision that is refused is no reason to take agents for silent.
        commit = self._fetched
        again = self._reconciliation is not None and bool(self._reconciliation.desired.unavailable)
        if commit is None or commit.sha == self._refused or (commit.sha == self.revision and not again):
            return False
        desired = await load_revision(self._repository, commit, self._compiler)
        if commit.sha == self.revision and desired.unavailable:
            return False
        refuse_broken_configuration(desired)
        if self._reconciliation is None:
            refuse_missing_means(self._clusters(desired), self._access)
        branch = desired.settings.status_branch
        if self._options.shadow:
            await self._read_beside(branch)
        elif not self._recorder.was_read or branch != self.settings.status_branch:
            await self._recorder.read(branch)
        refuse_status_branch(commit, self._recorder.branch_commit, branch, self._revision)
        desired = await as_reconciled(self._repository, commit, desired, self._recorder.state, self._compiler)
        back = await went_back(self._repository, commit, self._recorder.state.revision)
        if refusal := await outdated(self._repository, commit, self._revision, back, "run"):
            raise refusal
        if self._reconciliation is None:
            refuse_missing_members(self._clusters(desired), self._recorder.state, self._access.member_root)
        self._set_reconciliation(desired, commit, await self._fleet_of(desired))
        self.went_back = back
        self.on_adopt()
        return True

    async def _read_beside(self, branch: str) -> None:
        """Takes what another process recorded since the last revision, with what this one observed."""
        before, read_at = self._recorder.state, self._recorder.branch_commit
        is_first = not self._recorder.was_read
        await self._recorder.read(branch)
        is_news = is_first or self._recorder.branch_commit != read_at
        self._recorder.state = observed_beside(self._recorder.state, before) if is_news else before

    async def _fleet_of(self, desired: DesiredState) -> Fleet:
        """The connections to its members, with what agents report. Raises ReconcilerError; the connections then stay as they
        are."""
        clusters = self._clusters(desired)
        reports = await self._branches.read(clusters)
        fleet = await self._connections.to(clusters, desired.settings.instance)
        fleet.pulled.update(reports)
        if self._sharded:
            with_servers = [one for one in desired.clusters if not one.directory]
            self._reached = await self._beside.to(with_servers, desired.settings.instance)
        return fleet

    def _clusters(self, desired: DesiredState) -> tuple[Cluster, ...]:
        """The members as this process sees them: one that a replica writes to is as one with an agent."""
        return tuple(replace(one, sync_mode="Pull") for one in desired.clusters) if self._sharded else desired.clusters

    def _set_reconciliation(
        self, desired: DesiredState, commit: Commit, fleet: Fleet, seen: Mapping[ClusterName, Seen] | None = None
    ) -> None:
        """From now on this revision is in force. What outlives a revision stays; all objects may be tried at once."""
        before, options = self._reconciliation, self._options.with_consent(commit.message)
        self._reconciliation = (
            replace(before, desired=desired, revision=commit.sha, fleet=fleet, options=options, seen=seen, attempts=Attempts())
            if before is not None
            else Reconciliation(desired, commit.sha, fleet, self._compiler, self._clock, options, seen=seen, stop=self.stop)
        )
        self._pruned = NOTHING_PRUNED

    async def _take_reports(self) -> None:
        """Of agents. One that says something new makes a pass; a sign of life does not. Raises ReconcilerError."""
        if self._reconciliation is not None:
            fleet = self._reconciliation.fleet
            reports = await self._branches.read(self._clusters(self._reconciliation.desired))
            now = self._clock()
            unknown = {name: why_unknown(name, report, now) for name, report in reports.items()}
            news = any(not _is_same(report, fleet.pulled[name]) for name, report in reports.items())
            if news or unknown != self._unknown:
                fleet.changed.set()
            fleet.pulled.update(reports)
            self._unknown = unknown

    async def revert(self) -> bool:
        """Puts the last revision in force with which a pass came to its end, after the revision in force made passes raise.
        Returns whether there is such a revision. The other one is not adopted again. Where it says to observe, nothing is written
        all the same."""
        good, refused = self._good, self._reconciliation
        if good is None or refused is None or good.revision == refused.revision:
            return False
        desired = good.desired
        if refused.desired.settings.mode is Mode.OBSERVE:
            desired = replace(desired, settings=replace(desired.settings, mode=Mode.OBSERVE))
        self._reconciliation = replace(good, desired=desired, fleet=await self._fleet_of(desired), attempts=Attempts())
        self._refused = refused.revision
        return True

    async def reconcile(self) -> Pass:
        """One pass over the revision in force. Call it after an `adopt` that returned True.

        Raises as `run_pass`; the state is then that of the pass before.
        """
        assert self._reconciliation is not None  # noqa: S101 - the caller adopted a revision
        before = self._recorder.state
        reconciliation = self._reconciliation = await self._with_facts(self._reconciliation, before)
        self._last = None
        scaled = self._autoscaling.take(before)
        if scaled is not before:
            self._recorder.take(before, scaled, ())
            before = scaled
        done = await run_pass(reconciliation, before, self._pruned)
        self._good = reconciliation
        self._pruned += pruned_by([done])
        self._recorder.take(before, done.recorded, done.events)
        self._last = Last(reconciliation, done, done.recorded)
        self._sweeps.begin()
        self.on_pass(done)
        return done

    async def autoscale(self) -> tuple[RecordedScale, ...]:
        """Reads the metrics that FederatedHPAs ask for, and lets cron rules act, where that is due. What is new makes a pass.
        May run at the same time as any other method. Returns the numbers and limits that changed. Raises ReconcilerError."""
        last = self._last
        if last is None or last.reconciliation is not self._reconciliation or self.observes:
            return ()
        if self._autoscaling.found.is_news:  # It was found while a pass began, which did not take it.
            last.reconciliation.fleet.changed.set()
        state = self._autoscaling.found.on(self._recorder.state)
        reads = last.reconciliation if self._reached is None else replace(last.reconciliation, fleet=self._reached)
        found = await self._autoscaling.look(reads, last.done.compiled, state)
        if not found.is_news:
            return ()
        self._autoscaling.keep(found)
        last.reconciliation.fleet.changed.set()
        return tuple(scale for scale in found.scales.values() if _is_another(scale, state.scales.get(scale.key)))

    async def _with_facts(self, reconciliation: Reconciliation, state: RecordedState) -> Reconciliation:
        """With the earlier revisions that rollouts need now, and the commit statuses that they wait for."""
        desired = await with_earlier(reconciliation.desired, state, self._repository, self._compiler)
        if self.ask_statuses is not None and (commits := awaited_statuses(desired, state)):
            passed = {commit: await self.ask_statuses(commit) for commit in sorted(commits)}
            desired = desired if passed == desired.passed_statuses else replace(desired, passed_statuses=passed)
        return reconciliation if desired is reconciliation.desired else replace(reconciliation, desired=desired)

    async def correct(self) -> Correction:
        """Corrects single objects that somebody else changed, without a pass; see `correction.py`. What it leaves asks for a pass
        by `changed`. May not run at the same time as `adopt` or `reconcile`."""
        state = self._recorder.state
        done = await self._correct(state)
        self._recorder.take(state, done.recorded, done.events)
        return done

    async def _correct(self, state: RecordedState) -> Correction:
        """state: what the next pass would start from."""
        reconciliation, last = self._reconciliation, self._last
        assert reconciliation is not None  # noqa: S101 - the caller adopted a revision
        named, done = reconciliation.fleet.take_named(), Correction(state)
        if reconciliation.observes:
            last = None
        if last is not None and last.reconciliation is reconciliation and last.state is state:
            done = await correct(reconciliation, last.done, state, named)
            self._last = replace(last, state=done.recorded)
        if not done.complete:
            reconciliation.fleet.changed.set()
        return done

    async def record(self) -> str | None:
        """Commits what happened since the last commit. May run at the same time as `reconcile`. Returns and raises as
        `StatusRecorder.commit`."""
        if self._options.shadow:
            return None
        last = self._last
        commit = await self._recorder.commit(self.settings.status_branch, self.revision, self._options.tracer.header())
        if last is not None and self._signs.is_due(self.settings):
            await self._signs.show(last.reconciliation, last.done)
        return commit


@dataclass(frozen=True, slots=True)
class Last:
    """The last pass, if it came to its end."""

    reconciliation: Reconciliation
    done: Pass
    state: RecordedState
    """What it left, with the corrections since then."""


def _is_another(scale: RecordedScale, before: RecordedScale | None) -> bool:
    """Whether the number or the limits are others."""
    last = before or RecordedScale(scale.key, scale.by)
    return (scale.replicas, scale.minimum, scale.maximum) != (last.replicas, last.minimum, last.maximum)


def _is_same(report: MemberReport | str, last: MemberReport | str) -> bool:
    if isinstance(report, MemberReport) and isinstance(last, MemberReport):
        return report is last or report.says_the_same(last)
    return report == last

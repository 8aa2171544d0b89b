"""A whole `sync`: read the repository, run passes, write down what happened, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.apply.executor import Progress
from reconciler.cluster.access import Access
from reconciler.model.changes import Action, Outcome
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.model.wording import first_few
from reconciler.passes.fleet import connect
from reconciler.passes.passes import Clock, Job, Options, Pass, sync
from reconciler.passes.preflight import refuse_broken_configuration, refuse_missing_members, refuse_status_branch
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.record.commit import commit_recorded, read_recorded
from reconciler.repo.branch import REMOTE
from reconciler.repo.client import Repository


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync did, and where it is written."""

    revision: str
    passes: tuple[Pass, ...]
    commit: str | None
    """On the status branch; None when nothing new happened, or in a dry run."""
    pushed: bool

    @property
    def last(self) -> Pass:
        return self.passes[-1]

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self.last.compiled.issues

    def outcomes(self, cluster: ClusterName) -> list[Outcome]:
        """What was done on one member in all passes; what the first pass wrote, the later ones find unchanged."""
        written = [outcome for one in self.passes[:-1] for outcome in one.outcomes.get(cluster, ()) if _touches(outcome)]
        keys = {outcome.change.key for outcome in written}
        last = [
            outcome
            for outcome in self.last.outcomes.get(cluster, ())
            if _touches(outcome) or outcome.change.key not in keys or outcome.change.action is Action.SKIP
        ]
        return written + last


async def synchronize(
    repository: Repository,
    compiler: CompilerClient,
    revision: str,
    access: Access,
    clock: Clock,
    options: Options,
    *,
    push: bool,
    progress: Progress = lambda outcome: None,
) -> Result:
    """Raises ReconcilerError where nothing could be done at all; a member's trouble is in the result."""
    commit = await repository.resolve(revision)
    desired = await load_revision(repository, commit, compiler)
    refuse_broken_configuration(desired)
    branch = desired.settings.status_branch
    if push:
        await repository.fetch_status(branch)
    before = await read_recorded(repository, branch)
    refuse_status_branch(commit, before.commit, branch, revision)
    refuse_missing_members(desired, before.state, access.member_root)
    fleet = connect(desired.clusters, access, desired.settings.instance)
    try:
        passes = await sync(Job(desired, commit.sha, fleet, compiler, clock, options, progress), before.state)
    finally:
        await fleet.close()
    if options.dry_run:
        return Result(commit.sha, tuple(passes), None, False)
    message = commit_message(commit.sha, [one.outcomes for one in passes])
    publish = push and REMOTE in await repository.remotes()
    written = await commit_recorded(repository, branch, before, passes[-1].recorded, message, clock(), publish=publish)
    pushed = publish and (written is not None or await repository.publish(branch))
    return Result(commit.sha, tuple(passes), written.commit if written else None, pushed)


def commit_message(revision: str, passes: Iterable[Mapping[ClusterName, Collection[Outcome]]]) -> str:
    """`sync 3f2c1ab: 12 created, 3 configured on member1, member2`, with trailers for machines."""
    counts: dict[Action, int] = {}
    members: set[str] = set()
    for one in passes:
        for name, outcomes in one.items():
            for outcome in outcomes:
                if outcome.done and outcome.change.action.writes:
                    counts[outcome.change.action] = counts.get(outcome.change.action, 0) + 1
                    members.add(name)
    done = ", ".join(f"{counts[action]} {action.past}" for action in Action if action in counts)
    where = first_few(sorted(members), _NAMED)
    subject = f"sync {revision[:7]}: {done} on {where}" if done else f"sync {revision[:7]}: status changed"
    trailers = [f"Revision: {revision}", *[f"Cluster: {name}" for name in sorted(members)]]
    return f"{subject}\n\n" + "\n".join(trailers) + "\n"


_NAMED = 5
"""Members in the subject of a commit before the rest is counted; the trailers name them all."""


def _touches(outcome: Outcome) -> bool:
    return outcome.change.action.writes

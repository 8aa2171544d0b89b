"""The earlier revisions that rollouts need: clusters keep their content until it is their turn."""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import ReconcilerError
from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import RolloutPhase
from reconciler.passes.judges import judged
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.pipeline.rollouts import are_staged
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


def needed_commits(desired: DesiredState, recorded: RecordedState) -> frozenset[str]:
    """The commits whose content a pass over `desired` needs."""
    if not are_staged(desired, recorded):
        return frozenset()
    commits = {recorded.revision}.union(*(one.revisions for one in recorded.rollouts.values()))
    return frozenset(commits - {"", desired.revision})


def awaited_statuses(desired: DesiredState, recorded: RecordedState) -> frozenset[str]:
    """The commits that are rolled out, and of which a group may wait for a commit status."""
    strategies = [desired.settings.rollout, *desired.settings.rollouts.values()]
    if not any(group.approving_status for one in strategies if one is not None for group in one.groups):
        return frozenset()
    return frozenset(one.target for one in recorded.rollouts.values() if one.phase is RolloutPhase.PROGRESSING)


async def as_reconciled(
    repository: Repository,
    commit: Commit,
    desired: DesiredState,
    recorded: RecordedState,
    compiler: CompilerClient,
    *,
    by_hand: bool = False,
) -> DesiredState:
    """The revision as it is to be reconciled: judged by its Tenants, with its commit and the earlier revisions that it needs.
    by_hand: whether a person reconciles it. Raises ReconcilerError."""
    desired = await judged(repository, commit, desired, recorded, compiler)
    return await with_earlier(replace(desired, revision=commit.sha, by_hand=by_hand), recorded, repository, compiler)


async def with_earlier(
    desired: DesiredState, recorded: RecordedState, repository: Repository, compiler: CompilerClient
) -> DesiredState:
    """The revision with the earlier ones; the same object where it has them. desired: with its commit.

    One that cannot be read any more is left out: copies with its content then stay as they are.
    """
    needed = needed_commits(desired, recorded)
    if needed == desired.earlier.keys():
        return desired
    earlier = {commit: one for commit, one in desired.earlier.items() if commit in needed}
    for commit in sorted(needed - earlier.keys()):
        try:
            one = await load_revision(repository, await repository.resolve(commit), compiler)
        except ReconcilerError:
            continue
        if not one.unavailable:
            earlier[commit] = one
    return desired if earlier.keys() == desired.earlier.keys() else replace(desired, earlier=dict(sorted(earlier.items())))

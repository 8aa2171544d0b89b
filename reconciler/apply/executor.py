"""Carries out the change set of one member, stage after stage.

Everything was decided in `plan/`: the stages, and which change waits for which other one. Where a change fails, the changes that
wait for it are not begun and count as failed, too; all others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconciler.cluster.client import ClusterClient, MemberError
from reconciler.cluster.concurrency import at_most
from reconciler.model.changes import ChangeSet, Outcome, Prune, Release, Write
from reconciler.model.keys import ResourceKey

Progress = Callable[[Outcome], None]


async def carry_out(
    changes: ChangeSet,
    client: ClusterClient,
    concurrency: int,
    progress: Progress = lambda outcome: None,
    stopped: Callable[[], str] = lambda: "",
) -> tuple[Outcome, ...]:
    """One outcome per change, in the order of the change set; never raises for a single object.

    concurrency: requests at the same time. progress: called when a change that writes to the member is done or has failed.
    stopped: why no other change may begin; empty while changes may begin.
    """
    failed: set[ResourceKey] = set()

    async def attempt(change: Write) -> Outcome:
        error = _obstacle(change, changes.dependencies.get(change.key, ()), failed) or stopped()
        outcome = Outcome(change, error or await _error_of(change, client))
        progress(outcome)
        return outcome

    outcomes: list[Outcome] = []
    for stage in changes.stages:
        results = iter(await at_most([attempt(change) for change in stage if isinstance(change, Write)], concurrency))
        for change in stage:
            outcome = next(results) if isinstance(change, Write) else Outcome(change)
            outcomes.append(outcome)
            if not outcome.done:
                failed.add(change.key)
    return tuple(outcomes)


def _obstacle(change: Write, dependencies: Collection[ResourceKey], failed: Collection[ResourceKey]) -> str:
    """Why this change cannot begin; empty where it can. dependencies: the objects of the changes that it waits for."""
    culprit = next((key for key in dependencies if key in failed), None)
    if culprit is None:
        return ""
    if isinstance(change, Prune):
        return f"{culprit}, which it holds, could not be pruned"
    return f"{culprit}, which it needs, could not be written"


async def _error_of(change: Write, client: ClusterClient) -> str:
    """Sends the write to the member. Returns why it failed; empty where it succeeded."""
    try:
        if isinstance(change, Prune):
            await client.delete(change.key, change.live, change.propagation)
        elif isinstance(change, Release):
            await client.release(change.expected, change.live)
        else:
            await client.apply(change.desired.manifest, change.expected, change.live)
    except MemberError as error:
        return str(error)
    return ""

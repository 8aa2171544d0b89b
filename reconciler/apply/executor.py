"""One member's change set, rank by rank: what others stand on is written before them, pruning comes last and in reverse.

A failure stops only what depends on it: the objects of a namespace or of a kind that could not be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from reconciler.cluster.client import ClusterClient, MemberError
from reconciler.interpreter.containers import holds
from reconciler.model.changes import Action, Change, ChangeSet, Outcome
from reconciler.model.keys import ResourceKey
from reconciler.plan.order import apply_order

Progress = Callable[[Outcome], None]


async def carry_out(
    changes: ChangeSet,
    client: ClusterClient,
    concurrency: int,
    progress: Progress = lambda outcome: None,
    stopped: Callable[[], str] = lambda: "",
) -> tuple[Outcome, ...]:
    """One outcome per change, in the order of the change set; never raises for a single object.

    concurrency: requests at once. progress: called as each change that touches the member is done. stopped: why nothing more
    is to be begun; empty while things may go on.
    """
    gate = asyncio.Semaphore(concurrency)

    async def carry_out_one(change: Change, obstacle: str) -> Outcome:
        outcome = await _carry_out_one(change, client, gate, lambda: obstacle or stopped())
        progress(outcome)
        return outcome

    outcomes: list[Outcome] = []
    failed: list[Change] = []
    for batch in _batches(changes.changes):
        writes = [carry_out_one(change, _obstacle(change, failed)) for change in batch if change.action.writes]
        done = iter(await asyncio.gather(*writes))
        for change in batch:
            outcome = next(done) if change.action.writes else Outcome(change)
            outcomes.append(outcome)
            if not outcome.done:
                failed.append(change)
    return tuple(outcomes)


async def _carry_out_one(change: Change, client: ClusterClient, gate: asyncio.Semaphore, obstacle: Callable[[], str]) -> Outcome:
    async with gate:
        if why := obstacle():
            return Outcome(change, why)
        try:
            if change.action is Action.PRUNE:
                assert change.live is not None  # noqa: S101 -- what is pruned was seen
                await client.delete(change.key, change.live)
            elif change.action is Action.RELEASE:
                assert change.live is not None  # noqa: S101 -- what is let go was seen
                assert change.expected is not None  # noqa: S101
                await client.release(change.expected, change.live)
            else:
                assert change.desired is not None  # noqa: S101 -- what is written is wanted
                assert change.expected is not None  # noqa: S101
                await client.apply(change.desired.manifest, change.expected, change.live)
        except MemberError as error:
            return Outcome(change, str(error))
    return Outcome(change)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes of one rank together."""
    for _, batch in groupby(changes, key=lambda change: (change.action in _REMOVALS, apply_order(change.key)[0])):
        yield list(batch)


def _obstacle(change: Change, failed: Iterable[Change]) -> str:
    """Why this change cannot be tried: what it stands on could not be written, or what it holds could not be pruned."""
    for other in failed:
        if change.action is Action.PRUNE:
            if other.action is Action.PRUNE and _holds(change, other.key):
                return f"{other.key}, which it holds, could not be pruned"
        elif other.action not in _REMOVALS and _holds(other, change.key):
            return f"{other.key}, which it needs, could not be written"
    return ""


def _holds(container: Change, key: ResourceKey) -> bool:
    """Whether the change is about the Namespace or the definition that an object lives in."""
    return holds(container.key, container.desired.manifest if container.desired else container.live, key)


_REMOVALS = frozenset({Action.PRUNE, Action.RELEASE})

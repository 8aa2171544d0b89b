"""Carries out the change set of one member, stage after stage.

Everything was decided in `plan/`: the stages, and which change waits for which other one. Where a change fails or is postponed,
the changes that wait for it are not begun and count as failed or postponed, too; all others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from reconciler.apply.recreate import may_recreate, recreate
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import ImmutableFieldError, MemberClient, MemberError
from reconciler.model.changes import ChangeSet, Outcome, Prune, Release, Write
from reconciler.model.keys import ResourceKey
from reconciler.model.recreation import recreation_advice
from reconciler.model.sealed import has_seal
from reconciler.plan.mask_text import masked_refusal

Progress = Callable[[Outcome], None]


async def carry_out(
    changes: ChangeSet,
    client: MemberClient,
    concurrency: int,
    progress: Progress = lambda outcome: None,
    postpone: Callable[[Write], str] = lambda change: "",
) -> tuple[Outcome, ...]:
    """One outcome per change, in the order of the change set; never raises for a single object.

    concurrency: requests at the same time. progress: called when a change that writes to the member is done or has failed.
    postpone: why a change must not begin now; empty where it may.
    """
    if not changes.writes:
        return without_writes(changes)
    failed: dict[ResourceKey, Outcome] = {}

    async def attempt(change: Write) -> Outcome:
        outcome = _not_begun(change, changes.dependencies.get(change.key, ()), failed)
        if outcome is None:
            reason = postpone(change)
            acting = client.acting_as(changes.accounts.get(change.key))
            outcome = Outcome(change, reason, postponed=True) if reason else _masked(await _send(change, acting))
        if not outcome.postponed:
            progress(outcome)
        return outcome

    outcomes: list[Outcome] = []
    for stage in changes.stages:
        results = iter(await at_most([attempt(change) for change in stage if isinstance(change, Write)], concurrency))
        for change in stage:
            outcome = next(results) if isinstance(change, Write) else Outcome(change)
            outcomes.append(outcome)
            if not outcome.done:
                failed[change.key] = outcome
    return tuple(outcomes)


def without_writes(changes: ChangeSet) -> tuple[Outcome, ...]:
    """The outcomes of a change set that writes nothing."""
    return tuple(map(Outcome, changes.changes))


def _not_begun(change: Write, dependencies: Collection[ResourceKey], failed: Mapping[ResourceKey, Outcome]) -> Outcome | None:
    """The outcome of a change that cannot begin; None where it can.

    dependencies: the objects of the changes that it waits for.
    """
    culprit = next((failed[key] for key in dependencies if key in failed), None)
    if culprit is None:
        return None
    key = culprit.change.key
    error = f"{key}, which it needs, could not be written"
    if isinstance(change, Prune):
        error = f"{key}, which it contains, could not be pruned"
    return Outcome(change, error, culprit.postponed, culprit.temporary)


async def _send(change: Write, client: MemberClient) -> Outcome:
    """Sends the write to the member."""
    if change.desired is not None and change.desired.is_sealed and has_seal(change.desired.manifest):
        return Outcome(change, "its values are encrypted")  # The plan has none of these; a digest must not become a value.
    try:
        return await _write(change, client)
    except ImmutableFieldError as error:
        advice = recreation_advice(change.desired.manifest) if change.desired else ""
        return Outcome(change, f"{_brief(change, client, str(error))} {advice}".rstrip())
    except MemberError as error:
        return Outcome(change, _brief(change, client, str(error)), temporary=error.temporary)


async def _write(change: Write, client: MemberClient) -> Outcome:
    """The outcome of a write that was done, or that ended otherwise than by an error of the member. Raises MemberError."""
    try:
        if isinstance(change, Prune):
            await client.delete(change.key, change.live, change.propagation)
        elif isinstance(change, Release):
            await client.release(change.expected, change.live)
        else:
            await client.apply(change.desired.manifest, change.expected, change.live)
    except ImmutableFieldError as error:
        if may_recreate(change):
            return await recreate(change, _brief(change, client, error.message), client)
        raise
    return Outcome(change)


def _masked(outcome: Outcome) -> Outcome:
    """The outcome without values of the object: an API server quotes what it refuses."""
    if not outcome.error and not outcome.recreated:
        return outcome
    change = outcome.change
    return replace(outcome, error=masked_refusal(change, outcome.error), recreated=masked_refusal(change, outcome.recreated))


def _brief(change: Write, client: MemberClient, message: str) -> str:
    """The message without the names of the member and of the object: whoever prints an outcome names them."""
    return message.removeprefix(f"{client.name}: ").removeprefix(f"apply {change.key}: ")

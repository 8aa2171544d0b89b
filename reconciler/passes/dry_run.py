"""What each write of `sync --dry-run` and `diff --live` would come to: the answers of members to dry runs."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from reconciler.apply.recreate import may_recreate, preview_new
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import ImmutableFieldError, MemberClient, MemberError, MemberUnreachableError
from reconciler.model.changes import Action, Change, ChangeSet, Configure, Create, Skip
from reconciler.model.former_managers import OWNERS, removed_fields
from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.managed_fields import lost_fields, spelled
from reconciler.model.manifest import get
from reconciler.plan.mask_text import masked_refusal
from reconciler.plan.whole_object import content


async def preview_writes(plan: ChangeSet, view: LiveView, client: MemberClient, known: Container[ResourceKey] = ()) -> ChangeSet:
    """The plan, each write with the object that the member would store, or skipped with the member's refusal.

    known: objects that are not tried. Directory members are not asked: the plan is exact for them, and a take-over replaces the
    whole object. Raises MemberUnreachableError when the member stops answering.
    """
    if not view.shared:
        return plan.revised(map(_with_losses, plan.changes))
    # A member cannot try what needs an object that the same sync creates.
    absent = {change.key for change in plan.of(Action.CREATE)}
    tried = [
        change
        for change in plan.changes
        if isinstance(change, Create | Configure)
        and change.key not in known
        and absent.isdisjoint(plan.dependencies.get(change.key, ()))
    ]
    answers = {
        change.key: change
        for change in await at_most([_preview(change, client.acting_as(plan.accounts.get(change.key))) for change in tried])
    }
    return plan.revised(answers.get(change.key, change) for change in plan.changes)


def _with_losses(change: Change) -> Change:
    """A take-over with the fields that go; any other change as it is."""
    if not (isinstance(change, Configure) and change.taken_over):
        return change
    gone = lost_fields(content(change.live), content(change.expected))
    return replace(change, removed=tuple(map(spelled, gone)))


async def _preview(change: Create | Configure, client: MemberClient) -> Change:
    try:
        after = await client.preview(change.expected, change.live)
        previewed = replace(change, expected=after)
        owners = get(change.expected, *OWNERS)
        if isinstance(previewed, Configure) and owners is not None:
            return replace(previewed, removed=tuple(map(spelled, removed_fields(previewed.live, after, owners))))
        return previewed
    except MemberUnreachableError:
        raise
    except MemberError as error:
        message = error.message.removeprefix(f"{client.name}: ").removeprefix(f"apply {change.key}: ")
        if isinstance(error, ImmutableFieldError) and may_recreate(change):
            return await _preview_recreation(change, message, client)
        return _refused(change, message)


async def _preview_recreation(change: Configure, why: str, client: MemberClient) -> Change:
    try:
        fresh = await preview_new(change, client)
    except MemberUnreachableError:
        raise
    except MemberError as error:
        return _refused(change, f"{why}; a new object would be refused, too: {error.message}")
    return replace(change, expected=fresh, reason=masked_refusal(change, f"deleted and created again: {why}"))


def _refused(change: Create | Configure, message: str) -> Skip:
    return Skip(change.key, masked_refusal(change, f"the member would refuse it: {message}"), change.desired, change.live)

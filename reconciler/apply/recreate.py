"""Deletes an object and creates it again, because a field may not change and its author agreed (`model/recreation.py`).

Only a change in Git does that. A refused correction of drift deletes nothing: it would do so in every pass.
A new object is tried first, by a dry run under another name, so that nothing is deleted that could not be created again. If the
process ends in between, the next pass finds no object and creates it.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TypeGuard

from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.interpreter.registry import replicas_path
from reconciler.model.changes import Configure, DeletionPropagation, Outcome, Write
from reconciler.model.manifest import Manifest, get, text, with_value
from reconciler.model.recreation import wants_recreation
from reconciler.plan.apply_configuration import apply_configuration

_PAUSES = (0, 0.5, 1, 2)
"""Seconds before each attempt to create the new object, while the old one is going."""


def may_recreate(change: Write) -> TypeGuard[Configure]:
    """Whether the object may be deleted and created again if its member does not allow the change: never one of somebody else."""
    if not isinstance(change, Configure) or change.drift or change.taken_over:
        return False
    return wants_recreation(change.desired.manifest)


async def recreate(change: Configure, refusal: str, client: MemberClient) -> Outcome:
    """refusal: why the member does not allow the change. Raises MemberError where the object could not be deleted."""
    fresh = _new(change)
    try:
        await preview_new(change, client)
    except MemberError as error:
        return Outcome(change, f"{refusal}\n  It is not created again, because a new one would be refused: {error.message}")
    await client.delete(change.key, change.live, DeletionPropagation.BACKGROUND)
    problem: MemberError | None = None
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        try:
            await client.apply(change.desired.manifest, fresh, None)
        except MemberError as error:
            problem = error
        else:
            return Outcome(change, recreated=refusal)
    return Outcome(change, f"it was deleted to be created again, and is not created yet: {problem}", temporary=True)


async def preview_new(change: Configure, client: MemberClient) -> Manifest:
    """The object that would be created, by a dry run under another name. Raises as `MemberClient.preview`."""
    fresh = _new(change)
    name = text(fresh, "metadata", "name")
    other = f"dry-run-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    answer: Manifest = with_value(await client.preview(with_value(fresh, _NAME, other), None), _NAME, name)
    return answer


def _new(change: Configure) -> Manifest:
    """What is applied where nothing exists, with the number of replicas that the old object has if the member decides it."""
    fresh = apply_configuration(change.desired.manifest, None, autoscaled=False)
    path = replicas_path(fresh)
    declared, applied = get(fresh, *path), get(change.expected, *path)
    number = get(change.live, *path) if applied is None and declared is not None else applied
    return fresh if number is None else with_value(fresh, path, number)


_NAME = ("metadata", "name")

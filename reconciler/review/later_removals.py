"""Which removals wait for other copies: a placement that shrinks is carried out by make before break, as a move is. Offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.process.client import CompilerClient
from reconciler.review.object_diff import ObjectDiff


async def with_waiting(
    compiler: CompilerClient, differences: Sequence[ObjectDiff], head: DesiredState, at_base: RecordedState, now: datetime
) -> tuple[ObjectDiff, ...]:
    """The differences; removals that a sync does not begin with say what they wait for.

    at_base: the decisions of BASE, with the last reports of the members.
    """
    if not any(map(_may_wait, differences)):
        return tuple(differences)
    templates = (await compiler.compile(head, at_base, now)).templates

    def told() -> Iterator[ObjectDiff]:
        for one in differences:
            item = templates.get(one.key) if _may_wait(one) else None
            handover = item.decided.transition if item is not None else None
            waiting = handover is not None and any(name in handover.leaving for name in one.clusters)
            sentences = handover.waits_for if handover is not None and waiting else ()
            yield replace(one, reason="; ".join(sentences)) if sentences else one

    return tuple(told())


def _may_wait(difference: ObjectDiff) -> bool:
    return difference.after is None and not difference.released and not difference.reason

"""Carrying out the plans of all members at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.apply.executor import carry_out, without_writes
from reconciler.model.changes import ChangeSet, Outcome, Write
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import is_secret
from reconciler.model.tracing import Attributes, member
from reconciler.passes.defects import REMEDY, describe
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.stragglers import wait_for_all

Outcomes = Mapping[ClusterName, tuple[Outcome, ...]]
"""One outcome for each change of each plan."""


async def apply_all(reconciliation: Reconciliation, plans: Mapping[ClusterName, ChangeSet]) -> Outcomes:
    """The outcomes of all plans; an error of one member is part of its own outcomes.

    A straggler (`Options.straggler_timeout`) finishes its running requests and begins nothing more. After an unexpected exception
    all writes to that member count as failed.
    """
    too_slow, attempts = asyncio.Event(), reconciliation.attempts

    async def apply(name: ClusterName, plan: ChangeSet) -> tuple[Outcome, ...]:
        def postpone(change: Write) -> str:
            if reconciliation.stop.is_set():
                return STOPPING
            return TOO_SLOW if too_slow.is_set() else attempts.postpone(name, change)

        def progress(outcome: Outcome) -> None:
            if attempts.is_news(name, outcome):
                reconciliation.progress.done(name, outcome)

        if not plan.writes:
            return reconciliation.cache.of(name).latest(without_writes, plan)
        client = reconciliation.fleet.clients[name]
        try:
            return await carry_out(plan, client, reconciliation.desired.settings.concurrency, progress, postpone)
        except Exception as error:
            problem = f"{describe(error)}\n  {REMEDY}"
            return tuple(Outcome(change, problem if change.action.writes else "") for change in plan.changes)

    async def traced(name: ClusterName, plan: ChangeSet) -> tuple[Outcome, ...]:
        if not plan.writes:
            return await apply(name, plan)
        with reconciliation.options.tracer.step("apply", member(name)) as span:
            outcomes = await apply(name, plan)
            span.note(_counts(outcomes))
            if failed := next((one for one in outcomes if not one.done and not one.postponed), None):
                key = failed.change.key
                span.fail(f"{key} was refused" if is_secret(key) else f"{key}: {failed.error}")
            return outcomes

    planned = {name: sum(not attempts.postpone(name, change) for change in plan.writes) for name, plan in plans.items()}
    reconciliation.progress.begin({name: count for name, count in planned.items() if count})
    tasks = {name: asyncio.ensure_future(traced(name, plan)) for name, plan in plans.items()}
    stragglers = await wait_for_all(tasks.values(), reconciliation.options.straggler_timeout)
    if stragglers:
        too_slow.set()
        await asyncio.wait(stragglers)
    return {name: task.result() for name, task in tasks.items()}


def _counts(outcomes: Iterable[Outcome]) -> Attributes:
    """How many objects were written, by action, how many were refused, and how many writes were not begun."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.change.action.writes:
            what = outcome.change.action.past if outcome.done else "postponed" if outcome.postponed else "failed"
            counts[f"reconciler.{what}"] += 1
    return counts


STOPPING = "the process is about to end; the next one continues"
TOO_SLOW = "the other members have finished; the next pass continues here"

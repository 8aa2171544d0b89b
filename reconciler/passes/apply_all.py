"""Carrying out the plans of all members at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from reconciler.apply.executor import carry_out
from reconciler.model.changes import ChangeSet, Outcome
from reconciler.model.keys import ClusterName
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.stragglers import wait_for_all

Outcomes = Mapping[ClusterName, tuple[Outcome, ...]]
"""One outcome for each change of each plan."""


async def apply_all(reconciliation: Reconciliation, plans: Mapping[ClusterName, ChangeSet]) -> Outcomes:
    """The outcomes of all plans; an error of one member is part of its own outcomes.

    A straggler (`Options.straggler_timeout`) finishes its running requests and begins nothing more. An unexpected exception is
    raised after all members have finished.
    """
    too_slow = asyncio.Event()

    def obstacle() -> str:
        return _STOPPING if reconciliation.stop.is_set() else _TOO_SLOW if too_slow.is_set() else ""

    concurrency, clients = reconciliation.desired.settings.concurrency, reconciliation.fleet.clients
    tasks = {
        name: asyncio.ensure_future(carry_out(plan, clients[name], concurrency, reconciliation.progress, obstacle))
        for name, plan in plans.items()
    }
    stragglers = await wait_for_all(tasks.values(), reconciliation.options.straggler_timeout)
    if stragglers:
        too_slow.set()
        await asyncio.wait(stragglers)
    return {name: task.result() for name, task in tasks.items()}


_STOPPING = "the process is about to end; the next one continues"
_TOO_SLOW = "the other members have finished; the next pass continues here"

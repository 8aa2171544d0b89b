"""One template's next step: what this pass brings about, given the fresh decision and what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedDecision
from reconciler.model.settings import Settings, Unclaimed
from reconciler.transition.handover import hand_over
from reconciler.transition.last_good import keep_last_good


@dataclass(frozen=True, slots=True)
class Step:
    """What is in force for one template in this pass."""

    binding: Binding | None
    """None: no cluster is to hold the object."""
    message: str = ""
    """Why the newest decision is not in force; empty when it is."""
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    waits_for: tuple[str, ...] = ()


def next_step(
    decision: Binding | Unschedulable | None,
    previous: RecordedDecision | None,
    settings: Settings,
    now: datetime,
    report: ObjectReport = NO_REPORT,
    *,
    break_first: bool = False,
    frozen_by: str = "",
    settled: bool = False,
) -> Step:
    """decision: None where no policy claims the template (or the claiming one still waits for its overrides).

    break_first: the object must not run twice. settled: as if every handover were over.
    frozen_by: a broken file or cluster that governs the object; whatever was decided, it stays where it is.
    """
    if frozen_by and previous is not None:
        return Step(previous.binding, f"nothing moves while {frozen_by} has an error", previous.leaving)
    if decision is None:
        return _unclaimed(previous, settings)
    if isinstance(decision, Unschedulable):
        binding, message = keep_last_good(decision, previous)
        return Step(binding, message, previous.leaving if previous and binding else {})
    if settled:
        return Step(decision)
    handover = hand_over(decision, previous, report, now, settings.handover_timeout, break_first)
    return Step(handover.binding, "", handover.leaving, handover.waits_for)


def _unclaimed(previous: RecordedDecision | None, settings: Settings) -> Step:
    """Karmada would freeze the objects silently; here they are kept or pruned as configured, and it is said.

    In words that are as true in the next pass, which finds the copies gone: nothing new, nothing to record.
    """
    if settings.unclaimed is Unclaimed.PRUNE:
        return Step(None, "no policy claims it; copies of it are pruned (spec.unclaimed: Prune)")
    if previous is None or not previous.binding.targets:
        return Step(None, "no policy claims it")
    kept = replace(previous.binding, policy=None, reasons=("no policy claims it any more; its copies are kept",))
    return Step(kept, "no policy claims it any more; its copies are kept (spec.unclaimed: Keep)")

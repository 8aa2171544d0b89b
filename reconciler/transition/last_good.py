"""The last good placement stays where a new one cannot be had, or must not be.

Karmada clears the result when no cluster fits, so that a mistyped label deletes everything. Here nothing moves unless the
repository says where to, in files that can be read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.recorded import ObjectReport, RecordedDecision


def keep_last_good(decision: Unschedulable, previous: RecordedDecision | None) -> tuple[Binding | None, str]:
    """The placement in force, if there is one, and why nothing newer is."""
    message = f"{decision.reason}: {decision.message}"
    if previous is None or not previous.binding.targets:
        return None, message
    kept = replace(previous.binding, policy=decision.policy, reasons=("the last good placement is kept",))
    return kept, message


def without_departed(previous: RecordedDecision | None, fleet: Collection[str]) -> RecordedDecision | None:
    """What is in force, less the clusters that the repository no longer declares: nobody can reach them any more."""
    if previous is None:
        return None
    named = {*previous.cluster_names, *previous.leaving}
    named.update(target.name for target in previous.decided or ())
    if named.issubset(fleet):
        return previous
    targets = tuple(target for target in previous.binding.targets if target.name in fleet)
    return replace(
        previous,
        binding=replace(previous.binding, targets=targets),
        leaving={name: since for name, since in previous.leaving.items() if name in fleet},
        decided=None if previous.decided is None else tuple(target for target in previous.decided if target.name in fleet),
        required_by=tuple(
            replace(one, targets=tuple(target for target in one.targets if target.name in fleet)) for one in previous.required_by
        ),
    )


def report_within(report: ObjectReport, fleet: Collection[str]) -> ObjectReport:
    """What was reported, without the clusters that the repository no longer declares."""
    if all(status.cluster in fleet for status in report.statuses):
        return report
    return replace(report, statuses=tuple(status for status in report.statuses if status.cluster in fleet))

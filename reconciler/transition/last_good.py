"""The last good placement stays in force where no cluster fits, and the copies there stay as they are.

Karmada clears the result when no cluster fits, so a mistyped label deletes every copy. Here an object moves only when readable
files in the repository name its new place.

What stays, stays with its content. A policy that does not act must not act by half: scale nothing, and roll out a new image. So a
copy is neither written nor pruned then, also where the template changed, an override policy is gone, or a copy is found on a
member that has no record. Drift in it is not corrected either: what was applied last is recorded as a digest only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedDecision


def keep_last_good(decision: Unschedulable, previous: RecordedDecision | None) -> tuple[Binding | None, str]:
    """The placement in force (None where there is none), and a message: why the newest decision is not in force."""
    message = f"{decision.reason}: {decision.message}"
    if previous is None or not previous.binding.targets:
        return None, message
    last_good = replace(previous.binding, policy=decision.policy, reasons=("the last good placement is kept",))
    return last_good, message


def keeps_copies(decision: Binding | Unschedulable | None, in_force: Binding | None) -> bool:
    """Whether the copies stay as they are, because nothing says what they should be.

    decision: None where no policy claims the template. in_force: what of it is kept; an object that no policy ever placed was
    only a dependency, and leaves with its dependants.
    """
    return isinstance(decision, Unschedulable) or (decision is None and in_force is not None)


def without_departed(previous: RecordedDecision | None, fleet: Collection[str]) -> RecordedDecision | None:
    """The recorded decision without clusters that the repository no longer declares: no connection to them exists.

    fleet: names of the declared clusters.
    """
    if previous is None:
        return None
    names = {*previous.cluster_names, *previous.leaving}
    names.update(target.name for target in previous.decided or ())
    names.update((*previous.waiting, *previous.caps))
    names.update(name for task in previous.evictions for name in (task.from_cluster, *_names(task.clusters_before)))
    if names.issubset(fleet):
        return previous
    return replace(
        previous,
        binding=replace(previous.binding, targets=_within(previous.binding.targets, fleet)),
        leaving={name: since for name, since in previous.leaving.items() if name in fleet},
        decided=None if previous.decided is None else _within(previous.decided, fleet),
        waiting={name: one for name, one in previous.waiting.items() if name in fleet},
        caps={name: cap for name, cap in previous.caps.items() if name in fleet},
        required_by=tuple(replace(one, targets=_within(one.targets, fleet)) for one in previous.required_by),
        evictions=tuple(
            replace(task, clusters_before=_within(task.clusters_before, fleet))
            for task in previous.evictions
            if task.from_cluster in fleet
        ),
    )


def _within(targets: Iterable[TargetCluster], fleet: Collection[str]) -> tuple[TargetCluster, ...]:
    return tuple(target for target in targets if target.name in fleet)


def _names(targets: Iterable[TargetCluster]) -> Iterator[ClusterName]:
    return (target.name for target in targets)


def report_within(report: ObjectReport, fleet: Collection[str]) -> ObjectReport:
    """The report without clusters that the repository no longer declares. fleet: names of the declared clusters."""
    if all(name in fleet for name in report.clusters):
        return report
    return replace(report, statuses=tuple(status for status in report.statuses if status.cluster in fleet))

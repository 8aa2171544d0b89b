"""Whether the fleet is as the revision declares it: the verdict after a pass, by which `sync` exits (`cli/exitcodes.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from reconciler.model.changes import Skip
from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.policy import NOT_SUSPENDED
from reconciler.model.recorded import ClusterStatus
from reconciler.passes.passes import Pass


class Verdict(StrEnum):
    """Whether the fleet is as the revision declares it. The values are part of the JSON output; `sync` exits by them."""

    DONE = "done"
    """Every object is applied, and none is unhealthy."""
    NO = "no"
    """Something is invalid, skipped, in progress or unhealthy."""
    FAILED = "failed"
    """A member could not be read, or a change could not be made."""


def verdict_of(done: Pass, *, dry_run: bool = False) -> Verdict:
    """The verdict after a pass. Only members that the pass touched count. An object whose health is Unknown counts as healthy.
    What a policy suspends is ignored, and so are a copy that is no longer wanted and that something keeps, and drift that is only
    to be reported. A rollout counts until it has ended, the soak of its last group too.

    dry_run: whether the pass was one. Only what a sync could not bring about counts then, not what the fleet still lacks.
    """
    if done.failed:
        return Verdict.FAILED
    if errors_in(done.compiled.issues) or _is_skipped(done):
        return Verdict.NO
    in_progress = any(unhealthy(done)) or _is_waiting(done) or any(one.phase.is_active for one in done.recorded.rollouts.values())
    return Verdict.NO if in_progress and not dry_run else Verdict.DONE


def _is_skipped(done: Pass) -> bool:
    """What has its turn in a later pass of the same sync is not skipped."""
    return any(
        isinstance(change, Skip)
        and not (change.kept or change.drift or change.pending)
        and change.key not in done.works[name].suspended
        for name, plan in done.plans.items()
        for change in plan.changes
    )


def unhealthy(done: Pass) -> Iterator[tuple[ResourceKey, ClusterStatus]]:
    """The copies that are not applied or not healthy, sorted by object, then by member. Only members that the pass touched count.
    What a policy suspends is left out, what something keeps (`ClusterStatus.kept`), and drift that is only to be reported."""
    for key, report in done.recorded.reports.items():
        for status in report.statuses:
            is_touched = status.cluster in done.plans or status.cluster in done.pulled
            counts = is_touched and key not in done.works[status.cluster].suspended
            if counts and not status.kept and not status.drift_stands and (not status.applied or status.health.healthy is False):
                yield key, status


def _is_waiting(done: Pass) -> bool:
    templates = done.compiled.templates.values()
    return any(item.decided.transition.waits_for and item.placed.terms.suspension == NOT_SUSPENDED for item in templates)

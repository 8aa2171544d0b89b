"""Warnings about objects that a change allows to take over (`TakeOver`): whether a member holds one is not known offline.

A new template is not told: where `conflictResolution: Overwrite` stood before, it is how the repository works.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.issues import Issue, warning
from reconciler.model.ownership import conflict_resolution
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.review.outline.copies import Revisions


def new_takeovers(revisions: Revisions) -> Iterator[Issue]:
    """Templates of both revisions that only HEAD writes over an object that is not ours, where a member is not recorded to hold
    ours."""
    for key, item in revisions.after.templates.items():
        old = revisions.before.templates.get(key)
        if old is None or not _overwrites(item) or _overwrites(old):
            continue
        report = revisions.before.recorded.report_of(key)
        statuses = {target.name: report.status_in(target.name) for target in item.placed.targets}
        names = sorted(name for name, status in statuses.items() if status is None or not status.applied)
        if not names:
            continue
        policy = item.decided.claim.policy
        origin = policy.origin if policy is not None and policy.conflict_resolution == "Overwrite" else item.template.origin
        message = f"{key}: what {first_few(names, 3)} may hold under this name is taken over now (conflictResolution: Overwrite)"
        yield warning("TakeOver", message, _REMEDY, origin=origin, subject=key)


def _overwrites(item: CompiledTemplate) -> bool:
    return conflict_resolution(item.template.manifest, item.placed.conflict_resolution) == "Overwrite"


_REMEDY = "`reconciler diff --live` names what a member holds, and `reconciler sync --dry-run` shows what it would lose."

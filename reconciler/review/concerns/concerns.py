"""Two revisions and their differences → warnings for a reviewer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from reconciler.model.issues import Issue, Severity, told_once
from reconciler.pipeline.compiled import Compiled
from reconciler.review.concerns.emptied import emptied_members
from reconciler.review.concerns.new_lint import new_lint, without_line
from reconciler.review.concerns.one_cluster import on_one_cluster
from reconciler.review.concerns.outline_concerns import entry_concerns, folder_concerns, guard_concerns
from reconciler.review.concerns.plain_secrets import plain_secrets
from reconciler.review.concerns.takeovers import new_takeovers
from reconciler.review.guarded import Guarded
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import Entry
from reconciler.review.places import Place, of_object
from reconciler.review.survival import too_few_left

REASONS = (
    "ChangeRefused",
    "ChangesNothing",
    "KindNotServed",
    "MatchesNoCluster",
    "MatchesNothing",
    "MemberEmptied",
    "NoCredential",
    "NotActedOn",
    "OneCluster",
    "OverriddenLater",
    "PlainSecret",
    "PruneGuard",
    "Recreation",
    "RemovalLimit",
    "RemovedVersion",
    "ScaleToZero",
    "TakeOver",
    "TooFewLeft",
    "Unclaimed",
    "UnknownCluster",
)
"""The reasons that `diff --fail-on` accepts."""


def concerns(
    revisions: Revisions,
    differences: Sequence[ObjectDiff],
    entries: Sequence[Entry],
    guarded: Iterable[Guarded],
    issues: Iterable[Issue],
    place: Place,
    now: datetime,
) -> tuple[Issue, ...]:
    """Sorted; those with one cause once. entries: the outline of the differences. issues: those of HEAD that BASE does not have.
    place: as for `lint`, in HEAD.
    now: the time by which both are compiled."""
    found = [issue for issue in issues if issue.severity is Severity.WARNING]
    found += [*new_lint(revisions, place), *_new_shortfalls(revisions, place, now)]
    found += [*entry_concerns(entries), *folder_concerns(differences), *guard_concerns(guarded, differences)]
    found += [*emptied_members(revisions, differences), *on_one_cluster(revisions, differences)]
    found += [*plain_secrets(revisions), *new_takeovers(revisions)]
    return told_once(dict.fromkeys(found))


def _new_shortfalls(revisions: Revisions, place: Place, now: datetime) -> Iterator[Issue]:
    """Those that BASE does not have, by the rules of each."""
    if revisions.after.desired.settings.survives and not revisions.before.protected.files:
        old = {without_line(issue) for issue in too_few_left(revisions.before, now, of_object)}
        yield from (issue for issue in too_few_left(revisions.after, now, place) if without_line(issue) not in old)


def new_issues(before: Compiled, after: Compiled) -> tuple[Issue, ...]:
    """Issues that only `after` has. Line numbers do not count: an edit may move an old issue."""
    old = {without_line(issue) for issue in before.issues}
    return tuple(issue for issue in after.issues if without_line(issue) not in old)


def option_word(reason: str) -> str:
    """A reason as `diff --fail-on` writes it: `ScaleToZero` → `scale-to-zero`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", reason).lower()

"""The warnings of `lint` that only HEAD has.

To look at the overrides of every object takes longer than everything else in a diff. So those of the objects that differ are
looked at first, and all of them only if that finds something, or if a rule ends to have an effect. A rule with several overriders
counts as one here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from reconciler.model.issues import Issue
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.pipeline.compiled import Compiled
from reconciler.review.lint import lint
from reconciler.review.outline.copies import Revisions
from reconciler.review.places import Place


def new_lint(revisions: Revisions, place: Place) -> Iterator[Issue]:
    """place: as for `lint`, in HEAD. Nothing while BASE has an error in a file: there, lint looks at nothing."""
    if revisions.before.protected.files:
        return
    differ = _differ(revisions)
    found = _only_after(revisions, place, differ)
    if any(issue.reason in _ABOUT_OVERRIDES for issue in found) or _ended(revisions, differ):
        found = _only_after(revisions, place, None)
    yield from found


def _only_after(revisions: Revisions, place: Place, overridden: Collection[ResourceKey] | None) -> list[Issue]:
    found = list(lint(revisions.after, place, overridden))
    old = {without_line(issue) for issue in lint(revisions.before, overridden=overridden)} if found else set()
    return [issue for issue in found if without_line(issue) not in old]


def without_line(issue: Issue) -> tuple[str, str, str]:
    """What makes an issue the same in two revisions: an edit may move it to another line."""
    return issue.origin.file, issue.reason, issue.message


def _differ(revisions: Revisions) -> frozenset[ResourceKey]:
    """The objects of either revision that are not rendered in the same way in both."""
    olds, news = revisions.before.templates, revisions.after.templates
    return frozenset(
        key for key in {*olds, *news} if key not in olds or key not in news or olds[key].rendering is not news[key].rendering
    )


def _ended(revisions: Revisions, differ: Collection[ResourceKey]) -> bool:
    """Whether a rule changes something in BASE, and nothing in HEAD."""
    effective = frozenset(_effective(revisions.before, differ)) - frozenset(_effective(revisions.after, differ))
    return bool(effective and effective - frozenset(_effective(revisions.after, revisions.after.templates)))


def _effective(compiled: Compiled, keys: Iterable[ResourceKey]) -> Iterator[tuple[PolicyRef, int]]:
    """The rules that change something in these objects."""
    for key in keys:
        if key in compiled.templates:
            for rendered in compiled.templates[key].rendering.manifests.values():
                yield from ((rule.policy, rule.rule) for rule in rendered.overrides if rule.paths)


_ABOUT_OVERRIDES = frozenset({"ChangesNothing", "MatchesNothing", "NotActedOn", "OverriddenLater"})

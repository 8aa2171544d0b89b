"""Warnings about overriders whose values later ones replace in every object (`OverriddenLater`).

Such an overrider is found by leaving it out: each object is the same without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, key_of, labels_of
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few
from reconciler.render.override import apply_overrider, not_overridden
from reconciler.render.trace import changed_fields, overlap
from reconciler.review.override_runs import OverriderRun, OverrideRun
from reconciler.review.overriders_without_effect import overrider_name


@dataclass(frozen=True, slots=True)
class _Later:
    """An object in which a later overrider replaces what one wrote."""

    run: OverriderRun
    by: OverriderRun
    """The first later overrider that writes one of its fields."""


def overriders_overridden(runs: Iterable[OverrideRun]) -> Iterator[Issue]:
    """A warning for each overrider that changes objects, and none for good, at its line."""
    found: defaultdict[tuple[PolicyRef, int, int], list[_Later | None]] = defaultdict(list)
    for run in runs:
        for place, each in enumerate(run.overriders):
            if each.changed:
                found[each.rule.policy, each.rule.position, each.position].append(_later(run, place))
    for _, laters in sorted(found.items()):
        known = [one for one in laters if one is not None]
        if len(known) == len(laters):
            yield _issue(known)


def _issue(laters: list[_Later]) -> Issue:
    run, by = laters[0].run, laters[0].by
    objects = sorted({str(key_of(one.run.before)) for one in laters})
    message = (
        f"{run.rule.policy}: {overrider_name(run)} of rule {run.rule.position} has no effect in {first_few(objects, 3)}: "
        f"{overrider_name(by)} of {by.rule.policy} ({_place(by)}) is applied later and writes the same fields"
    )
    remedy = "Remove one of them, or write both into one policy, in the order in which they apply."
    return warning("OverriddenLater", message, remedy, origin=_place(run), subject=run.rule.policy)


def _place(run: OverriderRun) -> Origin:
    return run.rule.rule.place_of(run.position)


def _later(run: OverrideRun, place: int) -> _Later | None:
    """None if what it wrote stays in part, or if it decides which OverridePolicies apply."""
    this, *others = run.overriders[place:]
    if not others:
        return None
    before, after = this.before, others[0].before
    written = [field.path for field in changed_fields(before, after)]
    by = next((other for number, other in enumerate(others) if _writes(run, place + 1 + number, written)), None)
    if by is None or labels_of(before) != labels_of(after) or _without(before, others) != run.overridden:
        return None
    return _Later(this, by)


def _writes(run: OverrideRun, place: int, paths: list[str]) -> bool:
    befores = [one.before for one in run.overriders[place:]]
    after = befores[1] if len(befores) > 1 else run.overridden
    return any(overlap(field.path, path) for field in changed_fields(befores[0], after) for path in paths)


def _without(before: Manifest, others: Iterable[OverriderRun]) -> Manifest | None:
    """The object if only the others are applied; None if one of them fails then."""
    state = not_overridden(before)
    try:
        for other in others:
            state, _ = apply_overrider(other.rule.rule.overriders[other.position], state)
    except ReconcilerError:
        return None
    return state.manifest

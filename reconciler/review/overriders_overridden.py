"""Warnings about overriders whose values later ones replace in every object (`OverriddenLater`).

Such an overrider is found by leaving it out: each object is the same without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from reconciler.errors import ReconcilerError
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few
from reconciler.render.override import apply_overrider, not_overridden
from reconciler.render.trace import overlap
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
    found: defaultdict[tuple[PolicyRef, int, int], list[tuple[OverrideRun, int]]] = defaultdict(list)
    for run in runs:
        for place, each in enumerate(run.overriders):
            if each.fields:
                found[each.rule.policy, each.rule.position, each.position].append((run, place))
    for _, applications in sorted(found.items(), key=lambda item: item[0]):
        laters = list(takewhile(lambda later: later is not None, (_later(*one) for one in applications)))
        if len(laters) == len(applications):
            yield _issue([later for later in laters if later is not None])


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
    by = next((one for one in others if any(overlap(field, path) for field in one.fields for path in this.fields)), None)
    if by is None or any(overlap(path, "/metadata/labels") for path in this.fields):
        return None
    return _Later(this, by) if _without(this.before, others) == run.overridden else None


def _without(before: Manifest, others: Iterable[OverriderRun]) -> Manifest | None:
    """The object if only the others are applied; None if one of them fails then."""
    state = not_overridden(before)
    try:
        for other in others:
            state, _ = apply_overrider(other.rule.rule.overriders[other.position], state)
    except ReconcilerError:
        return None
    return state.manifest

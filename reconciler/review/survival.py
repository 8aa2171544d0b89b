"""Warnings about workloads of which the loss of a cluster, zone or region leaves less than `spec.survives` asks for
(`TooFewLeft`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.wording import first_few, plural
from reconciler.pipeline.compiled import Compiled
from reconciler.review.n_minus_1 import Shortfall, n_minus_1
from reconciler.review.places import Place
from reconciler.review.workload_minimums import InvalidMinimumError


def too_few_left(compiled: Compiled, now: datetime, place: Place) -> Iterator[Issue]:
    """place: as for `lint`. Nothing while a file has an error: a member or a policy may be in that file."""
    if compiled.protected.files:
        return
    for rule in compiled.desired.settings.survives:
        try:
            result = n_minus_1(compiled, rule.loss, rule.minimum, now, place, rule.selector)
        except InvalidMinimumError as error:
            yield warning("InvalidMinimum", error.message, error.remedy, origin=error.origin, subject=error.key)
            continue
        found: defaultdict[tuple[ResourceKey, int], list[Shortfall]] = defaultdict(list)
        for one in result.shortfalls:
            found[one.key, one.left].append(one)
        yield from map(_issue, found.values())


def _issue(shortfalls: list[Shortfall]) -> Issue:
    one = shortfalls[0]
    lost = first_few([each.domain for each in shortfalls], _NAMED)
    message = f"{one.key}: {one.left} of {plural(one.replicas, 'replica')} left without {lost}, {one.minimum} needed"
    remedy = "Let its policy select more clusters, or lower its minimum (spec.survives of the Configuration)."
    return warning("TooFewLeft", message, remedy, origin=one.origin, subject=one.key)


_NAMED = 3
"""Failure domains that a message names before it counts the rest."""

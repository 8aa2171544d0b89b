"""The minimum and the maximum of an autoscaler, divided among the clusters of the workload that it scales.

Karmada copies an autoscaler whole, so that a workload on three clusters may have three times the maximum of Git. Divided, the
members scale by themselves, also while nobody reconciles them, and their sum stays within what Git says.

- The weights are the replicas that were decided for each cluster, and the method is that of the scheduler
  (`model/weighted_division.py`), except that each cluster of the workload first gets 1: Kubernetes allows no maximum of 0, and a
  minimum of 0 only where that was asked for. So the sums are those of Git unless Git says less than the number of clusters.
- A minimum of 0 is 0 everywhere.
- A larger number never gives a cluster less, so that no minimum is above its maximum.
- A cluster where the workload has no replicas gets a maximum of 1, and a minimum of 1 at most. It does not count: a
  HorizontalPodAutoscaler is at rest where there are 0 replicas.
- A cluster that a move takes replicas from keeps its part of the whole until they go, as the replicas do. The others have what
  they will have after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.interpreter import registry
from reconciler.interpreter.rules import ScalerLimits
from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import stable_uid
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, gvk_of, with_value
from reconciler.model.weighted_division import divide_by_weight

_ELSEWHERE = ClusterName("")
"""Stands for all that is decided for other clusters; sorts before every name."""


class Limits(NamedTuple):
    """Of one autoscaler."""

    minimum: int
    maximum: int


def stated_limits(scaler: Manifest) -> Limits | None:
    """Those of Git, with the defaults for absent fields; None for other kinds, and where a field is no number that it allows."""
    fields = _fields(scaler)
    if fields is None:
        return None
    minimum = get(scaler, *fields.minimum, default=fields.default_minimum)
    maximum = get(scaler, *fields.maximum, default=fields.default_maximum)
    if type(minimum) is not int or type(maximum) is not int or not 0 <= minimum <= maximum or maximum < 1:
        return None
    return Limits(minimum, maximum)


def divide_limits(scaler: Manifest, shares: TargetShares, names: Iterable[ClusterName]) -> Mapping[ClusterName, Limits]:
    """For each of these clusters, its part; empty where nothing can be divided."""
    stated = stated_limits(scaler)
    if stated is None:
        return {}
    uid = stable_uid(shares.target)
    minimum, maximum = (_divide(number, shares, uid) for number in stated)
    rest = Limits(min(stated.minimum, 1), 1)
    return {name: Limits(minimum[name], maximum[name]) if name in maximum else rest for name in names}


def with_limits(scaler: Manifest, limits: Limits) -> Manifest:
    """A copy with these limits. A field that is absent stays absent where its default says the same."""
    fields = _fields(scaler)
    if fields is None:
        return scaler
    for path, default, number in (
        (fields.minimum, fields.default_minimum, limits.minimum),
        (fields.maximum, fields.default_maximum, limits.maximum),
    ):
        if get(scaler, *path, default=default) != number:
            scaler = with_value(scaler, path, number)
    return scaler


def explain_limits(scaler: Manifest, shares: TargetShares, names: Iterable[ClusterName]) -> Iterator[str]:
    """How the limits are divided among these clusters, one sentence per step; none where they are not."""
    stated = stated_limits(scaler)
    if stated is None:
        return
    decided = ", ".join(f"{name} {replicas}" for name, replicas in weights_of(shares).items()) or "none"
    yield (
        f"min {stated.minimum} and max {stated.maximum} are divided by the replicas that were decided for {shares.target} "
        f"({decided}), at least 1 for each cluster"
    )
    held = {one.name: one.replicas for one in shares.clusters}
    for name, (minimum, maximum) in divide_limits(scaler, shares, names).items():
        if not held.get(name):
            why = ": no replicas were decided for it, so the autoscaler is at rest"
        elif name in shares.leaving:
            why = f": it keeps the part of its {held[name]} replicas until they are elsewhere"
        else:
            why = ""
        yield f"{name}: min {minimum}, max {maximum}{why}"


def weights_of(shares: TargetShares) -> dict[ClusterName, int]:
    """The clusters among which the limits are divided, each with the replicas that were decided for it."""
    return {one.name: one.replicas for one in shares.clusters if one.replicas > 0 and one.name not in shares.leaving}


def _divide(number: int, shares: TargetShares, uid: str) -> dict[ClusterName, int]:
    """Among the clusters where the workload has replicas."""
    decided = weights_of(shares)
    parts = _with_others(number, decided, shares.replicas, uid)
    for one in shares.clusters:
        if one.replicas > 0 and one.name in shares.leaving:
            parts |= _with_others(number, {one.name: one.replicas}, shares.replicas, uid)
    return parts


def _with_others(number: int, weights: Mapping[ClusterName, int], total: int, uid: str) -> dict[ClusterName, int]:
    """What these get, where what is missing from the total is decided for others."""
    if number < len(weights) or not weights:
        return dict.fromkeys(weights, min(number, 1))
    others = total - sum(weights.values())
    parties = {**weights, _ELSEWHERE: others} if others > 0 else weights
    parts = divide_by_weight(number - len(weights), parties, uid, dict.fromkeys(weights, 1))
    parts.pop(_ELSEWHERE, None)
    return parts


def _fields(scaler: Manifest) -> ScalerLimits | None:
    gvk = gvk_of(scaler)
    rules = registry.rules_for(gvk.group, gvk.kind)
    return None if rules is None else rules.limits

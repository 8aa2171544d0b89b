"""From what the metrics ask for to what happens: stabilization, limits of speed, minimum and maximum (Kubernetes:
pkg/controller/podautoscaler, horizontal.go).

Without a behaviour, the highest recommendation of the last five minutes counts, and the number at most doubles. With one, both
directions have their own window and policies.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.autoscale.proposals import MOST
from reconciler.model.federated_hpa import Behavior, PolicyType, ScalingRules, SelectPolicy


@dataclass(frozen=True, slots=True)
class Moment:
    """A recommendation, or how much was added or removed, and when."""

    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a FederatedHPA between its steps."""

    recommendations: tuple[Moment, ...] = ()
    added: tuple[Moment, ...] = ()
    removed: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A number on its way from the metrics to the scale."""

    replicas: int
    reason: str
    """A reason of Kubernetes' conditions."""
    words: str = ""
    """What was done to it; empty where nothing was."""


def remembered(memory: Memory, current: int, now: datetime) -> Memory:
    """With a first recommendation, which is the present number: so a process that has just begun removes nothing."""
    return memory if memory.recommendations else replace(memory, recommendations=(Moment(current, now),))


def stabilized(
    current: int, wanted: int, behavior: Behavior | None, memory: Memory, window: int, now: datetime
) -> tuple[Step, Memory]:
    """window: seconds, without a behaviour. The memory has the recommendation `wanted` afterwards."""
    if behavior is None:
        cutoff = now - timedelta(seconds=window)
        highest = max([wanted, *(one.amount for one in memory.recommendations if one.at >= cutoff)])
        old = [one.at < cutoff for one in memory.recommendations]
        words = f"the highest recommendation of the last {window} s counts" if highest != wanted else ""
        reason = "ScaleDownStabilized" if highest != wanted else "ReadyForNewScale"
        return Step(highest, reason, words), replace(
            memory, recommendations=_with(memory.recommendations, old, Moment(wanted, now))
        )
    up, down = (now - timedelta(seconds=rules.window) for rules in (behavior.up, behavior.down))
    lowest = min([wanted, *(one.amount for one in memory.recommendations if one.at > up)])
    highest = max([wanted, *(one.amount for one in memory.recommendations if one.at > down)])
    found = min(max(current, lowest), highest)
    old = [one.at < up and one.at < down for one in memory.recommendations]
    memory = replace(memory, recommendations=_with(memory.recommendations, old, Moment(wanted, now)))
    if found == wanted:
        return Step(found, "ReadyForNewScale"), memory
    direction, extreme, rules = ("Up", "lowest", behavior.up) if wanted >= current else ("Down", "highest", behavior.down)
    return Step(found, f"Scale{direction}Stabilized", f"the {extreme} recommendation of the last {rules.window} s counts"), memory


def limited(
    current: int, wanted: int, minimum: int, maximum: int, behavior: Behavior | None, memory: Memory, now: datetime
) -> Step:
    """wanted: after the stabilization."""
    if behavior is None:
        return _limited_simply(current, wanted, minimum, maximum)
    if wanted > current:
        most = max(current, _most(current, behavior.up, memory, now))
        if wanted > min(maximum, most):
            return Step(most, "ScaleUpLimit", _SPEED) if maximum > most else Step(maximum, "TooManyReplicas", "maxReplicas")
    elif wanted < current:
        least = min(current, _least(current, behavior.down, memory, now))
        if wanted < max(minimum, least):
            return Step(least, "ScaleDownLimit", _SPEED) if minimum < least else Step(minimum, "TooFewReplicas", "minReplicas")
    return Step(wanted, "DesiredWithinRange")


def with_change(memory: Memory, before: int, after: int, behavior: Behavior | None, now: datetime) -> Memory:
    """After the number changed. Without a behaviour nobody asks for it."""
    if behavior is None or before == after:
        return memory
    rules, changes = (behavior.up, memory.added) if after > before else (behavior.down, memory.removed)
    cutoff = now - timedelta(seconds=max(policy.period for policy in rules.policies))
    changes = _with(changes, [one.at < cutoff for one in changes], Moment(abs(after - before), now))
    return replace(memory, added=changes) if after > before else replace(memory, removed=changes)


def _limited_simply(current: int, wanted: int, minimum: int, maximum: int) -> Step:
    most = max(2 * current, 4)
    if wanted < minimum:
        return Step(minimum, "TooFewReplicas", "minReplicas")
    if wanted > min(maximum, most):
        return Step(most, "ScaleUpLimit", _SPEED) if maximum > most else Step(maximum, "TooManyReplicas", "maxReplicas")
    return Step(wanted, "DesiredWithinRange")


def _most(current: int, rules: ScalingRules, memory: Memory, now: datetime) -> int:
    """The most replicas that the policies allow now."""
    if rules.select is SelectPolicy.DISABLED:
        return current
    proposed = []
    for policy in rules.policies:
        begin = _at_begin(current, memory, policy.period, now)
        percent = math.ceil(float(begin) * (1 + float(policy.value) / 100))
        proposed.append(begin + policy.value if policy.type is PolicyType.PODS else percent)
    return min(MOST, min(proposed) if rules.select is SelectPolicy.MIN else max(proposed))


def _least(current: int, rules: ScalingRules, memory: Memory, now: datetime) -> int:
    """The fewest replicas that the policies allow now."""
    if rules.select is SelectPolicy.DISABLED:
        return current
    proposed = []
    for policy in rules.policies:
        begin = _at_begin(current, memory, policy.period, now)
        percent = int(float(begin) * (1 - float(policy.value) / 100))
        proposed.append(begin - policy.value if policy.type is PolicyType.PODS else percent)
    return max(proposed) if rules.select is SelectPolicy.MIN else min(proposed)


def _at_begin(current: int, memory: Memory, period: int, now: datetime) -> int:
    """How many there were when the period began."""
    cutoff = now - timedelta(seconds=period)
    return current - _sum_after(memory.added, cutoff) + _sum_after(memory.removed, cutoff)


def _sum_after(changes: Iterable[Moment], cutoff: datetime) -> int:
    return sum(one.amount for one in changes if one.at > cutoff)


def _with(moments: tuple[Moment, ...], old: list[bool], new: Moment) -> tuple[Moment, ...]:
    """With a new one, in place of the last one that is too old to count."""
    if True not in old:
        return (*moments, new)
    place = len(old) - 1 - old[::-1].index(True)
    return (*moments[:place], new, *moments[place + 1 :])


_SPEED = "the policies of behavior"

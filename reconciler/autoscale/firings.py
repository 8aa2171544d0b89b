"""Which rules of a CronFederatedHPA are due, and what they set.

A firing that was missed, because no process ran, is caught up: of each rule the last one that is due and not recorded, in the
order of their times. So the outcome is that of a process that never stopped. A rule that is new, has another schedule, or was
suspended, begins now; so does one whose record lies in the future. Nothing is taken back between rules. (Karmada keeps its timers
in memory, and catches up nothing.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.calendar.schedules import MACROS, ScheduleError, last_start, local_time, moment_of, next_start
from reconciler.model.condition import whole_seconds
from reconciler.model.cron_federated_hpa import CronFederatedHpa, CronRule
from reconciler.model.keys import ResourceKey
from reconciler.model.scale import Firing, RecordedCron, RecordedRule, RecordedScale

_CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much clocks of two machines may differ. A record that is further ahead is wrong."""
_LATELY = timedelta(hours=2)
"""At least by how much clocks are set for the summer."""
_LOOKED_AT = 24 * 60
"""Firings that are looked at for one before or after now: enough for a rule of each minute, on the day when clocks change."""


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that is due."""

    cron: CronFederatedHpa
    rule: CronRule
    at: datetime


def begun(cron: CronFederatedHpa, recorded: RecordedCron | None, now: datetime) -> RecordedCron:
    """What is known of each of its rules, with those that are new or changed from now on. A rule that is gone, or has another
    name, loses its history. The same value where nothing changed."""
    last = recorded.rules if recorded is not None else {}
    rules = {rule.name: _begun(rule, last.get(rule.name), whole_seconds(now)) for rule in cron.rules}
    found = RecordedCron(cron.key, dict(sorted(rules.items())))
    return recorded if recorded is not None and recorded == found else found


def _begun(rule: CronRule, last: RecordedRule | None, now: datetime) -> RecordedRule:
    if last is None:
        return RecordedRule(rule.stated, now)
    if last.last_due > now + _CLOCKS_DIFFER:
        last = _without_future(last, now)
    if last.schedule == rule.stated:
        return _cut(last, rule)
    return _cut(replace(last, schedule=rule.stated, since=now), rule)


def _without_future(known: RecordedRule, now: datetime) -> RecordedRule:
    """Written while the clock was wrong: the rule would not fire until then. It begins now."""
    successful, failed = (tuple(one for one in done if one.due <= now) for done in (known.successful, known.failed))
    return replace(known, since=now, successful=successful, failed=failed)


def _cut(known: RecordedRule, rule: CronRule) -> RecordedRule:
    successful, failed = known.successful[: rule.successful_limit], known.failed[: rule.failed_limit]
    if (successful, failed) == (known.successful, known.failed):
        return known
    return replace(known, since=max(known.since, known.last_due), successful=successful, failed=failed)


def due_firings(crons: Iterable[CronFederatedHpa], known: Mapping[ResourceKey, RecordedCron], now: datetime) -> list[Due]:
    """In the order in which they act: by time, then by name. known: with all rules, as of `begun`."""
    found = [
        Due(cron, rule, due)
        for cron in crons
        for rule in cron.rules
        if (due := _last_due(rule, known[cron.key].rules[rule.name], now)) is not None
    ]
    return sorted(found, key=lambda one: (one.at, one.cron.key, one.rule.name))


def _last_due(rule: CronRule, known: RecordedRule, now: datetime) -> datetime | None:
    if rule.suspended:
        return None
    try:
        due = next((one for one in _moments_back(rule, now) if one <= now), None)
    except ScheduleError:
        return None
    return due if due is not None and due > known.last_due else None


def _moments_back(rule: CronRule, now: datetime) -> Iterator[datetime]:
    """The last firings, the newest first, with some after now where the clocks change. Where they are set back, one that they
    show twice is the first of both; so while they show a time again, firings of later times have been."""
    schedule, local = MACROS.get(rule.schedule, rule.schedule), max(_shown(rule, now)) + timedelta(seconds=1)
    for _ in range(_LOOKED_AT):
        local = last_start(schedule, local)
        yield moment_of(local, rule.time_zone).astimezone(now.tzinfo)


def _shown(rule: CronRule, now: datetime) -> tuple[datetime, datetime]:
    """What the clocks show in whole seconds, and what they would, had they not been set within the last hours."""
    new, old = local_time(now, rule.time_zone), local_time(now - _LATELY, rule.time_zone) + _LATELY
    return new.replace(microsecond=0, fold=0), old.replace(microsecond=0, fold=0)


def next_firing(rule: CronRule, now: datetime) -> datetime | None:
    """The next time after now; None where it is suspended."""
    if rule.suspended:
        return None
    schedule, local = MACROS.get(rule.schedule, rule.schedule), min(_shown(rule, now))
    try:
        for _ in range(_LOOKED_AT):
            local = next_start(schedule, local)
            due = moment_of(local, rule.time_zone).astimezone(now.tzinfo)
            if due > now:
                return due
    except (ScheduleError, StopIteration):
        return None
    return None


def fired(
    due: Due,
    scales: Mapping[ResourceKey, RecordedScale],
    known: RecordedCron,
    why_not: str,
    limits: tuple[int, int] | None,
    now: datetime,
) -> tuple[RecordedScale | None, RecordedCron]:
    """What the firing makes of its target, None where that stays as it is, and the history with it.

    why_not: why it cannot act; empty where it can. limits: those in force of a FederatedHPA.
    """
    rule, at = due.rule, whole_seconds(now)
    minimum, maximum = rule.minimum, rule.maximum
    if limits is not None and not why_not:
        low, high = (old if new is None else new for new, old in zip((minimum, maximum), limits, strict=True))
        if low > high:
            why_not = f"minReplicas would be {low}, and maxReplicas {high}"
    done = Firing(due.at, at, rule.replicas, minimum, maximum, why_not)
    last = known.rules[rule.name]
    after = _kept(last, done, rule)
    cron = replace(known, rules={**known.rules, rule.name: after})
    if why_not:
        return None, cron
    return _scale(due, scales.get(due.cron.target), at), cron


def _kept(last: RecordedRule, done: Firing, rule: CronRule) -> RecordedRule:
    """With one more execution. Where none of its kind is kept, the moment is: it is not caught up again."""
    if done.message:
        kept = replace(last, failed=(done, *last.failed)[: rule.failed_limit])
    else:
        kept = replace(last, successful=(done, *last.successful)[: rule.successful_limit])
    return kept if kept.last_due >= done.due else replace(kept, since=done.due)


def _scale(due: Due, before: RecordedScale | None, now: datetime) -> RecordedScale | None:
    cron, rule = due.cron, due.rule
    said = f"rule {rule.name} of {cron} set {rule.words}"
    new = RecordedScale(cron.target, cron.key, rule.name, since=now, reasons=(said,))
    if not cron.sets_limits:
        if before is not None and before.replicas == rule.replicas:
            return None
        return replace(new, replicas=rule.replicas, conditions=before.conditions if before is not None else ())
    low, high = (before.minimum, before.maximum) if before is not None else (None, None)
    low, high = _in_order(rule, low, high)
    if before is not None and (before.minimum, before.maximum) == (low, high):
        return None
    return replace(new, minimum=low, maximum=high)


def _in_order(rule: CronRule, low: int | None, high: int | None) -> tuple[int | None, int | None]:
    """The limits that rules have set, after this one. One of another rule that contradicts it, because the file was edited
    since, gives way."""
    if rule.minimum is not None and rule.maximum is not None:
        return rule.minimum, rule.maximum
    if rule.minimum is not None:
        return rule.minimum, high if high is None else max(high, rule.minimum)
    if rule.maximum is not None:
        return low if low is None else min(low, rule.maximum), rule.maximum
    return low, high

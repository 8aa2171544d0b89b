"""Cron rules on a clock of the test: time zones, what is missed, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.autoscale.firings import begun, due_firings, fired, next_firing
from reconciler.load.parse_autoscalers import parse_cron_federated_hpa
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.scale import RecordedCron, RecordedScale

T0 = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
"""A Monday."""


def cron(*rules: dict[str, Any], kind: str = "Deployment", api: str = "apps/v1") -> CronFederatedHpa:
    spec = {"scaleTargetRef": {"apiVersion": api, "kind": kind, "name": "web"}, "rules": list(rules)}
    return parse_cron_federated_hpa({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec})


def rule(name: str, schedule: str, replicas: int = 5, **more: Any) -> dict[str, Any]:
    return {"name": name, "schedule": schedule, "targetReplicas": replicas, **more}


class Clock:
    """Looks at the rules at moments, as the loop does, and remembers what a status branch does."""

    def __init__(self) -> None:
        self.known: RecordedCron | None = None
        self.scale: RecordedScale | None = None

    def look(self, one: CronFederatedHpa, now: datetime, why_not: str = "") -> list[str]:
        """The rules that fired, in order."""
        known = begun(one, self.known, now)
        names = []
        for due in due_firings([one], {one.key: known}, now):
            scales = {} if self.scale is None else {self.scale.key: self.scale}
            scale, known = fired(due, scales, known, why_not, None, now)
            self.scale = scale or self.scale
            names.append(due.rule.name)
        self.known = known
        return names

    @property
    def replicas(self) -> int | None:
        return None if self.scale is None else self.scale.replicas


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def test_a_rule_fires_once_at_its_time_and_nothing_is_taken_back() -> None:
    clock, one = Clock(), cron(rule("morning", "0 8 * * *", 10), rule("evening", "0 20 * * *", 2))
    assert clock.look(one, T0) == []
    assert clock.look(one, at(1.49)) == []
    assert (clock.look(one, at(1.5)), clock.replicas) == (["morning"], 10)
    assert clock.look(one, at(1.6)) == []
    assert (clock.look(one, at(13.6)), clock.replicas) == (["evening"], 2)
    assert clock.known is not None
    (done,) = clock.known.rules["evening"].successful
    assert (done.due, done.at, done.replicas) == (at(13.5), at(13.6), 2)


def test_missed_firings_are_caught_up_in_order_the_last_of_each_rule() -> None:
    clock, one = Clock(), cron(rule("morning", "0 8 * * *", 10), rule("evening", "0 20 * * *", 2))
    clock.look(one, T0)
    assert (clock.look(one, at(24 * 3 + 5)), clock.replicas) == (["evening", "morning"], 10)
    assert clock.known is not None
    assert [len(known.successful) for known in clock.known.rules.values()] == [1, 1]


def test_a_rule_that_is_new_changed_or_was_suspended_catches_up_nothing() -> None:
    clock = Clock()
    assert clock.look(cron(rule("hourly", "@hourly")), T0) == []
    assert clock.look(cron(rule("hourly", "@hourly", suspend=True)), at(2)) == []
    assert clock.look(cron(rule("hourly", "@hourly", suspend=True)), at(3.6)) == []
    assert clock.look(cron(rule("hourly", "@hourly")), at(4)) == []
    assert clock.look(cron(rule("hourly", "@hourly")), at(4.5)) == ["hourly"]
    assert clock.look(cron(rule("hourly", "*/30 * * * *")), at(9.4)) == []
    assert clock.look(cron(rule("renamed", "*/30 * * * *")), at(9.9)) == []
    assert clock.known is not None
    assert list(clock.known.rules) == ["renamed"]


def test_the_time_zone_counts_also_over_a_change_of_the_clocks() -> None:
    """In Berlin, clocks go forward on 29 March 2026: 8:00 is 7:00 UTC before, and 6:00 UTC after."""
    one = cron(rule("morning", "0 8 * * *", timeZone="Europe/Berlin"))
    (only,) = one.rules
    assert next_firing(only, T0) == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert next_firing(only, datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_clocks_that_are_set_back_stop_no_rule() -> None:
    """In Berlin, 2:00 to 3:00 comes twice on 25 October 2026: from 0:00 and from 1:00 UTC."""
    one = cron(rule("often", "*/5 * * * *", timeZone="Europe/Berlin"), rule("late", "50 2 * * *", timeZone="Europe/Berlin"))
    often, _ = one.rules
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert next_firing(often, again) == datetime(2026, 10, 25, 2, tzinfo=UTC)
    clock = Clock()
    clock.look(one, datetime(2026, 10, 25, 0, 20, tzinfo=UTC))
    assert clock.look(one, again) == ["late", "often"]  # Those of the first 2:50 and 2:55.
    assert clock.known is not None
    assert {known.last_due.minute for known in clock.known.rules.values()} == {50, 55}
    assert clock.look(one, again + timedelta(minutes=45)) == []


def test_clocks_that_are_set_forward_delay_what_they_leave_out() -> None:
    """In Berlin, 2:00 to 3:00 does not come on 29 March 2026, from 1:00 UTC."""
    clock, one = Clock(), cron(rule("often", "*/5 2 * * *", timeZone="Europe/Berlin"))
    clock.look(one, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    assert clock.look(one, datetime(2026, 3, 29, 1, 2, tzinfo=UTC)) == ["often"]
    assert clock.known is not None
    assert clock.known.rules["often"].last_due == datetime(2026, 3, 29, 1, tzinfo=UTC)
    (only,) = one.rules
    assert next_firing(only, datetime(2026, 3, 29, 1, 2, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 5, tzinfo=UTC)


def test_a_clock_that_was_wrong_stops_no_rule() -> None:
    clock, one = Clock(), cron(rule("hourly", "@hourly"))
    clock.look(one, T0)
    clock.look(one, at(24 * 365))
    assert clock.look(one, at(1)) == []
    assert clock.look(one, at(1.5)) == ["hourly"]
    assert clock.look(one, at(1.49)) == []  # A machine whose clock is a little behind.
    assert clock.look(one, at(1.6)) == []


def test_histories_have_limits_newest_first() -> None:
    clock, one = Clock(), cron(rule("hourly", "@hourly", successfulHistoryLimit=2, failedHistoryLimit=0))
    for hours in range(6):
        clock.look(one, at(hours))
    assert clock.known is not None
    assert [done.due for done in clock.known.rules["hourly"].successful] == [at(4.5), at(3.5)]
    assert clock.look(one, at(6), "no policy claims it") == ["hourly"]
    assert clock.look(one, at(6.1), "no policy claims it") == []  # Not again, although nothing of it is kept.
    assert clock.known.rules["hourly"].failed == ()


def test_a_firing_that_fails_is_recorded_and_sets_nothing() -> None:
    clock, one = Clock(), cron(rule("hourly", "@hourly"))
    clock.look(one, T0)
    assert clock.look(one, at(1), "no policy claims it") == ["hourly"]
    assert clock.scale is None
    assert clock.known is not None
    assert [done.message for done in clock.known.rules["hourly"].failed] == ["no policy claims it"]


def test_limits_of_a_federated_hpa_keep_their_order() -> None:
    night = {"name": "night", "schedule": "@hourly", "targetMinReplicas": 7}
    one = cron(night, kind="FederatedHPA", api="autoscaling.karmada.io/v1alpha1")
    known = begun(one, None, T0)
    (due,) = due_firings([one], {one.key: known}, at(1))
    scale, cron_after = fired(due, {}, known, "", (1, 5), at(1))
    assert scale is None
    assert cron_after.rules["night"].failed[0].message == "minReplicas would be 7, and maxReplicas 5"
    scale, _ = fired(due, {}, known, "", (1, 9), at(1))
    assert scale is not None
    assert (scale.minimum, scale.maximum, scale.rule) == (7, None, "night")
    higher = replace(scale, minimum=12, rule="day")  # The file was edited since: 5 at most.
    most = cron(
        {"name": "most", "schedule": "@hourly", "targetMaxReplicas": 9}, kind="FederatedHPA", api=one.target.group + "/v1alpha1"
    )
    known = begun(most, None, T0)
    (due,) = due_firings([most], {most.key: known}, at(1))
    scale, _ = fired(due, {higher.key: higher}, known, "", (5, 5), at(1))
    assert scale is not None
    assert (scale.minimum, scale.maximum) == (9, 9)

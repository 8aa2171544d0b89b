from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.keys import ClusterName
from reconciler.review.live.event_causes import FleetEvent, causes_of, event_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(
    name: str, message: str, *, cluster: str = "m1", reason: str = "BackOff", count: int = 1, minute: int = 0
) -> FleetEvent:
    moment = NOON.replace(minute=minute)
    return FleetEvent(ClusterName(cluster), moment, "Warning", reason, "Pod", "shop", name, message, count, (name, "1"))


def test_what_differs_in_names_only_has_one_cause() -> None:
    (cause,) = causes_of(
        [
            event("web-5d8cf7d9b4-x2x7k", "restarting web-5d8cf7d9b4-x2x7k", count=3, minute=1),
            event("web-5d8cf7d9b4-b4b8q", "restarting web-5d8cf7d9b4-b4b8q", count=4, minute=5, cluster="m2"),
        ]
    )
    assert (cause.count, cause.clusters, cause.message) == (7, ("m1", "m2"), "restarting …")
    assert cause.newest.cluster == "m2"


def test_a_message_that_all_share_is_told_as_it_is() -> None:
    (cause,) = causes_of([event("a", "no space"), event("b", "no space")])
    assert (cause.message, len(cause.objects)) == ("no space", 2)


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("Created pod: web-5d8cf7d9b4-x2x7k", "Created pod: web-…"),
        ("Scaled up replica set web-5d8cf7d9b4 from 0 to 2", "Scaled up replica set web-… from 0 to 2"),
        ("volume 8c6dbd1c-3d1f-4f0b-9d6e-0123456789ab is busy", "volume … is busy"),
        ("front-end of team-alpha", "front-end of team-alpha"),
    ],
)
def test_what_controllers_append_is_no_difference(message: str, pattern: str) -> None:
    assert event("other", message).pattern == pattern


def test_other_reasons_and_types_stay_apart_and_the_newest_is_last() -> None:
    causes = causes_of([event("a", "x", reason="Late", minute=9), event("a", "x", reason="Early", minute=1)])
    assert [cause.newest.reason for cause in causes] == ["Early", "Late"]


@pytest.mark.parametrize(
    ("fields", "last", "count"),
    [
        ({"lastTimestamp": "2026-01-01T12:00:00Z", "count": 3}, NOON, 3),
        (
            {"series": {"lastObservedTime": "2026-01-01T12:00:00.123456Z", "count": 9}, "lastTimestamp": "2020-01-01T00:00:00Z"},
            NOON,
            9,
        ),
        ({"eventTime": "2026-01-01T12:00:00.999999Z", "lastTimestamp": None, "count": None}, NOON, 1),
        ({"metadata": {"creationTimestamp": "2026-01-01T12:00:00Z"}, "count": -5}, NOON, 1),
    ],
)
def test_both_forms_of_events_are_read(fields: dict[str, Any], last: datetime, count: int) -> None:
    found = event_of(ClusterName("m1"), {"involvedObject": {"kind": "Pod", "name": "a"}, **fields})
    assert (found.last, found.count, found.object) == (last, count, "pod/a")


@given(st.permutations([event(f"web-{n}", f"m {n % 2}", minute=n % 3, cluster=f"m{n % 2}") for n in range(6)]))
def test_the_order_in_which_members_answer_changes_nothing(events: list[FleetEvent]) -> None:
    assert causes_of(events) == causes_of(sorted(events, key=lambda one: one.name))


_FIELDS = ("involvedObject", "metadata", "series", "count", "message", "type")
_ANYTHING = st.none() | st.integers() | st.text() | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from(_FIELDS), _ANYTHING))
def test_events_of_any_shape_are_read(manifest: dict[str, Any]) -> None:
    assert event_of(ClusterName("m1"), manifest).count >= 1

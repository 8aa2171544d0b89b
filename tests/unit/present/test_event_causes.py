from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.model.keys import ClusterName
from reconciler.present.event_causes import causes_table, event_line, events_document
from reconciler.present.table import Room
from reconciler.review.live.event_causes import FleetEvent, causes_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(cluster: str, name: str, message: str = "no space", count: int = 2) -> FleetEvent:
    return FleetEvent(ClusterName(cluster), NOON, "Warning", "Failed", "Pod", "shop", name, message, count, (name, "1"))


def test_a_line_has_the_members_the_count_and_the_objects() -> None:
    causes = causes_of([event("m1", "a"), event("m2", "a"), event("m2", "b")])
    header, line = [str(one) for one in causes_table(causes, NOON + timedelta(minutes=5), namespaces=True)]
    assert header.split() == ["CLUSTERS", "LAST", "SEEN", "TYPE", "REASON", "COUNT", "OBJECT", "MESSAGE"]
    assert line.split() == ["m1,m2", "5m", "Warning", "Failed", "6", "shop/pod/b", "and", "1", "more", "no", "space"]


def test_a_narrow_line_keeps_both_ends_of_a_name() -> None:
    causes = causes_of([event("m1", "catalog-5667d9b588-27zl6", "Back-off restarting failed container podinfo in this Pod")])
    header, line = [str(one) for one in causes_table(causes, NOON, Room(80), namespaces=False)]
    assert len(line) <= 80
    assert line[header.index("TYPE") :].startswith("Warning"), "what tells an Event that matters from one that does not"
    assert line[header.index("OBJECT") : header.index("MESSAGE")].strip().startswith("pod/cat")
    assert line[header.index("OBJECT") : header.index("MESSAGE")].strip().endswith("27zl6")


def test_an_event_as_it_comes_is_one_line_that_no_terminal_obeys() -> None:
    line = event_line(event("m1", "a", "two\nlines \x1b[2J"), namespaces=False)
    assert str(line).startswith("2026-01-01T12:00:00Z m1 Warning Failed pod/a: two\\nlines")
    assert str(line).endswith("(×2)")


def test_the_document_has_each_event() -> None:
    document = events_document(causes_of([event("m1", "a"), event("m2", "b")]), {ClusterName("m3"): "why"})
    (item,) = document["items"]
    assert (item["count"], [one["cluster"] for one in item["events"]]) == (4, ["m1", "m2"])
    assert document["unanswered"] == {"m3": "why"}

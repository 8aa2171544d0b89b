"""What an agent reports, as the file of its branch and back; and what is refused, because somebody else may have written it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.descheduling import Waiting
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.record.member_reports import parse_report_file, report_file
from tests.properties.test_record import KEYS, RECORDED_CLUSTERS, STATUSES
from tests.support.in_memory_fleet import NOW

M1 = ClusterName("m1")
WEB = ResourceKey("apps", "Deployment", "shop", "web")
REPORT = MemberReport(
    RecordedCluster(M1, "", version="v1.36.3", id="1", apis=frozenset({GroupVersionKind("apps", "v1", "Deployment")})),
    {WEB: ClusterStatus(M1, True, CURRENT, digest="sha256:00", reflected={"replicas": 2})},
    "3f2c1ab",
    "77aa",
    NOW,
    timedelta(minutes=5),
    7,
    {WEB: 2},
)


@given(
    RECORDED_CLUSTERS,
    st.dictionaries(KEYS, STATUSES, max_size=3),
    st.none() | st.just({"replicas": 2}),
    st.sampled_from([None, 0, 7]),
)
def test_a_report_is_read_back(
    facts: RecordedCluster, statuses: dict[ResourceKey, ClusterStatus], reflected: Any, generation: int | None
) -> None:
    own = {key: replace(one, cluster=facts.name, reflected=reflected) for key, one in sorted(statuses.items())}
    report = MemberReport(facts, own, "3f2c1ab", "77aa", NOW, timedelta(minutes=5), generation)
    read = parse_report_file(facts.name, report_file(report))
    assert (read.statuses, read.revision, read.decision, read.at) == (own, "3f2c1ab", "77aa", NOW)
    assert read.generation == generation
    assert all(one.reflected == reflected for one in read.statuses.values())
    assert (read.facts.ready, read.facts.apis, read.facts.capacity) == (facts.ready, facts.apis, facts.capacity)


def test_what_is_not_for_an_agent_to_say_is_left_out() -> None:
    document = json.loads(report_file(REPORT))
    document["status"]["cluster"]["spec"] |= {
        "addresses": {"spec.apiEndpoint": "https://m2.example.com"},
        "file": "clusters/m2.yaml",
    }
    document["status"]["cluster"]["status"]["taints"] = [{"key": "a", "effect": "NoSchedule"}]
    document["status"]["cluster"]["metadata"]["name"] = "m2"
    assert parse_report_file(M1, json.dumps(document).encode()) == REPORT


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("metadata", "name"), "m2", "it is about 'm2'"),
        (("kind",), "Report", "not a MemberReport"),
        (("spec", "schema"), 2, "its schema is 2"),
        (("status", "reportedAt"), "yesterday", "yesterday"),
        (("status", "reportedAt"), "2026-01-01T12:00:00", "no time zone"),
        (("status", "reportedAt"), "0001-01-01T00:00:00+14:00", "out of range"),
        (("status", "reportedAt"), "9999-12-31T23:59:59-14:00", "out of range"),
        (("status", "heartbeatSeconds"), 10**9, "out of range"),
        (("status", "heartbeatSeconds"), "5m", "not a whole number"),
        (("status", "objects"), {}, "not a list"),
        (("status", "objects", 0, "health", "status"), "Splendid", "Splendid"),
        (("status", "objects", 0, "resource"), {}, "no kind or no name"),
        (("status", "objects", 0, "reflected"), 1, "not a mapping"),
        (("status", "cluster", "status", "apiEnablements"), 1, "apiEnablements"),
        (("status", "objects", 0, "replicas"), -1, "out of range"),
        (("status", "objects", 0, "replicas"), "2", "not a whole number"),
    ],
)
def test_anything_else_is_refused(path: tuple[str | int, ...], value: Any, said: str) -> None:
    document = json.loads(report_file(REPORT))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=said):
        parse_report_file(M1, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r'"x\ud800"', "half of a surrogate pair"),
        (r'{"\udfff": 1}', "half of a surrogate pair"),
        ("[18446744073709551616]", "more than 64 bits"),
        ("-9223372036854775809", "more than 64 bits"),
        ("1e999", "too large"),
        ("[" * 150 + "]" * 150, "nested too deeply"),
    ],
)
@pytest.mark.parametrize("place", ["reflected", "message", "unknownField"])
def test_what_no_file_of_the_status_branch_can_hold_is_refused(place: str, written: str, said: str) -> None:
    document = json.loads(report_file(REPORT))
    document["status"]["objects"][0][place] = {"field": "HERE"}
    with pytest.raises(ValueError, match=said):
        parse_report_file(M1, json.dumps(document).replace('"HERE"', written).encode())


@pytest.mark.parametrize(
    "written", [r'"\ud83d\ude00"', "18446744073709551615", "-9223372036854775808", "1e300", "[" * 80 + "]" * 80]
)
def test_what_can_be_recorded_is_read(written: str) -> None:
    document = json.loads(report_file(REPORT))
    document["status"]["objects"][0]["reflected"] = {"field": "HERE"}
    status = parse_report_file(M1, json.dumps(document).replace('"HERE"', written).encode()).statuses[WEB]
    assert status.reflected == {"field": json.loads(written)}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a": NaN}', b"\xff", b"[" * 200_000, b'{"kind": "MemberReport"}'])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_report_file(M1, content)


def test_a_text_without_end_is_cut() -> None:
    status = ClusterStatus(M1, False, CURRENT, "x" * 100_000)
    long = MemberReport(REPORT.facts, {WEB: status}, "", "", NOW, timedelta(minutes=5))
    assert len(parse_report_file(M1, report_file(long)).statuses[WEB].message) == 4096


def test_a_log_and_waits_without_end_are_cut() -> None:
    waits = tuple((f"{number:03}{'x' * 10_000}", NOW) for number in range(100))
    status = ClusterStatus(M1, True, CURRENT, log="x" * 10_000, waits_since=waits)
    (read,) = parse_report_file(M1, report_file(replace(REPORT, statuses={WEB: status}))).statuses.values()
    assert len(read.log) == 4096
    assert [(len(what), since) for what, since in read.waits_since] == [(4096, NOW)] * 32


@pytest.mark.parametrize("field", [{"waitedForSince": 5}, {"waitsSince": {"ConfigMap shop/a": None}}])
def test_a_time_that_is_no_text_is_refused(field: dict[str, Any]) -> None:
    document = json.loads(report_file(REPORT))
    document["status"]["objects"][0] |= field
    with pytest.raises(ValueError, match="a time is no text"):
        parse_report_file(M1, json.dumps(document).encode())


def test_a_sign_of_life_says_nothing_new() -> None:
    later = parse_report_file(M1, report_file(replace(REPORT, at=NOW + timedelta(hours=1))))
    assert later.says_the_same(REPORT)
    other = ClusterStatus(M1, True, CURRENT, digest="sha256:00", reflected={"replicas": 3})
    assert not later.says_the_same(replace(REPORT, statuses={WEB: other}))


@pytest.mark.parametrize(("minutes", "silent"), [(0, False), (15, False), (16, True), (-15, False), (-16, True)])
def test_a_report_grows_old(minutes: int, silent: bool) -> None:
    assert (REPORT.silent_since(NOW + timedelta(minutes=minutes)) is not None) is silent


def test_pods_without_a_node_are_read_back_and_none_is_from_the_future() -> None:
    """A time after that of the report would hold up the leader's own times."""
    since = (NOW - timedelta(minutes=6), NOW - timedelta(minutes=1))
    stuck = replace(REPORT, waiting={WEB: Waiting(4, 2, since)})
    assert parse_report_file(M1, report_file(stuck)) == stuck
    placed = replace(REPORT, waiting={WEB: None})
    assert parse_report_file(M1, report_file(placed)) == placed
    late = replace(REPORT, waiting={WEB: Waiting(4, 2, (datetime.max.replace(tzinfo=UTC, microsecond=0),))})
    assert parse_report_file(M1, report_file(late)).waiting == {WEB: Waiting(4, 2, (NOW,))}


def test_a_report_with_other_pods_says_something_new() -> None:
    stuck = replace(REPORT, waiting={WEB: Waiting(4, 2, (NOW,))})
    assert stuck.says_the_same(replace(stuck, at=NOW + timedelta(minutes=1)))
    assert not stuck.says_the_same(replace(stuck, waiting={WEB: None}))
    assert not stuck.says_the_same(REPORT)

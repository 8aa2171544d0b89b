"""Who changed what in the members, and what is said about members that nobody could read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model.drift_record import DriftedField, DriftRecord, next_record
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedState
from reconciler.model.sighting import Sighting
from reconciler.present.drift import drift_document, drift_markdown, drift_remarks, drift_table, members_table
from reconciler.record.object_history import NOTHING, ObjectFacts, RecordedStep
from reconciler.repo.revision import Commit
from reconciler.review.drift_report import DriftReport, Filter, Signs, Sync, drift_report
from tests.support.builders import config, key

M1, M2 = ClusterName("m1"), ClusterName("m2")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = key(config("settings"))
CURRENT = Health(HealthStatus.CURRENT)
UNREAD = ClusterStatus(M1, False, Health(HealthStatus.UNKNOWN, "the member could not be read"), "it does not answer")


def hours(count: int) -> datetime:
    return NOW - timedelta(hours=count)


CORRECTED = DriftRecord(
    "the member drifted: data.a (by kubectl-edit, helm), data.b (by kubectl-edit)", hours(5), True, 10, hours(1)
)
STANDS = DriftRecord("the member drifted: the object was deleted", hours(3), corrected=False)


def status(cluster: ClusterName, drift: DriftRecord | None = None, **fields: Any) -> ClusterStatus:
    return replace(ClusterStatus(cluster, True, CURRENT, drift=drift), **fields)


def reported(at: datetime) -> MemberReport:
    return MemberReport(RecordedCluster(M1, ""), {}, "", "", at, timedelta(minutes=5))


def state(*statuses: ClusterStatus, **clusters: RecordedCluster) -> RecordedState:
    members = {name: clusters.get(name, RecordedCluster(name, f"{name}.yaml")) for name in (M1, M2)}
    return RecordedState("3f2c1abdeadbeef", reports={SETTINGS: ObjectReport(statuses)}, clusters=members)


def step(before: ClusterStatus | None, after: ClusterStatus | None, at: datetime) -> RecordedStep:
    sides = [ObjectFacts(None, ObjectReport((one,))) if one is not None else NOTHING for one in (before, after)]
    return RecordedStep(Commit("c", "t", "sync", "a <a@b>", at), "3f2c1ab", {SETTINGS: (sides[0], sides[1])})


def report(state: RecordedState, *steps: RecordedStep, **wanted: Any) -> DriftReport:
    return drift_report(state, steps, hours(1), NOW, Filter(**wanted))


def syncs(found: DriftReport) -> dict[str, tuple[Sync, str]]:
    return {one.cluster: (one.sync, one.reason) for one in found.members}


def test_what_is_there_now_and_what_was_corrected() -> None:
    found = report(state(status(M1, CORRECTED), status(M2, STANDS)))
    first, second = found.entries
    assert (first.cluster, first.what, first.writers, first.record.stands) == (M2, "the object was deleted", (), True)
    assert second.what == "data.a (by kubectl-edit, helm), data.b (by kubectl-edit)"
    assert second.writers == ("helm", "kubectl-edit")
    assert (second.record.times, second.latest) == (10, hours(1))
    assert syncs(found) == {"m1": (Sync.IN_SYNC, ""), "m2": (Sync.DRIFTED, "1 object drifted, and that is only reported")}
    assert not found.in_sync
    assert found.age == timedelta(hours=1)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (state(UNREAD), "1 object could not be read"),
        (state(status(M1), m1=RecordedCluster(M1, "m1.yaml", ready=False, message="no route")), "could not be read: no route"),
        (state(status(M1), m1=RecordedCluster(M1, "m1.yaml", read=False)), "was not read yet"),
    ],
)
def test_a_member_that_could_not_be_read_is_never_in_sync(found: RecordedState, reason: str) -> None:
    sync, said = syncs(report(found))["m1"]
    assert sync is Sync.UNKNOWN
    assert reason in said


def test_a_record_that_is_too_old_says_nothing() -> None:
    assert syncs(report(state(status(M1)), max_age=timedelta(minutes=59)))["m1"][0] is Sync.UNKNOWN
    assert syncs(report(state(status(M1)), max_age=timedelta(hours=1)))["m1"][0] is Sync.IN_SYNC


FIVE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("signs", "sync", "as_of", "reason"),
    [
        (Signs(), Sync.IN_SYNC, hours(1), ""),
        (Signs(Sighting(NOW - FIVE, FIVE, frozenset({M1}))), Sync.IN_SYNC, NOW - FIVE, ""),
        (Signs(Sighting(hours(2), FIVE, frozenset({M1}))), Sync.UNKNOWN, hours(2), "shows no sign of life any more"),
        (Signs(Sighting(NOW + timedelta(hours=2), FIVE, frozenset({M1}))), Sync.UNKNOWN, None, "no sign of life"),
        (Signs(Sighting(NOW - FIVE, FIVE, frozenset({M2}))), Sync.UNKNOWN, hours(1), "not all of its watches work"),
        (Signs(None, {M1: reported(NOW - FIVE)}), Sync.IN_SYNC, NOW - FIVE, ""),
        (Signs(None, {M1: reported(hours(2))}), Sync.UNKNOWN, hours(2), "its agent does not report"),
        (Signs(Sighting(NOW, FIVE, frozenset()), {M1: reported(NOW)}), Sync.IN_SYNC, NOW, ""),
        (Signs(None, {M1: "the report cannot be used"}), Sync.UNKNOWN, hours(1), "cannot be used"),
    ],
)
def test_a_verdict_is_as_old_as_the_last_sign_that_somebody_looks(
    signs: Signs, sync: Sync, as_of: datetime | None, reason: str
) -> None:
    found = drift_report(state(status(M1)), (), hours(1), NOW, Filter(clusters=["m1"]), signs)
    (verdict,) = found.members
    assert verdict.sync is sync
    assert as_of is None or verdict.as_of == as_of
    assert reason in verdict.reason


def test_nobody_watches_a_folder() -> None:
    folder = RecordedCluster(M1, "m1.yaml", addresses={"spec.apiEndpoint": "file:m1"})
    signs = Signs(Sighting(NOW, FIVE, frozenset()))
    (verdict,) = drift_report(state(status(M1), m1=folder), (), hours(1), NOW, Filter(clusters=["m1"]), signs).members
    assert (verdict.sync, verdict.as_of) == (Sync.IN_SYNC, hours(1))


def test_what_was_not_read_stays_unknown_with_its_reason() -> None:
    signs = Signs(Sighting(NOW, FIVE, frozenset({M1})))
    (verdict,) = drift_report(state(UNREAD), (), hours(1), NOW, Filter(clusters=["m1"]), signs).members
    assert (verdict.sync, verdict.reason) == (Sync.UNKNOWN, "1 object could not be read")


def test_something_that_is_not_applied_is_not_in_sync() -> None:
    refused = status(M1, applied=False, message="denied", health=Health(HealthStatus.UNKNOWN))
    assert syncs(report(state(refused)))["m1"] == (Sync.NOT_APPLIED, "1 object not applied")


def test_the_commits_say_what_was_before() -> None:
    """The newest manifest has no drift; the one before had, and another one earlier."""
    older = DriftRecord("the member drifted: data.z (by x)", hours(40))
    steps = [
        step(status(M1, STANDS), status(M1), hours(2)),
        step(status(M1, replace(CORRECTED, times=3, last=hours(4))), status(M1, STANDS), hours(3)),
        step(
            status(M1, replace(CORRECTED, times=1, last=None)), status(M1, replace(CORRECTED, times=3, last=hours(4))), hours(4)
        ),
        step(status(M1, older), status(M1, replace(CORRECTED, times=1, last=None)), hours(5)),
    ]
    found = report(state(status(M1)), *steps, since=hours(24))
    shown = [(one.what, one.record.times, one.record.until, one.record.stands) for one in found.entries]
    assert shown == [("the object was deleted", 1, hours(2), False), (found.entries[1].what, 3, None, False)]
    assert syncs(found)["m1"] == (Sync.IN_SYNC, "")


def test_the_newest_count_counts() -> None:
    steps = [step(status(M1, replace(CORRECTED, times=3)), status(M1, CORRECTED), hours(1))]
    (entry,) = report(state(status(M1, CORRECTED, message="reconciler and another client …")), *steps, since=hours(24)).entries
    assert entry.record == CORRECTED
    assert entry.remark == "reconciler and another client …"


def test_only_some_of_it() -> None:
    both = state(status(M1, CORRECTED), status(M2, STANDS))
    assert [one.cluster for one in report(both, clusters=["m1"]).entries] == ["m1"]
    assert [one.cluster for one in report(both, clusters=["m1"]).members] == ["m1"]
    assert report(both, namespace="other").entries == ()
    assert [one.cluster for one in report(both, since=hours(0)).entries] == ["m2"], "it stands"


def test_how_it_is_printed() -> None:
    found = report(state(status(M1, CORRECTED, message="who | writes `what`"), status(M2, STANDS)))
    text = ["".join(line) if isinstance(line, str) else str(line) for line in (*members_table(found), *drift_table(found))]
    assert len(text) == 6
    assert list(drift_remarks(found))[-1] == (
        "revision 3f2c1abdeadb, 2 clusters, last change recorded 60m ago, at 2026-03-01T11:00:00Z"
    )
    markdown = drift_markdown(found)
    assert "| `m1` | InSync | 2026-03-01T11:00:00Z |  |" in markdown
    assert "| `m2` | `ConfigMap shop/settings` | stands | 1 | 2026-03-01T09:00:00Z | `the object was deleted` |" in markdown
    document = drift_document(found)
    assert document["ageSeconds"] == 3600
    assert document["inSync"] is False
    assert document["drift"][1] == {
        "cluster": "m1",
        "object": {"group": "", "kind": "ConfigMap", "namespace": "shop", "name": "settings"},
        "what": "data.a (by kubectl-edit, helm), data.b (by kubectl-edit)",
        "fields": [],
        "by": ["helm", "kubectl-edit"],
        "state": "corrected",
        "times": 10,
        "since": "2026-03-01T07:00:00Z",
        "last": "2026-03-01T11:00:00Z",
        "message": "who | writes `what`",
    }


def test_a_name_from_a_member_is_no_markup() -> None:
    wild = replace(CORRECTED, what="the member drifted: a|b (by `@team`\n| x |)")
    assert "`a\\|b (by ʼ@teamʼ\\n\\| x \\|)`" in drift_markdown(report(state(status(M1, wild))))


def test_nothing_is_a_report_too() -> None:
    found = report(state(status(M1), status(M2)))
    assert found.in_sync
    assert "No drift is recorded." in drift_markdown(found)


def test_the_fields_and_their_writers_are_lists() -> None:
    fields = (DriftedField("data.a", ("helm", "kubectl-edit")), DriftedField('data["x, y (by z)"]'))
    record = next_record(None, "the member drifted: data.a and more", hours(2), corrected=True, fields=fields)
    (shown,) = drift_document(report(state(status(M1, record))))["drift"]
    assert shown["fields"] == [{"path": "data.a", "by": ["helm", "kubectl-edit"]}, {"path": 'data["x, y (by z)"]', "by": []}]
    assert shown["by"] == ["helm", "kubectl-edit"]


def test_records_follow_on_each_other() -> None:
    first = next_record(None, "a", hours(9), corrected=True)
    assert first == DriftRecord("a", hours(9))
    assert first is not None
    second = next_record(first, "a", hours(8), corrected=True)
    assert second == DriftRecord("a", hours(9), True, 2, recorded=1)
    assert next_record(second, "", hours(7), corrected=True) is second
    other = next_record(second, "b", hours(6), corrected=False)
    assert other == DriftRecord("b", hours(6), corrected=False)
    assert next_record(other, "b", hours(5), corrected=False) is other
    ended = next_record(other, "", hours(4), corrected=False)
    assert ended == DriftRecord("b", hours(6), corrected=False, until=hours(4))
    assert next_record(ended, "b", hours(3), corrected=False) == DriftRecord("b", hours(3), corrected=False)


def test_counts_are_recorded_in_steps() -> None:
    record, recorded = DriftRecord("a", NOW), [1]
    for _ in range(999):
        record = record.again(NOW)
        if record.coarse.times != recorded[-1]:
            recorded.append(record.coarse.times)
    assert recorded == [1, 3, 10, 30, 100, 300, 1000]
    assert (record.times, record.last) == (1000, NOW)


def test_a_process_that_ends_records_the_count_and_the_next_one_goes_on_from_it() -> None:
    record = DriftRecord("a", hours(9), True, 4).again(hours(8))
    assert record.coarse == DriftRecord("a", hours(9), True, 4)
    exact = record.exact(hours(7))
    assert exact.coarse == exact == DriftRecord("a", hours(9), True, 5, hours(7))
    assert exact.exact(hours(6)) is exact
    assert exact.again(hours(5)).coarse.times == 5, "not 3, which is the level of 6"

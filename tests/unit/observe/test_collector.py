"""The status of each object after a pass wrote to a member."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.cluster.packed_objects import packed
from reconciler.model.changes import Change, Configure, Create, DeletionPropagation, Outcome, Prune, Skip, Unchanged
from reconciler.model.health import UNOBSERVED, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, with_value
from reconciler.model.ownership import applied_digest
from reconciler.model.recorded import ClusterStatus
from reconciler.observe.collector import health_of, statuses, unreadable
from reconciler.plan.prune import LEAVING
from tests.support.builders import config, deployment, key, live, manifest, ours, rendered

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WANTED = rendered(config())
LIVE = ours(config())
PRUNE = Prune(WANTED.key, LIVE, DeletionPropagation.BACKGROUND, "no longer wanted here")


def status_of(change: Change, *objects: Manifest, error: str = "") -> ClusterStatus | None:
    return statuses([Outcome(change, error)], live(*objects), NOW, tells_health=False).get(change.key)


def test_what_was_written_is_applied_and_well() -> None:
    for change in (Create(WANTED, LIVE), Configure(WANTED, LIVE, LIVE), Unchanged(WANTED)):
        status = status_of(change, LIVE)
        assert status == ClusterStatus(ClusterName("m1"), True, UNOBSERVED, "", WANTED.public_digest)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (Create(WANTED, LIVE), "refused", "refused"),
        (Skip(WANTED.key, "not ours", WANTED, config()), "", "not ours"),
        (Skip(WANTED.key, "not pruned: protected", live=LIVE), "", "not pruned: protected"),
        (PRUNE, "refused", "refused"),
        (Skip(WANTED.key, "an override failed"), "", "an override failed"),
    ],
)
def test_what_is_not_as_it_should_be_says_why(change: Change, error: str, message: str) -> None:
    objects = [] if isinstance(change, Unchanged) or change.live is None else [change.live]
    status = status_of(change, *objects, error=error)
    assert status is not None
    assert (status.applied, status.message) == (False, message)
    # What was written last to a copy that stays as it is, is still known.
    stays = isinstance(change, Skip) and change.live is LIVE
    assert status.digest == (applied_digest(LIVE) if stays else "")


@pytest.mark.parametrize(
    ("change", "objects"),
    [
        (PRUNE, []),
        (Skip(WANTED.key, "not pruned", live=LIVE), []),
    ],
)
def test_what_is_gone_has_no_status(change: Change, objects: list[Manifest]) -> None:
    assert status_of(change, *objects) is None


GOING = with_value(LIVE, ("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "change",
    [
        PRUNE,
        Skip(WANTED.key, LEAVING, live=GOING),
    ],
)
def test_what_is_on_its_way_out_is_not_gone_yet(change: Change) -> None:
    """A handover waits until it is gone. The next pass, which does not prune it again, reports the same."""
    status = statuses([Outcome(change)], live(GOING), NOW, tells_health=True)[WANTED.key]
    assert (status.applied, status.health.status, status.message) == (False, HealthStatus.TERMINATING, LEAVING)


def test_what_vanished_after_it_was_written_is_not_found() -> None:
    status = status_of(Create(WANTED, LIVE))
    assert status is not None
    assert (status.applied, status.health.status) == (True, HealthStatus.NOT_FOUND)


@pytest.mark.parametrize(
    ("manifest", "tells_health", "expected"),
    [
        (None, False, HealthStatus.NOT_FOUND),
        (deployment(), False, HealthStatus.CURRENT),
        (deployment(), True, HealthStatus.IN_PROGRESS),
        (deployment() | {"status": {}}, False, HealthStatus.IN_PROGRESS),
        (config(), True, HealthStatus.CURRENT),
    ],
)
def test_a_status_is_believed_where_there_is_one(manifest: Any, tells_health: bool, expected: HealthStatus) -> None:
    assert health_of(manifest, NOW, tells_health).status is expected


def test_a_member_that_cannot_be_read_tells_nothing() -> None:
    (status,) = unreadable(ClusterName("m1"), [key(config())], "no answer").values()
    assert (status.applied, status.health.status, status.message) == (False, HealthStatus.UNKNOWN, "no answer")


def seen_on(document: Manifest, *times: str, written: bool = False) -> list[ClusterStatus]:
    """The statuses of copies that are as they should be and differ in the time of their condition. written: by this pass."""
    found = []
    for number, time in enumerate(times):
        condition = {"type": "Ready", "status": "True", "lastTransitionTime": time}
        one = with_value(document, ("status",), {"replicas": 2, "conditions": [condition]})
        view = LiveView.of_records(ClusterName(f"m{number}"), {key(document): packed(one)})
        change = Configure(rendered(document), document, one) if written else Unchanged(rendered(document))
        found.append(statuses([Outcome(change)], view, NOW, tells_health=True)[key(document)])
    return found


@pytest.mark.parametrize("written", [True, False])
def test_copies_that_say_the_same_are_judged_once(written: bool) -> None:
    first, second = seen_on(ours(deployment()), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", written=written)
    assert (first.cluster, second.cluster) == ("m0", "m1")
    assert first.health is second.health
    assert first.reflected is second.reflected
    assert first.reflected


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize(("kind", "api"), [("Job", "batch/v1"), ("Widget", "example.com/v1")])
def test_times_of_conditions_that_are_recorded_are_those_of_each_copy(kind: str, api: str, written: bool) -> None:
    """A Job reports its conditions, and of kinds of others the whole status is reported."""
    times = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    found = seen_on(ours(manifest(kind, api=api)), *times, written=written)
    assert [get(one.reflected, "conditions", 0, "lastTransitionTime") for one in found] == list(times)

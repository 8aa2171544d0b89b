"""How much a member must hold, and how much of it is applied."""

from __future__ import annotations

from reconciler.model.health import HealthStatus
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import key_of
from reconciler.model.recorded import RecordedCluster
from reconciler.model.work import Work
from reconciler.record.clusters import generation_of, record_cluster
from tests.support.builders import config, rendered, status

M1 = ClusterName("m1")


def test_what_cannot_be_rendered_must_be_held_and_is_not_applied() -> None:
    wanted, broken, held = (config(name) for name in ("wanted", "broken", "held"))
    issue = error("OverrideFailed", "it fails")
    work = Work(M1, (rendered(wanted),), frozenset({key_of(held)}), {key_of(one): issue for one in (broken, held)})
    statuses = {key_of(wanted): status("m1"), key_of(held): status("m1"), key_of(broken): status("m1", applied=False)}
    counted = record_cluster(RecordedCluster(M1, "m1.yaml"), work, statuses, "")
    assert (counted.objects, counted.applied, counted.current) == (3, 2, 2)
    nowhere = record_cluster(RecordedCluster(M1, "m1.yaml"), work, {}, "m1 does not answer")
    assert (nowhere.objects, nowhere.applied, nowhere.ready) == (2, 0, False)


def test_what_a_member_still_holds_counts() -> None:
    wanted, kept, gone = (config(name) for name in ("wanted", "kept", "gone"))
    statuses = {
        key_of(wanted): status("m1"),
        key_of(kept): status("m1", applied=False, message="not pruned: x"),
        key_of(gone): status("m1", HealthStatus.NOT_FOUND, applied=False),
    }
    counted = record_cluster(RecordedCluster(M1, "m1.yaml"), Work(M1, (rendered(wanted),)), statuses, "")
    assert (counted.objects, counted.applied, counted.current) == (2, 1, 1)


def test_a_decision_that_comes_back_is_another_one() -> None:
    web, last, numbers = config("web"), RecordedCluster(M1, "m1.yaml"), []
    for manifests in ((rendered(web),), (rendered(web),), (), (rendered(web),)):
        work = Work(M1, manifests)
        expected = generation_of(last, work, {})
        last = record_cluster(last, work, {}, "")
        assert last.generation == expected
        numbers.append(last.generation)
    assert numbers == [1, 1, 2, 3]

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reconciler.cluster.listing import by_name
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.review.get import Block, GetResult
from reconciler.review.live.event_causes import FleetEvent
from reconciler.review.live.labelled_events import LabelledEvents

M1, M2 = ClusterName("m1"), ClusterName("m2")
APPS = GroupVersionKind("apps", "v1", "ReplicaSet")
PODS = GroupVersionKind("", "v1", "Pod")


def item(name: str, *owners: tuple[str, str]) -> dict[str, Any]:
    references = [{"kind": kind, "name": owner} for kind, owner in owners]
    return {"metadata": {"name": name, "namespace": "shop", "ownerReferences": references}}


def event(kind: str, name: str, cluster: ClusterName = M1, namespace: str = "shop") -> FleetEvent:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return FleetEvent(cluster, moment, "Normal", "Any", kind, namespace, name, "", 1, (name, "1"))


def labelled() -> LabelledEvents:
    """A ReplicaSet of `web` on m1, and a Pod of it."""
    sets = by_name(APPS, True, [item("web-1", ("Deployment", "web"))])
    pods = by_name(PODS, True, [item("web-1-a", ("ReplicaSet", "web-1"))])
    blocks = (Block("apps", "ReplicaSet", True, {M1: sets}), Block("", "Pod", True, {M1: pods}))
    return LabelledEvents(GetResult(blocks, {}, {}, (), ()))


def test_events_are_about_the_objects_and_their_owners() -> None:
    chosen = labelled()
    assert all(chosen.has(event(*one)) for one in (("Pod", "web-1-a"), ("ReplicaSet", "web-1"), ("Deployment", "web")))
    others = [event("Pod", "web"), event("Deployment", "web", M2), event("Deployment", "web", namespace="test")]
    assert not any(map(chosen.has, others))


def test_an_event_that_comes_before_its_object_waits_for_it() -> None:
    chosen = labelled()
    early, strange = event("Pod", "web-1-b", M2), event("Pod", "other")
    for one in (strange, early):
        chosen.wait(one)
    later = by_name(PODS, True, [item("web-1-b", ("ReplicaSet", "web-1"))])
    assert chosen.add(M1, later) == []
    assert chosen.add(M2, later) == [early]
    assert chosen.add(M2, later) == []


def test_of_very_many_the_newest_wait() -> None:
    chosen = labelled()
    for number in range(1500):
        chosen.wait(event("Pod", f"p{number}"))
    assert chosen.add(M1, by_name(PODS, True, [item("p0"), item("p1499")])) == [event("Pod", "p1499")]

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.cli.fleet_query import chosen_pods
from reconciler.cluster.listing import Event, by_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.passes.fleet import Fleet
from reconciler.review.live.later_pods import later_pods
from reconciler.review.live.pods import MemberPods, find_pods, pod_selector
from tests.support.fakemember import FakeMember
from tests.support.fleet import document

M1, M2 = ClusterName("m1"), ClusterName("m2")


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["x", "y"]}]}, "tier in (x,y)"),
        ({"app": "web", "tier": "front"}, "app=web,tier=front"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_labels_of_the_pods_of_an_object(selector: Any, labels: str) -> None:
    assert pod_selector({"kind": "Any", "spec": {"selector": selector}}) == labels


def pod(name: str, namespace: str, app: str) -> Manifest:
    started = {"containerStatuses": [{"state": {"running": {}}}]}
    made = json.loads(document("Pod", name, namespace, status=started))
    made["metadata"] |= {"labels": {"app": app}, "uid": f"{namespace}/{name}"}
    return dict(made)


def deployment(name: str, namespace: str, app: str) -> Manifest:
    spec = {"selector": {"matchLabels": {"app": app}}}
    return dict(json.loads(document("Deployment", name, namespace, api="apps/v1", spec=spec)))


def two_members() -> tuple[FakeMember, FakeMember]:
    """`web` in two namespaces of m1, with other labels in each, and in one of m2 without a Pod."""
    m1 = FakeMember(
        "m1",
        deployment("web", "shop", "web"),
        deployment("web", "test", "trial"),
        pod("a", "shop", "web"),
        pod("b", "shop", "trial"),
        pod("a", "test", "trial"),
    )
    return m1, FakeMember("m2", deployment("web", "shop", "web"), pod("c", "test", "web"))


def fleet_of(*members: FakeMember) -> Fleet:
    return Fleet({member.name: member for member in members}, {ClusterName("m9"): "m9: no credential"})


async def test_a_name_in_all_namespaces_means_the_object_of_each() -> None:
    found = await find_pods(fleet_of(*two_members()), chosen_pods("deploy/web", "shop", everywhere=True))
    assert found.groups == (MemberPods(M1, "shop", ("a",), "app=web"), MemberPods(M1, "test", ("a",), "app=trial"))
    assert (found.without_pods, found.problems) == ((M2,), {"m9": "m9: no credential"})
    one = await find_pods(fleet_of(*two_members()), chosen_pods("deploy/web", "shop"))
    assert one.groups == (MemberPods(M1, "shop", ("a",), "app=web"),)
    pods = await find_pods(fleet_of(*two_members()), chosen_pods("a", "shop", everywhere=True))
    assert pods.groups == (MemberPods(M1, "shop", ("a",)), MemberPods(M1, "test", ("a",)))


async def test_labels_in_all_namespaces() -> None:
    found = await find_pods(fleet_of(*two_members()), chosen_pods("", "shop", "app in (web,trial)", everywhere=True))
    labels = "app in (web,trial)"
    assert found.groups == (
        MemberPods(M1, "shop", ("a", "b"), labels),
        MemberPods(M1, "test", ("a",), labels),
        MemberPods(M2, "test", ("c",), labels),
    )
    assert (found.members, found.count) == ([M1, M2], 4)


async def test_later_pods_are_those_of_each_namespace_and_its_labels() -> None:
    m1, _ = two_members()
    fleet = fleet_of(m1)
    found = await find_pods(fleet, chosen_pods("deploy/web", "shop", everywhere=True))
    new = pod("z", "test", "trial")
    m1.told.append((Event.ADDED, by_name(gvk_of(new), True, [new])))
    m1.objects |= FakeMember("m1", pod("y", "shop", "web"), pod("x", "shop", "trial")).objects
    later = later_pods(fleet, {(pods.namespace, pods.selector) for pods in found.groups}, found.groups)
    assert [await anext(later), await anext(later)] == [MemberPods(M1, "shop", ("y",)), MemberPods(M1, "test", ("z",))]
    await later.aclose()

"""Replicas that no node takes, through whole passes: observed, recorded, moved within the limits, and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.options import Options
from reconciler.passes.pass_cache import PassCache
from reconciler.passes.passes import run_pass
from reconciler.present.explain import explanation
from reconciler.record.branch_layout import files_of, state_of
from reconciler.review.explain import explain
from tests.support.in_memory_fleet import NOW, Files, Playground
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

WEB = ResourceKey("apps", "Deployment", "shop", "web")
WEIGHTS = ", ".join(f"{{targetCluster: {{clusterNames: [{name}]}}, weight: {weight}}}" for name, weight in (("m1", 4), ("m2", 1)))
DIVIDED = (
    "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted, "
    f"weightPreference: {{staticWeightList: [{WEIGHTS}]}}}}"
)
FILES: dict[str, str] = {
    **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")},
    "namespace.yaml": NAMESPACE,
    "web.yaml": workload("web", 5),
    "web-policy.yaml": policy_file("web", "Deployment", DIVIDED),
}


def settings(more: str = "") -> Files:
    return {
        "reconciler.yaml": text(f"""
            apiVersion: reconciler.dev/v1alpha1
            kind: Configuration
            spec:
              descheduler: {{unschedulableFor: 5m}}
              {more}
        """)
    }


class World(Playground):
    """Its members keep the status of Deployments as a controller would: `places` says how many Pods find a node."""

    def __init__(self, files: Files, **places: int) -> None:
        super().__init__(*places)
        self.files, self.places = dict(files), places
        for member in self.members.values():
            member.tells_health = True

    async def step(self, minutes: float = 0) -> dict[str, int]:
        """A pass after some time, with a restart before it; the replicas that each member is asked for."""
        self.now += timedelta(minutes=minutes)
        await self.sync(self.files, options=Options(wait=False))
        self.recorded = state_of(files_of(self.recorded))
        for name, member in self.members.items():
            live: Any = member.objects.get(WEB)
            if live is not None:
                self._control(name, live)
        found = {name: member.objects.get(WEB) for name, member in self.members.items()}
        return {name: one["spec"]["replicas"] for name, one in found.items() if one is not None}

    def _control(self, name: str, live: Any) -> None:
        member, wanted = self.members[name], live["spec"]["replicas"]
        ready = min(wanted, self.places[name])
        status = {"observedGeneration": 1, "replicas": wanted, "updatedReplicas": wanted, "readyReplicas": ready}
        status |= {"availableReplicas": ready, "unavailableReplicas": wanted - ready}
        status["conditions"] = [{"type": "Available", "status": str(ready == wanted)}]
        member.objects[WEB] = {**live, "metadata": {**live["metadata"], "generation": 1}, "status": status}
        since = [pod["status"]["conditions"][0]["lastTransitionTime"] for pod in member.pods]
        since += [self.now.isoformat(timespec="seconds").replace("+00:00", "Z")] * (wanted - ready)
        member.pods = [_pod(moment) for moment in since[: wanted - ready]]

    def waits(self) -> list[str]:
        compiled = self.passes[-1].compiled
        document = explanation(explain(compiled.templates[WEB], compiled, ()), None, (), with_manifest=False)
        return list(document["transition"]["waitsFor"])

    def reasons(self) -> str:
        compiled = self.passes[-1].compiled
        document = explanation(explain(compiled.templates[WEB], compiled, ()), None, (), with_manifest=False)
        return " ".join(document["schedule"]["reasons"])


def _pod(since: str) -> Any:
    unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": since}
    return {"metadata": {"name": "web"}, "status": {"phase": "Pending", "conditions": [unplaced]}}


async def test_replicas_without_a_node_move_when_their_time_is_over_and_stay_there() -> None:
    world = World(FILES | settings(), m1=2, m2=9)
    assert await world.step() == {"m1": 4, "m2": 1}
    assert await world.step(1) == {"m1": 4, "m2": 1}
    assert [one.replicas for one in world.recorded.decisions[WEB].waiting.values()] == [4]
    assert await world.step(3) == {"m1": 4, "m2": 1}
    (told,) = world.waits()
    assert told.startswith("no node on m1 takes 2 replicas: what none takes until 2026-")
    await world.step(2)
    await world.step()
    assert await world.step() == {"m1": 2, "m2": 3}
    assert "of 5 replicas, m1 keeps 2, because no node there takes more; the other clusters share 3" in world.reasons()
    for _ in range(3):
        assert await world.step(20) == {"m1": 2, "m2": 3}
    decision = world.recorded.decisions[WEB]
    assert (decision.caps, decision.waiting) == ({}, {}), "the cool-down is over"


async def test_the_new_copies_come_first() -> None:
    world = World(FILES | settings(), m1=2, m2=1)
    for minutes in (0, 1, 6):
        await world.step(minutes)
    await world.step()
    assert world.members["m2"].objects[WEB]["spec"]["replicas"] == 3
    assert world.members["m1"].objects[WEB]["spec"]["replicas"] == 4, "m2 does not run them yet"


async def test_a_cap_keeps_nothing_on_a_member_that_the_policy_or_the_fleet_has_left() -> None:
    for change, gone in (
        ({"web-policy.yaml": policy_file("web", "Deployment", f"{DIVIDED}, {on('m2')}")}, ""),
        ({}, "clusters/m1.yaml"),
    ):
        world = World(FILES | settings(), m1=2, m2=9)
        for minutes in (0, 1, 6, 0, 0):
            await world.step(minutes)
        assert list(world.recorded.decisions[WEB].caps) == ["m1"]
        world.files.update(change)
        world.files.pop(gone, None)
        for _ in range(3):
            await world.step(1)
        assert world.recorded.decisions[WEB].binding.targets == (TargetCluster(ClusterName("m2"), 5),)


async def test_nothing_moves_where_no_other_cluster_can_take_it() -> None:
    files = {**FILES, "web-policy.yaml": policy_file("web", "Deployment", f"{DIVIDED}, {on('m1')}")}
    world = World(files | settings(), m1=2, m2=9)
    for minutes in (0, 1, 6, 6):
        assert await world.step(minutes) == {"m1": 5}
    assert world.waits() == ["no node on m1 takes 3 replicas, and no other cluster can take them"]


async def test_while_most_members_do_not_answer_nothing_moves() -> None:
    files = {**FILES, **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m3", "m4")}}
    world = World(files | settings(), m1=2, m2=9, m3=9, m4=9)
    for minutes in (0, 1):
        await world.step(minutes)
    for name in ("m2", "m3", "m4"):
        world.members[name].refuses.add("look")
    for minutes in (0, 1, 6, 1):
        assert (await world.step(minutes))["m1"] == 4
    (told,) = world.waits()
    assert told.startswith("no node on m1 takes 2 replicas, and they wait: only 1 of 4 members are Ready")


async def test_no_more_objects_move_than_the_limit_allows() -> None:
    """All three lack replicas on m1, and m2 does not run any new one, so that the first move goes on."""
    more = {f"{name}.yaml": workload(name, 5) for name in ("a", "b")}
    more |= {f"{name}-policy.yaml": policy_file(name, "Deployment", DIVIDED) for name in ("a", "b")}
    world = World({**FILES, **more, **settings("failover: {maxObjects: 0}")}, m1=2, m2=1)
    keys = [WEB._replace(name=name) for name in ("a", "b", "web")]
    for minutes in (0, 1, 6, 1):
        await world.step(minutes)
        for member in world.members.values():
            for key in keys[:2]:
                metadata = {**member.objects[key]["metadata"], "generation": 1}
                status = member.objects[WEB]["status"]
                member.objects[key] = {**member.objects[key], "metadata": metadata, "status": status}
    assert [key.name for key in keys if world.recorded.decisions[key].caps] == ["a"]
    (told,) = world.waits()
    assert told == "no node on m1 takes 2 replicas, and they wait: 1 object moving already (spec.failover.maxObjects)"


async def test_a_member_is_asked_seldom_and_about_few() -> None:
    """25 Deployments lack replicas on m1: 20 are asked about, then the others, and none again within half a minute."""
    names = [f"web-{number:02}" for number in range(25)]
    files = {**FILES, **settings(), **{f"{name}.yaml": workload(name, 5) for name in names}}
    files |= {f"{name}-policy.yaml": policy_file(name, "Deployment", DIVIDED) for name in names}
    del files["web.yaml"], files["web-policy.yaml"]
    world, asked, cache = Playground("m1", "m2"), list[list[str]](), PassCache()
    member = world.members["m1"]
    member.tells_health = True
    for seconds in (0, 1, 1, 1, 60):
        world.now += timedelta(seconds=seconds)
        reconciliation = replace(await world.reconciliation(files), cache=cache)
        world.recorded = (await run_pass(reconciliation, world.recorded)).recorded
        asked.append([line.split()[-1] for line in member.log if line.startswith("pods")])
        member.log.clear()
        for key, live in list(member.objects.items()):
            if key.kind == "Deployment":
                status = {"observedGeneration": 1, "replicas": live["spec"]["replicas"], "readyReplicas": 1}
                member.objects[key] = {**live, "metadata": {**live["metadata"], "generation": 1}, "status": status}
    assert [len(labels) for labels in asked] == [0, 20, 5, 0, 20]
    assert sorted(asked[1] + asked[2]) == [f"app={name}" for name in names]
    member.refuses.add("pods")
    world.now += timedelta(minutes=1)
    done = await run_pass(replace(await world.reconciliation(files), cache=cache), world.recorded)
    assert not done.unreadable
    assert [line for line in member.log if line.startswith("pods")] == [f"pods shop app={names[20]}"], "one that fails ends it"


@pytest.mark.parametrize(
    "change",
    [
        {"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {}\n"},
        {"web-policy.yaml": policy_file("web", "Deployment", "")},
        {"web-policy.yaml": policy_file("web", "Deployment", f"{DIVIDED}, spreadConstraints: [{{spreadByField: cluster}}]")},
        {"web-policy.yaml": policy_file("web", "Deployment", DIVIDED, more="suspension: {dispatching: true}")},
    ],
)
async def test_others_are_not_even_asked_about(change: Files) -> None:
    world = World({**FILES, **settings(), **change}, m1=2, m2=2)
    for minutes in (0, 1, 6, 6):
        await world.step(minutes)
        assert not [line for lines in world.requests().values() for line in lines if line.startswith("pods")]
    assert not world.recorded.decisions[WEB].waiting
    assert world.now > NOW

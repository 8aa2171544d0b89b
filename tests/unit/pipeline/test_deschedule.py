"""Replicas that no node takes, through whole passes: observed, recorded, moved within the limits, and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.agent.report import Applied, known_pods, report_of
from reconciler.agent.scope import own_desired, own_state, seen_by_leader
from reconciler.model.binding import TargetCluster
from reconciler.model.descheduling import Waiting
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.passes.fleet import Fleet
from reconciler.passes.options import Options
from reconciler.passes.pass_cache import PassCache
from reconciler.passes.passes import run_pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiler import DecidedCompiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.explain import explanation
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.fold import NO_REPORT
from reconciler.record.member_reports import parse_report_file, report_file
from reconciler.review.explain import explain
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import NOW, Files, Playground, load
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload
from tests.unit.interpreter.test_resource_summary import node, pod
from tests.unit.passes.test_capacity import dynamic

M1 = ClusterName("m1")
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
        self.unplaced = True
        """Whether what is not ready has no node."""
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
                self._control(member, self.places[name], live)
        found = {name: member.objects.get(WEB) for name, member in self.members.items()}
        return {name: one["spec"]["replicas"] for name, one in found.items() if one is not None}

    def _control(self, member: FakeMember, places: int, live: Any) -> None:
        wanted = live["spec"]["replicas"]
        ready = min(wanted, places)
        status = {"observedGeneration": 1, "replicas": wanted, "updatedReplicas": wanted, "readyReplicas": ready}
        status |= {"availableReplicas": ready, "unavailableReplicas": wanted - ready}
        status["conditions"] = [{"type": "Available", "status": str(ready == wanted)}]
        member.objects[WEB] = {**live, "metadata": {**live["metadata"], "generation": 1}, "status": status}
        since = [pod["status"]["conditions"][0]["lastTransitionTime"] for pod in member.pods]
        since += [self.now.isoformat(timespec="seconds").replace("+00:00", "Z")] * (wanted - ready)
        member.pods = [_pod(moment) for moment in since[: wanted - ready]] if self.unplaced else []

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


class Pulled(World):
    """m1 has an agent in this process: it makes its own passes from the record, and the leader sees its reports only."""

    def __init__(self, files: Files, **places: int) -> None:
        super().__init__(files, **places)
        self.edge = self.members.pop("m1")
        self.agent = AgentCache()

    async def step(self, minutes: float = 0) -> dict[str, int]:
        self.now += timedelta(minutes=minutes)
        reconciliation = await self.reconciliation(self.files)
        reconciliation.fleet.pulled[M1] = await self._report()
        done = await run_pass(reconciliation, self.recorded)
        self.passes, self.recorded = [done], state_of(files_of(done.recorded))
        await self._report()
        found = {}
        for name, member in {**self.members, "m1": self.edge}.items():
            live: Any = member.objects.get(WEB)
            if live is not None:
                self._control(member, self.places[name], live)
                found[name] = live["spec"]["replicas"]
        return found

    async def _report(self) -> MemberReport | str:
        """Of a pass of the agent."""
        desired = load(self.files)
        own = [one for one in desired.clusters if one.name == M1]
        if not self.recorded.decisions:
            return NO_REPORT
        state = own_state(self.recorded, own)
        fleet = Fleet({M1: self.edge}, {})
        compiler = ThreadCompiler(DecidedCompiler())
        decided, seen = own_desired(desired, own), seen_by_leader(self.recorded, own)
        clock = self._clock
        reconciliation = Reconciliation(decided, "3f2c1ab", fleet, compiler, clock, cache=self.agent.cache, seen=seen)
        done = await run_pass(reconciliation, state)
        applied = Applied("3f2c1ab", "", self.recorded.clusters[M1].generation)
        self.agent.pods = known_pods(self.agent.pods, done, M1)
        report = report_of(done, M1, applied, self.now, timedelta(hours=1), pods=self.agent.pods)
        return parse_report_file(M1, report_file(report))


@dataclass
class AgentCache:
    """What the agent keeps from pass to pass."""

    cache: PassCache = field(default_factory=PassCache)
    pods: Mapping[ResourceKey, Waiting | None] = field(default_factory=dict)


async def test_an_agent_tells_which_replicas_find_no_node_and_the_leader_moves_them() -> None:
    files = {**FILES, "clusters/m1.yaml": cluster_file("m1").replace("Push", "Pull")}
    world = Pulled(files | settings(), m1=2, m2=9)
    for minutes in (0, 0, 1):
        await world.step(minutes)
    assert await world.step() == {"m1": 4, "m2": 1}
    assert [(name, one.replicas, one.ready, len(one.since)) for name, one in _waiting(world).items()] == [("m1", 4, 2, 2)]
    assert await world.step(3) == {"m1": 4, "m2": 1}
    (told,) = world.waits()
    assert told.startswith("no node on m1 takes 2 replicas: what none takes until 2026-")
    await world.step(2)
    for _ in range(3):
        await world.step()
    assert await world.step() == {"m1": 2, "m2": 3}
    assert "of 5 replicas, m1 keeps 2, because no node there takes more; the other clusters share 3" in world.reasons()
    for _ in range(3):
        assert await world.step(20) == {"m1": 2, "m2": 3}
    decision = world.recorded.decisions[WEB]
    assert (decision.caps, decision.waiting) == ({}, {}), "the cool-down is over"


async def test_pods_that_a_node_took_meanwhile_stay_with_an_agent_too() -> None:
    """They have a node and are not ready yet: neither waits any more."""
    files = {**FILES, "clusters/m1.yaml": cluster_file("m1").replace("Push", "Pull")}
    world = Pulled(files | settings(), m1=2, m2=9)
    for minutes in (0, 0, 1, 0):
        await world.step(minutes)
    assert list(_waiting(world)) == ["m1"]
    world.unplaced = False
    for minutes in (1, 1, 6, 6):
        assert await world.step(minutes) == {"m1": 4, "m2": 1}
    assert _waiting(world) == {}


def _waiting(world: World) -> Mapping[ClusterName, Waiting]:
    return world.recorded.decisions[WEB].waiting


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


async def test_replicas_that_move_by_capacity_share_the_room_that_is_left() -> None:
    """m2 has room for what one of two workloads gives up. The other one stays, says so, and is capped by nothing."""
    by_room = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}"
    files = {name: text for name, text in FILES.items() if not name.startswith("web")}
    files |= settings('failover: {maxObjects: "100%"}')
    for name in ("api", "web"):
        files |= dynamic(name, 4, by_room, cpu="1")
    world = Crowded("m1", "m2")
    world.members["m1"].nodes = [node(f"n{number}", memory="64Gi") for number in range(2)]
    for minutes in (0, 1):
        await world.step(files, minutes)
    assert world.placed() == {"api": {"m1": 4}, "web": {"m1": 4}}
    world.members["m2"].nodes = [node("n0", cpu="3", memory="64Gi")]
    for minutes in (1, 1, 6, 0, 1, 1):
        await world.step(files, minutes)
    assert world.placed() == {"api": {"m1": 2, "m2": 2}, "web": {"m1": 4}}
    decisions = {key.name: one for key, one in world.recorded.decisions.items() if key.kind == "Deployment"}
    assert {name: dict(one.caps).keys() for name, one in decisions.items()} == {"api": {"m1"}, "web": set()}
    decided = world.passes[-1].compiled.templates[WEB].decided
    assert decided.descheduled.waits == ("no node on m1 takes 2 replicas, and no other cluster can take them",)


class Crowded(Playground):
    """On m1, two Pods of each Deployment find no node; everything runs on m2."""

    async def step(self, files: Files, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        for member in self.members.values():
            member.tells_health = True
        await self.sync(files, options=Options(wait=False))
        self.recorded = state_of(files_of(self.recorded))
        for name, member in self.members.items():
            running = 0
            for key, live in member.objects.items():
                if key.kind == "Deployment":
                    wanted = live["spec"]["replicas"]
                    ready = min(wanted, 2 if name == "m1" else wanted)
                    running += ready
                    status = {"observedGeneration": 1, "replicas": wanted, "updatedReplicas": wanted, "readyReplicas": ready}
                    status |= {"availableReplicas": ready, "unavailableReplicas": wanted - ready}
                    status |= {"conditions": [{"type": "Available", "status": str(ready == wanted)}]}
                    member.objects[key] = {**live, "metadata": {**live["metadata"], "generation": 1}, "status": status}
            since = (NOW + timedelta(minutes=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
            member.pods = [pod("n0", cpu="1")] * running + ([_pod(since)] * 2 if name == "m1" else [])

    def placed(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for name, member in self.members.items():
            for key, live in member.objects.items():
                if key.kind == "Deployment" and live["spec"]["replicas"]:
                    found.setdefault(key.name, {})[name] = live["spec"]["replicas"]
        return found

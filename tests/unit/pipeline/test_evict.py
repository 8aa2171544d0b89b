"""Members that fail: what moves, what stays, and what comes back, on a fleet in memory that forgets everything between passes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.eviction import EvictionPhase
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.recorded import RecordedDecision
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Playground
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, config_file, on, policy_file, text, workload

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SINGLE = "spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 1}]"
TAINTS = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: lost}
    spec:
      addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
      removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
      taints: [{key: lost, effect: NoExecute}]
""")


def tolerating(seconds: int) -> str:
    return f"clusterTolerations: [{{key: lost, operator: Exists, tolerationSeconds: {seconds}}}]"


def settings(more: str = "", mode: str = "auto", objects: str = "100%") -> str:
    return text(f"""
        apiVersion: reconciler.dev/v1alpha1
        kind: Configuration
        spec: {{failover: {{mode: {mode}, maxMembers: 50%, maxObjects: {objects}{more}}}}}
    """)


def files(
    placement: str, *, members: int = 3, kind: str = "Deployment", configuration: str = "", more: str = ""
) -> dict[str, str]:
    return {
        **{f"clusters/m{number}.yaml": cluster_file(f"m{number}") for number in range(1, members + 1)},
        "reconciler.yaml": configuration or settings(),
        "namespace.yaml": NAMESPACE,
        "lost.yaml": TAINTS,
        "web.yaml": workload("web", 2, kind),
        "web-policy.yaml": policy_file("web", kind, placement, more=more),
    }


class World(Playground):
    """A fleet whose record is written and read between all passes, as by a program that starts again each time."""

    async def after(self, seconds: float, revision: dict[str, str], passes: int = 1) -> Pass:
        self.now += timedelta(seconds=seconds)
        for _ in range(passes):
            last = await self.sync(revision, options=Options(wait=False))
            assert state_of(files_of(self.recorded)) == self.recorded
            self.recorded = state_of(files_of(self.recorded))
        return last

    def fail(self, *names: str) -> None:
        for name in names:
            self.members[name].refuses.add("look")

    def heal(self, *names: str) -> None:
        for name in names:
            self.members[name].refuses.clear()

    def replicas(self, key: ResourceKey = WEB) -> dict[str, int]:
        copies = {name: member.objects[key] for name, member in self.members.items() if key in member.objects}
        return {name: get(copy, "spec", "replicas") for name, copy in copies.items()}

    def decision(self, key: ResourceKey = WEB) -> RecordedDecision:
        return self.recorded.decisions[key]

    def phases(self, key: ResourceKey = WEB) -> dict[str, EvictionPhase]:
        return {task.from_cluster: task.phase for task in self.decision(key).evictions}


async def started(revision: dict[str, str], *names: str) -> World:
    world = World(*names)
    await world.after(0, revision, passes=2)
    return world


async def test_a_workload_leaves_a_lost_member_and_only_its_own_copy_leaves_a_returning_one() -> None:
    revision = files(f"{on('m1', 'm2', 'm3')}, {SINGLE}, {tolerating(60)}")
    revision |= {"all.yaml": config_file("all"), "all-policy.yaml": policy_file("all", "ConfigMap", tolerating(10**6), api="v1")}
    world = await started(revision, "m1", "m2", "m3")
    assert world.replicas() == {"m1": 2}
    world.fail("m1")
    assert (await world.after(0, revision)).timer_in == 10
    await world.after(20, revision)
    assert world.recorded.clusters[ClusterName("m1")].taints == ()
    assert (await world.after(10, revision)).timer_in == 0
    last = await world.after(0, revision)
    (taint,) = last.recorded.clusters[ClusterName("m1")].taints
    assert taint.time_added is not None
    assert world.decision().evictions == ()
    assert last.compiled.evictions.due == taint.time_added + timedelta(seconds=60)
    await world.after(55, revision)
    assert world.replicas() == {"m1": 2}
    await world.after(5, revision, passes=3)
    assert world.replicas() == {"m1": 2, "m2": 2}
    assert world.phases() == {"m1": EvictionPhase.EVICTED}
    assert world.decision().binding.cluster_names == ("m2",)
    (task,) = world.decision().evictions
    assert (task.reason, task.message, task.replicas) == ("TaintUntolerated", "the member has the taint lost:NoExecute", 2)
    before = list(world.members["m1"].objects)
    world.heal("m1")
    await world.after(60, revision)
    assert set(before) - set(world.members["m1"].objects) == {WEB}
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m2": 2}
    await world.after(3600, revision, passes=2)
    assert world.replicas() == {"m2": 2}
    assert world.decision().evictions == ()


async def test_with_nowhere_to_go_the_copy_stays() -> None:
    revision = files(on("m1"))
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=3)
    assert world.decision().evictions == ()
    assert world.decision().binding.cluster_names == ("m1",)
    last = await world.after(0, revision)
    (said,) = last.compiled.templates[WEB].decided.eviction.waits
    assert (
        said
        == "it is to leave m1, because the member has the taint lost:NoExecute, and stays there: no other cluster can take it"
    )
    world.heal("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m1": 2}


async def test_off_moves_nothing() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", configuration=settings(mode="off"))
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(600, revision, passes=3)
    assert world.replicas() == {"m1": 2}
    assert world.recorded.clusters[ClusterName("m1")].taints != ()


async def test_all_members_lost_at_once_change_nothing() -> None:
    revision = files(f"{on('m1', 'm2', 'm3')}, {SINGLE}")
    world = await started(revision, "m1", "m2", "m3")
    before = world.decision()
    world.fail("m1", "m2", "m3")
    await world.after(0, revision)
    last = await world.after(600, revision, passes=3)
    assert world.decision() == before
    assert last.compiled.evictions.paused.startswith("only 0 of 3 members are Ready, so nothing is moved")
    world.heal("m1", "m2", "m3")
    await world.after(0, revision)
    await world.after(30, revision, passes=2)
    assert world.decision() == before
    assert world.replicas() == {"m1": 2}


async def test_replicas_of_a_divided_workload_move_to_the_others() -> None:
    revision = files(f"{on('m1', 'm2')}, {DIVIDED}")
    world = await started(revision, "m1", "m2", "m3")
    assert world.replicas() == {"m1": 1, "m2": 1}
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=4)
    assert world.replicas() == {"m1": 1, "m2": 2}
    world.heal("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m2": 2}


async def test_what_must_not_run_twice_waits_until_the_lost_copy_counts_as_gone() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", kind="StatefulSet", configuration=settings(", goneAfter: 2m"))
    key = ResourceKey("apps", "StatefulSet", "shop", "web")
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=2)
    assert world.phases(key) == {"m1": EvictionPhase.EVICTING}
    await world.after(100, revision, passes=2)
    assert world.replicas(key) == {"m1": 2}
    await world.after(30, revision, passes=2)
    assert world.replicas(key) == {"m1": 2, "m2": 2}


@pytest.mark.parametrize("period", [20, 45])
async def test_a_member_that_flaps_causes_one_move_at_most(period: int) -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}")
    world = await started(revision, "m1", "m2", "m3")
    places = [tuple(world.decision().binding.cluster_names)]
    for second in range(0, 300, 5):
        (world.fail if second // period % 2 == 0 else world.heal)("m1")
        await world.after(2, revision, passes=2)
        if places[-1] != world.decision().binding.cluster_names:
            places.append(world.decision().binding.cluster_names)
    moves = [place for place in places if len(place) == 1]
    assert moves == ([("m1",)] if period == 20 else [("m1",), ("m2",)])


async def test_failback_returns_to_the_member_before_when_it_was_well_for_long_enough() -> None:
    more = ", coolDown: 1m, failback: {whenHealthyFor: 10m}"
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", configuration=settings(more))
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=5)
    assert world.replicas() == {"m1": 2, "m2": 2}
    world.heal("m1")
    await world.after(60, revision)
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m2": 2}
    await world.after(500, revision, passes=3)
    assert world.replicas() == {"m2": 2}
    await world.after(120, revision)
    first = world.passes[0]
    assert [task.phase for task in first.recorded.decisions[WEB].evictions] == [EvictionPhase.RETURNING]
    assert first.recorded.decisions[WEB].binding.cluster_names == ("m1", "m2")
    await world.after(0, revision, passes=2)
    assert world.replicas() == {"m1": 2}
    assert world.decision().evictions == ()


async def test_failback_returns_to_the_earlier_affinity() -> None:
    terms = "clusterAffinities: [{affinityName: a, clusterNames: [m1]}, {affinityName: b, clusterNames: [m2]}]"
    revision = files(terms, configuration=settings(", coolDown: 1m, failback: {whenHealthyFor: 1m}"))
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=5)
    assert (world.decision().binding.cluster_names, world.decision().binding.affinity_name) == (("m2",), "b")
    world.heal("m1")
    await world.after(60, revision)
    await world.after(30, revision, passes=2)
    await world.after(60, revision, passes=4)
    assert (world.decision().binding.cluster_names, world.decision().binding.affinity_name) == (("m1",), "a")
    assert world.replicas() == {"m1": 2}


async def test_more_objects_than_the_share_wait() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", configuration=settings(objects="0.3"))
    for number in range(9):
        revision[f"c{number}.yaml"] = config_file(f"c{number}")
        revision[f"c{number}-policy.yaml"] = policy_file(f"c{number}", "ConfigMap", f"{on('m1', 'm2')}, {SINGLE}", api="v1")
    world = await started(revision, "m1", "m2", "m3")
    assert len(world.members["m2"].objects) == 1
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision)
    counts = []
    for _ in range(14):
        last = await world.after(0, revision)
        for one in world.passes:
            decisions = one.recorded.decisions.values()
            counts.append(sum(any(task.is_moving for task in one.evictions) for one in decisions))
    assert max(counts) == 3
    assert len(world.members["m2"].objects) == 11
    assert not last.compiled.evictions.paused

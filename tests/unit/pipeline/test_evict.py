"""Members that fail: what moves, what stays, and what comes back, on a fleet in memory that forgets everything between passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.agent.scope import own_desired, own_state
from reconciler.membership.failover_proposal import proposal_of
from reconciler.model.condition import Condition
from reconciler.model.eviction import EvictionPhase
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass
from reconciler.passes.survey import prune_rules
from reconciler.passes.timers import seconds_to_timer
from reconciler.pipeline.pipeline import compile_decided
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.history import change_text
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.object_history import ObjectFacts
from reconciler.review.object_changes import are_of_commits, changes_between
from tests.support.in_memory_fleet import NOW, Playground, load
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, config_file, on, policy_file, text, workload
from tests.unit.passes.test_pulled import BY_DISK

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
    before_it = ObjectFacts(world.decision(), world.recorded.report_of(WEB))
    await world.after(5, revision, passes=3)
    assert world.replicas() == {"m1": 2, "m2": 2}
    assert world.phases() == {"m1": EvictionPhase.EVICTED}
    assert world.decision().binding.cluster_names == ("m2",)
    (task,) = world.decision().evictions
    assert (task.reason, task.message, task.replicas) == ("TaintUntolerated", "the member has the taint lost:NoExecute", 2)
    states = [ObjectFacts(one.recorded.decisions[WEB], one.recorded.report_of(WEB)) for one in world.passes]
    changes = changes_between(before_it, states[-1])
    assert not are_of_commits(changes)
    told = [change_text(change) for change in changes]
    assert "evicted from m1: the member has the taint lost:NoExecute" in told
    assert "moved m1 → m2:2" in told
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


async def test_directly_waits_for_a_dead_member_no_longer_than_gone_after() -> None:
    """An answer would say that the old copy is gone; a dead member gives none."""
    directly = "failover: {cluster: {purgeMode: Directly}}"
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", configuration=settings(", goneAfter: 2m"), more=directly)
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=2)
    assert world.phases() == {"m1": EvictionPhase.EVICTING}
    await world.after(100, revision, passes=2)
    assert world.replicas() == {"m1": 2}
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m1": 2, "m2": 2}
    world.heal("m1")
    await world.after(60, revision)
    await world.after(30, revision, passes=2)
    assert world.replicas() == {"m2": 2}


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
    assert prune_rules(first.compiled, "m1", Options()).taken == frozenset(), "it is there like any other object again"
    await world.after(0, revision, passes=2)
    assert world.replicas() == {"m1": 2}
    assert world.decision().evictions == ()


async def test_a_condition_that_somebody_adds_to_the_record_stays_and_evicts() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}") | {"disk.yaml": BY_DISK}
    world = await started(revision, "m1", "m2", "m3")
    m1 = world.recorded.clusters[ClusterName("m1")]
    full = Condition("DiskPressure", "True", NOW, "Full", "its disks are full")
    added = replace(m1, conditions=(full, *m1.conditions))
    world.recorded = replace(world.recorded, clusters={**world.recorded.clusters, m1.name: added})
    await world.after(10, revision, passes=4)
    assert full in world.recorded.clusters[m1.name].conditions
    assert world.replicas() == {"m2": 2}


class Restarted(World):
    """Every pass is that of a new process."""

    async def after(self, seconds: float, revision: dict[str, str], passes: int = 1) -> Pass:
        for number in range(passes):
            self.compiler = ThreadCompiler()
            last = await super().after(0 if number else seconds, revision)
        return last


async def test_a_restart_in_the_middle_of_any_timer_changes_nothing() -> None:
    """Thresholds, a toleration, a move, the cool-down and a return. Every five seconds, there is a new process."""
    more = ", coolDown: 1m, failback: {whenHealthyFor: 2m}"
    revision = files(f"{on('m1', 'm2')}, {SINGLE}, {tolerating(20)}", configuration=settings(more))
    histories, phases = [], set[EvictionPhase]()
    for kind in (World, Restarted):
        world, history = kind("m1", "m2", "m3"), list[tuple[int, RecordedState]]()
        await world.after(0, revision, passes=2)
        for second in range(0, 420, 5):
            if second == 10:
                world.fail("m1")
            if second == 120:
                world.heal("m1")
            world.now = NOW + timedelta(minutes=1, seconds=second)
            await world.after(0, revision)
            history.append((second, world.recorded))
            phases |= {task.phase for done in world.passes for task in done.recorded.decisions[WEB].evictions}
        assert world.replicas() == {"m1": 2}
        histories.append(history)
    assert histories[0] == histories[1]
    assert phases == set(EvictionPhase)


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


def application(mode: str, more: str = "") -> str:
    return f"failover: {{application: {{decisionConditions: {{tolerationSeconds: 60}}, purgeMode: {mode}{more}}}}}"


def ailing(world: World, name: str, *, healthy: bool = False, key: ResourceKey = WEB) -> None:
    """The workload of this member reports what its controller would. New copies elsewhere are well."""
    member = world.members[name]
    done = 2 if healthy else 0
    counts = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": done, "readyReplicas": done, "observedGeneration": 1}
    copy = dict(member.objects[key])
    metadata = {**copy["metadata"], "generation": 1}
    ready = {"type": "Available", "status": "True" if healthy else "False"}
    member.objects[key] = {**copy, "metadata": metadata, "status": {**counts, "conditions": [ready]}}


async def ill(mode: str, more: str = "") -> tuple[World, dict[str, str]]:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", more=application(mode, more))
    revision["web-policy.yaml"] += "  propagateDeps: true\n"
    world = await started(revision, "m1", "m2", "m3")
    ailing(world, "m1")
    await world.after(0, revision)
    return world, revision


async def test_an_application_moves_when_it_was_unhealthy_for_too_long_without_a_break() -> None:
    world, revision = await ill("Gracefully")
    since = world.decision().unhealthy_since[ClusterName("m1")]
    last = await world.after(40, revision)
    assert last.compiled.evictions.due == since + timedelta(seconds=60)
    ailing(world, "m1", healthy=True)
    await world.after(0, revision)
    assert world.decision().unhealthy_since == {}
    ailing(world, "m1")
    await world.after(0, revision)
    await world.after(50, revision)
    assert world.decision().evictions == ()
    await world.after(10, revision, passes=3)
    (task,) = world.decision().evictions
    assert (task.reason, task.producer) == ("ApplicationFailure", "resource-binding-application-failover-controller")
    assert world.replicas() == {"m2": 2}


async def test_a_member_of_which_nothing_is_known_moves_no_application() -> None:
    world, revision = await ill("Gracefully")
    world.fail("m1")
    await world.after(0, revision)
    assert world.decision().unhealthy_since == {}


async def test_purge_mode_never_keeps_the_old_copy_until_the_policy_says_otherwise() -> None:
    world, revision = await ill("Never")
    await world.after(70, revision, passes=4)
    assert world.replicas() == {"m1": 2, "m2": 2}
    await world.after(3600, revision, passes=2)
    assert world.replicas() == {"m1": 2, "m2": 2}
    assert world.phases() == {"m1": EvictionPhase.EVICTED}
    changed = revision | {"web-policy.yaml": revision["web-policy.yaml"].replace("Never", "Gracefully")}
    await world.after(0, changed, passes=2)
    assert world.replicas() == {"m2": 2}


async def test_purge_mode_never_makes_the_new_copy_of_a_stateful_set_beside_the_old_one() -> None:
    """As in Karmada, and as the mode says: whoever keeps the old copy wants two."""
    key = ResourceKey("apps", "StatefulSet", "shop", "web")
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", kind="StatefulSet", more=application("Never"))
    revision["web-policy.yaml"] += "  propagateDeps: true\n"
    world = await started(revision, "m1", "m2", "m3")
    ailing(world, "m1", key=key)
    await world.after(0, revision)
    await world.after(70, revision, passes=4)
    assert world.replicas(key) == {"m1": 2, "m2": 2}
    assert world.phases(key) == {"m1": EvictionPhase.EVICTED}
    changed = revision | {"web-policy.yaml": revision["web-policy.yaml"].replace("Never", "Gracefully")}
    await world.after(0, changed, passes=3)
    assert world.replicas(key) == {"m2": 2}


async def test_a_kept_copy_delays_no_other_move() -> None:
    """m1 is lost and the object moves to m2; it fails there, and moves to m3; then m1 is well again, and it returns."""
    more = ", coolDown: 1m, failback: {whenHealthyFor: 10m}"
    placement = f"{on('m1', 'm2', 'm3')}, {SINGLE}"
    revision = files(placement, configuration=settings(more), more=application("Never"))
    revision["web-policy.yaml"] += "  propagateDeps: true\n"
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=5)
    assert world.phases() == {"m1": EvictionPhase.EVICTED}
    world.heal("m1")
    await world.after(60, revision)
    await world.after(30, revision, passes=2)
    ailing(world, "m2")
    await world.after(0, revision)
    await world.after(70, revision, passes=4)
    assert world.phases() == {"m1": EvictionPhase.EVICTED, "m2": EvictionPhase.EVICTED}
    assert world.decision().binding.cluster_names == ("m2", "m3")
    await world.after(700, revision, passes=4)
    assert world.phases() == {"m2": EvictionPhase.EVICTED}, "the return is over"
    assert world.replicas() == {"m1": 2, "m2": 2}
    ailing(world, "m1")
    await world.after(0, revision)
    await world.after(70, revision, passes=4)
    assert world.phases() == {"m1": EvictionPhase.EVICTED, "m2": EvictionPhase.EVICTED}
    assert world.replicas() == {"m1": 2, "m2": 2, "m3": 2}


async def test_state_is_preserved_as_labels_of_the_one_successor() -> None:
    rule = ', statePreservation: {rules: [{aliasLabelName: example.com/job, jsonPath: "n-{.updatedReplicas}"}]}'
    world, revision = await ill("Directly", rule)
    labels = []
    for seconds in (70, 0, 0):
        await world.after(seconds, revision)
        rendered = [one.compiled.templates[WEB].rendering.manifests.get(ClusterName("m2")) for one in world.passes]
        labels += [get(one.manifest, "metadata", "labels", "example.com/job") for one in rendered if one is not None]
    assert labels[0] == "n-2"
    assert world.replicas() == {"m2": 2}
    await world.after(0, revision, passes=2)
    assert get(world.members["m2"].objects[WEB], "metadata", "labels", "example.com/job") is None


async def test_what_has_no_state_to_preserve_stays() -> None:
    rule = ', statePreservation: {rules: [{aliasLabelName: example.com/job, jsonPath: "{.missing}"}]}'
    world, revision = await ill("Directly", rule)
    last = await world.after(70, revision, passes=2)
    assert world.replicas() == {"m1": 2}
    (said,) = last.compiled.templates[WEB].decided.eviction.waits
    assert said.endswith("waits: the state to preserve was never seen there")


async def test_propose_moves_nothing_until_a_person_allows_it_and_nothing_that_fails_later() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", configuration=settings(", coolDown: 0s", mode="propose"))
    world = await started(revision, "m1", "m2", "m3")
    assert proposal_of(world.passes[-1].compiled) is None
    world.fail("m1")
    await world.after(0, revision)
    last = await world.after(30, revision, passes=3)
    assert world.replicas() == {"m1": 2}
    proposal = proposal_of(last.compiled)
    assert proposal is not None
    assert proposal.message.splitlines()[0] == "Let 1 object leave m1"
    assert "- Deployment.apps shop/web" in proposal.message
    merged = revision | {
        path: content.decode() for path, content in proposal.edited({"clusters/m1.yaml": revision["clusters/m1.yaml"]}).items()
    }
    await world.after(0, merged, passes=3)
    assert world.replicas() == {"m1": 2, "m2": 2}
    world.heal("m1")
    await world.after(60, merged)
    await world.after(60, merged, passes=2)
    world.fail("m2")
    await world.after(0, merged)
    await world.after(30, merged, passes=3)
    assert world.replicas() == {"m2": 2}
    last = await world.after(0, merged)
    again = proposal_of(last.compiled)
    assert again is not None
    assert list(again.annotations) == ["m2"]


async def test_a_replacement_that_fails_too_takes_nothing_away() -> None:
    revision = files(f"{on('m1', 'm2')}, {SINGLE}", members=5)
    world = await started(revision, *(f"m{number}" for number in range(1, 6)))
    world.fail("m1")
    world.members["m2"].refuses.add(str(WEB))
    await world.after(0, revision)
    await world.after(30, revision, passes=3)
    assert world.phases() == {"m1": EvictionPhase.EVICTING}
    world.fail("m2")
    await world.after(0, revision)
    await world.after(30, revision, passes=3)
    assert world.phases() == {}
    world.heal("m1")
    await world.after(60, revision)
    await world.after(60, revision, passes=4)
    assert world.replicas() == {"m1": 2}
    assert world.decision().binding.cluster_names == ("m1",)


async def test_a_broken_policy_file_ends_no_purge_mode_never() -> None:
    world, revision = await ill("Never")
    await world.after(70, revision, passes=4)
    broken = revision | {"web-policy.yaml": "kind: [never closed\n"}
    await world.after(0, broken, passes=3)
    assert world.replicas() == {"m1": 2, "m2": 2}
    assert world.phases() == {"m1": EvictionPhase.EVICTED}


async def test_an_agent_may_remove_what_an_eviction_took_and_nothing_else_beyond_the_guard() -> None:
    """What the record says is what the agent of the returning member acts on."""
    revision = files(f"{on('m1', 'm2')}, {SINGLE}")
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    await world.after(0, revision)
    await world.after(30, revision, passes=4)
    desired = load(revision)
    own = [one for one in desired.clusters if one.name == "m1"]
    compiled = compile_decided(own_desired(desired, own), own_state(world.recorded, own), world.now, Memo())
    assert prune_rules(compiled, "m1", Options()).taken == {WEB}
    other = [one for one in desired.clusters if one.name == "m2"]
    compiled = compile_decided(own_desired(desired, other), own_state(world.recorded, other), world.now, Memo())
    assert prune_rules(compiled, "m2", Options()).taken == frozenset()


async def test_a_member_that_a_process_cannot_ask_does_not_make_passes_follow_one_another() -> None:
    revision = files(on("m1", "m2"), configuration=settings(mode="off"))
    world = await started(revision, "m1", "m2", "m3")
    world.fail("m1")
    last = await world.after(0, revision)
    assert last.timer_in == 30
    assert seconds_to_timer(last.compiled, last.recorded, world.now + timedelta(seconds=31)) == 10


async def test_times_beyond_the_calendar_are_for_ever() -> None:
    revision = files(
        f"{on('m1', 'm2', 'm3')}, {SINGLE}, {tolerating(60)}",
        configuration=settings(", coolDown: 99999999999999999999h, failback: {whenHealthyFor: 99999999h}"),
    )
    world = await started(revision, "m1", "m2", "m3")
    taint = "taints: [{key: lost, effect: NoExecute, timeAdded: '9999-12-31T23:59:59Z'}]"
    tainted = cluster_file("m1").replace("syncMode", f"{taint}, syncMode")
    await world.after(10, revision | {"clusters/m1.yaml": tainted})
    assert world.replicas() == {"m1": 2}
    await world.after(10, revision | {"clusters/m1.yaml": tainted.replace("9999", "2000")}, passes=4)
    assert world.replicas() == {"m2": 2}
    await world.after(10, revision, passes=4)
    assert world.replicas() == {"m2": 2}

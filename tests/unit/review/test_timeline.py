"""What would be evicted within a time: the clock steps over thresholds, tolerations and the storm guard."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.model.cluster import Taint
from reconciler.model.condition import READY, Condition
from reconciler.model.failover import FailoverMode
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.timeline import timeline_lines
from reconciler.review.timeline import Incident, Timeline, simulate_time
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

SINGLE = "spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 1}]"
LOST = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: lost}
    spec:
      addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
      taints: [{key: lost, effect: NoExecute}]
""")
DRAIN = Incident(taints={"m1": (Taint("drain", "", "NoExecute"),)})


def files(*names: str, mode: str = "auto", objects: str = "100%", tolerated: str = "60", members: int = 3) -> dict[str, str]:
    toleration = (
        f"clusterTolerations: [{{operator: Exists, effect: NoExecute{tolerated and f', tolerationSeconds: {tolerated}'}}}]"
    )
    return {
        **{f"clusters/m{number}.yaml": cluster_file(f"m{number}") for number in range(1, members + 1)},
        "reconciler.yaml": text(f"""
            apiVersion: reconciler.dev/v1alpha1
            kind: Configuration
            spec: {{failover: {{mode: {mode}, maxMembers: 50%, maxObjects: {objects}}}}}
        """),
        "namespace.yaml": NAMESPACE,
        "lost.yaml": LOST,
        **{f"{name}.yaml": workload(name, 2) for name in names},
        **{
            f"{name}-policy.yaml": policy_file(name, "Deployment", f"{on('m1', 'm2', 'm3')}, {SINGLE}, {toleration}")
            for name in names
        },
    }


def simulated(revision: Files, incident: Incident, minutes: float) -> Timeline:
    compiler = Compiler()
    desired = load(revision, compiler)
    return asyncio.run(
        simulate_time(desired, RecordedState(), incident, timedelta(minutes=minutes), ThreadCompiler(compiler), NOW)
    )


def moves(timeline: Timeline) -> list[tuple[int, str, str, tuple[str, ...]]]:
    return [
        (int(one.after.total_seconds()), one.key.name, one.task.from_cluster, tuple(target.name for target in one.targets))
        for one in timeline.moves
    ]


def test_a_lost_member_is_given_up_after_the_threshold_and_the_toleration() -> None:
    found = simulated(files("web"), Incident(lost=frozenset({"m1"})), minutes=20)
    assert moves(found) == [(90, "web", "m1", ("m2",))]
    assert (dict(found.waiting), dict(found.staying), found.untainted) == ({}, {}, ())


def test_a_shorter_loss_moves_nothing_and_says_when_it_would() -> None:
    found = simulated(files("web"), Incident(lost=frozenset({"m1"})), minutes=1)
    assert moves(found) == []
    ((why,),) = found.waiting.values()
    assert why.startswith("it leaves m1 at ")


def test_a_taint_counts_from_the_beginning_and_the_guard_lets_one_object_follow_the_other() -> None:
    found = simulated(files("a", "b", "c", objects="1%"), DRAIN, minutes=5)
    assert moves(found) == [(60, name, "m1", ("m2",)) for name in "abc"]


def test_what_tolerates_the_taint_for_ever_stays() -> None:
    found = simulated(files("web", tolerated=""), DRAIN, minutes=60)
    assert (moves(found), [key.name for key in found.staying]) == ([], ["web"])


def test_what_finds_no_place_waits() -> None:
    revision = files("web", members=1)
    found = simulated(revision, DRAIN, minutes=60)
    ((why,),) = found.waiting.values()
    assert (moves(found), "no other cluster can take it" in why) == ([], True)


def test_without_a_taint_nothing_is_evicted_from_a_lost_member() -> None:
    revision = {path: content for path, content in files("web").items() if path != "lost.yaml"}
    assert simulated(revision, Incident(lost=frozenset({"m1"})), minutes=60).untainted == ("m1",)


@pytest.mark.parametrize(("mode", "words"), [("off", "nothing is evicted"), ("propose", "until somebody merges it")])
def test_the_mode_of_the_configuration_is_told(mode: str, words: str) -> None:
    found = simulated(files("web", mode=mode), DRAIN, minutes=5)
    told = "\n".join(str(line) for line in timeline_lines(found))
    assert (found.mode, words in told, len(found.moves)) == (FailoverMode(mode), True, 1)


def test_a_member_that_failed_when_it_was_recorded_does_not_make_the_clock_go_second_by_second() -> None:
    compiler, moments = Compiler(), set[datetime]()
    desired = load(files("web"), compiler)

    class Counting(ThreadCompiler):
        async def compile(self, desired: Any, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
            moments.add(now)
            return await super().compile(desired, recorded, now, settled=settled)

    name, ready = ClusterName("m3"), Condition(READY, "True", None, "ClusterReady")
    failing = RecordedCluster(name, "clusters/m3.yaml", conditions=(ready,), pending_since=NOW - timedelta(seconds=40))
    recorded = RecordedState(clusters={name: failing})
    asyncio.run(simulate_time(desired, recorded, DRAIN, timedelta(minutes=20), Counting(compiler), NOW))
    assert moments == {NOW, NOW + timedelta(seconds=60)}

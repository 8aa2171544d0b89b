"""One status for all copies, in the object's report."""

from __future__ import annotations

from typing import Any

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedState
from reconciler.passes.options import Options
from reconciler.record.branch_layout import files_of, state_of
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP, on, policy_file, text

WEB = ResourceKey("apps", "Deployment", "shop", "web")
JOB = ResourceKey("batch", "Job", "shop", "once")
JOBS = SHOP | {
    "job.yaml": text("""
        apiVersion: batch/v1
        kind: Job
        metadata: {name: once, namespace: shop}
        spec:
          template:
            spec: {restartPolicy: Never, containers: [{name: main, image: "once:1"}]}
    """),
    "job-policy.yaml": policy_file("once", "Job", on("m1", "m2"), api="batch/v1"),
}


class Reporting(FakeMember):
    """Its copies of these objects have these statuses."""

    def __init__(self, name: str, **reports: Any) -> None:
        super().__init__(name)
        self.reports: dict[ResourceKey, Any] = {}

    async def look(self, keys: Any) -> Any:
        for key, status in self.reports.items():
            if key in self.objects:
                self.objects[key] = {**self.objects[key], "status": status}
        return await super().look(keys)


def fleet(key: ResourceKey, **reports: Any) -> Playground:
    playground = Playground("m3")
    for name, status in reports.items():
        playground.members[name] = Reporting(name)
        playground.members[name].reports = {key: status}  # type: ignore[attr-defined]
    return playground


def aggregated_status(playground: Playground, key: ResourceKey) -> Manifest | None:
    return playground.recorded.report_of(key).aggregated


READY = {
    "replicas": 2,
    "readyReplicas": 2,
    "availableReplicas": 2,
    "updatedReplicas": 2,
    "conditions": [{"type": "Available", "status": "True"}],
}


async def test_statuses_of_the_copies_are_summed_and_read_back() -> None:
    playground = fleet(WEB, m1=READY, m2=READY | {"unavailableReplicas": 0})
    await playground.sync(SHOP)
    await playground.sync(SHOP)  # The first pass writes, and the second sees the statuses.
    status = aggregated_status(playground, WEB)
    assert status is not None
    assert (status["replicas"], status["readyReplicas"]) == (4, 4)
    written = files_of(playground.recorded)
    assert state_of(written) == playground.recorded
    playground.recorded = state_of(written)
    await playground.sync(SHOP)
    assert files_of(playground.recorded) == written


async def test_a_member_that_is_not_observed_takes_nothing_away() -> None:
    playground = fleet(WEB, m1=READY, m2=READY)
    await playground.sync(SHOP)
    await playground.sync(SHOP)  # The first pass writes, and the second sees the statuses.
    before = aggregated_status(playground, WEB)
    await playground.sync(SHOP, options=Options(only=frozenset({ClusterName("m1")})))
    assert aggregated_status(playground, WEB) == before
    playground.members["m2"].refuses.add("look")
    await playground.sync(SHOP)
    assert aggregated_status(playground, WEB) == before


async def test_times_that_a_rule_set_stay() -> None:
    done = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
    playground = fleet(JOB, m1=done, m2=done)
    await playground.sync(JOBS)
    await playground.sync(JOBS)  # The first pass writes, and the second sees the statuses.
    first = files_of(playground.recorded)
    status = aggregated_status(playground, JOB)
    assert status is not None
    assert [condition["type"] for condition in status["conditions"]] == ["Complete"]
    await playground.sync(JOBS)
    assert files_of(playground.recorded) == first


async def test_without_a_status_there_is_no_aggregated_status() -> None:
    playground = Playground("m1", "m2", "m3")
    await playground.sync(SHOP)
    assert aggregated_status(playground, WEB) is None
    assert playground.recorded != RecordedState()

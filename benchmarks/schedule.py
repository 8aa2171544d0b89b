"""How many bindings a second are decided over 1,000 clusters: `python -m benchmarks.schedule [CLUSTERS] [BINDINGS]`.

One core, no files: the answer alone, for each strategy, for first decisions and for the ones after them. Every binding has a
number and requests of its own; the policy is shared, as policies are. Each figure is the best of three. "plain loops" relates a
binding to a fixed loop of plain Python in the same process, for on a shared machine seconds say little.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from typing import Any

from benchmarks.clock import plain_loop, stopwatch
from reconciler.load.capacity import parse_capacity, parse_resources
from reconciler.load.parse import as_admitted, parse_cluster, parse_placement
from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement
from reconciler.model.workload import Workload
from reconciler.schedule.reschedule import digest_placement
from reconciler.schedule.result import ScheduleResult
from reconciler.schedule.schedule_template import schedule
from reconciler.schedule.task import PreviousSchedule, Task

_RUNS = 3
_DYNAMIC = {"replicaDivisionPreference": "Weighted", "weightPreference": {"dynamicWeight": "AvailableReplicas"}}
_WEIGHTS = [
    {"targetCluster": {"labelSelector": {"matchLabels": {"tier": tier}}}, "weight": weight}
    for tier, weight in (("0", 1), ("1", 3))
]
_BY_CLUSTER = [{"spreadByField": "cluster", "minGroups": 2, "maxGroups": 20}]
_BY_REGION = [{"spreadByField": "region", "minGroups": 2, "maxGroups": 3}, *_BY_CLUSTER]
STRATEGIES: dict[str, dict[str, Any]] = {
    "Duplicated": {"replicaScheduling": {"replicaSchedulingType": "Duplicated"}},
    "static weights": {"replicaScheduling": {"weightPreference": {"staticWeightList": _WEIGHTS}}},
    "dynamic weights": {"replicaScheduling": _DYNAMIC},
    "Aggregated": {"replicaScheduling": {"replicaDivisionPreference": "Aggregated"}},
    "Aggregated, 20 clusters": {
        "replicaScheduling": {"replicaDivisionPreference": "Aggregated"},
        "spreadConstraints": _BY_CLUSTER,
    },
    "Aggregated, 3 regions": {
        "replicaScheduling": {"replicaDivisionPreference": "Aggregated"},
        "spreadConstraints": _BY_REGION,
    },
}


def main() -> None:
    count, bindings = (int(word) for word in (*sys.argv[1:], *("1000", "200")[len(sys.argv) - 1 :]))
    random.seed(1)
    clusters = tuple(member(number) for number in range(count))
    workloads = [workload(number) for number in range(bindings)]
    loop = plain_loop()
    print(f"{count:,} clusters, {bindings:,} bindings; bindings per second (plain loops each)")
    print(f"{'':26}{'first':>20}{'grown by a half':>20}{'unchanged':>20}")
    for name, document in STRATEGIES.items():
        placement = parse_placement(as_admitted(document))
        first, outcomes = timed([Task(one, placement) for one in workloads], clusters)
        grown = [replace(one, replicas=one.replicas * 3 // 2) for one in workloads]
        again, _ = timed([after(one, placement, past) for one, past in zip(grown, outcomes, strict=True)], clusters)
        still, _ = timed([after(one, placement, past) for one, past in zip(workloads, outcomes, strict=True)], clusters)
        figures = (f"{bindings / seconds:,.0f} ({seconds / bindings / loop:.3f})" for seconds in (first, again, still))
        print(f"{name:26}" + "".join(f"{figure:>20}" for figure in figures))


def member(number: int) -> Cluster:
    summary = {"allocatable": {"pods": random.randint(50, 500), "cpu": random.randint(20, 200), "memory": "512Gi"}}
    document = {
        "metadata": {"name": f"member{number:04}", "labels": {"tier": str(number % 2)}},
        "spec": {"region": f"region{number % 10}", "provider": "p", "zones": [f"zone{number % 30}"]},
        "status": {"resourceSummary": summary},
    }
    return replace(parse_cluster(document), capacity=parse_capacity(document))


def workload(number: int) -> Workload:
    needs = parse_resources({"cpu": f"{random.randint(1, 8) * 100}m", "memory": f"{random.randint(1, 8) * 128}Mi"})
    return Workload(GroupVersionKind("apps", "v1", "Deployment"), random.randint(2, 100), needs, uid=str(number))


def after(one: Workload, placement: Placement, past: ScheduleResult) -> Task:
    previous = PreviousSchedule(
        past.targets, past.affinity_name, digest_placement(as_go_json(placement.document), past.affinity_name)
    )
    return Task(one, placement, previous)


def timed(tasks: list[Task], clusters: tuple[Cluster, ...]) -> tuple[float, list[ScheduleResult]]:
    runs = [_timed_once(tasks, clusters) for _ in range(_RUNS)]
    return min(seconds for seconds, _ in runs), runs[0][1]


def _timed_once(tasks: list[Task], clusters: tuple[Cluster, ...]) -> tuple[float, list[ScheduleResult]]:
    memo = Memo()
    with stopwatch() as spent:
        outcomes = [schedule(task, clusters, memo) for task in tasks]
    assert all(outcome.refusal is None for outcome in outcomes)
    return spent["cpu"], outcomes


if __name__ == "__main__":
    main()

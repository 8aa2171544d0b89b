"""A member is lost: how long the decision takes, what is recorded, and how much moves at once: `python -m benchmarks.failover`.

1,000 workloads on 100 members in memory, without Git and without network, through whole passes of the real code; a pass every ten
seconds of a clock that is set. Each workload has ten replicas, divided over five members. *spread*: the five neighbours of a
number, so that every member has a part of 50 workloads. *gathered*: the same five for all, so that the lost member has a part of
each, and five more members are free to take it.

*decide* is the CPU time of the compilation in which evictions begin, the longest of them; *pass* that of the longest whole pass
since the loss. *commits* are passes that change the record: `run` makes at most one commit for each. *peak* is the largest number
of objects that move at the same time; `maxObjects` is 30 %, the default.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.clock import plain_loop, stopwatch
from reconciler.model.desired import DesiredState
from reconciler.model.eviction import EvictionPhase
from reconciler.model.recorded import RecordedState
from reconciler.passes.passes import run_pass
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import ThreadCompiler
from tests.support.in_memory_fleet import Playground
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

_EACH = 5
"""Members of one workload."""
_STEP = timedelta(seconds=10)
_DIVIDED = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}"
_SETTINGS = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Configuration
    spec: {failover: {mode: auto}}
""")
_LOST = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: lost}
    spec:
      addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
      taints: [{key: lost, effect: NoExecute}]
""")


class TimedCompiler(ThreadCompiler):
    """Notes the CPU time of the last compilation."""

    seconds = 0.0

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        with stopwatch() as spent:
            compiled = await super().compile(desired, recorded, now, settled=settled)
        self.seconds = spent["cpu"]
        return compiled


@dataclass
class Figures:
    """Of one loss, from the pass that sees it to the pass after which nothing changes."""

    decide: float = 0.0
    longest_pass: float = 0.0
    passes: int = 0
    commits: int = 0
    peak: int = 0
    moved: set[str] = field(default_factory=set)


def main() -> None:
    workloads, members = (int(word) for word in (*sys.argv[1:], *("1000", "100")[len(sys.argv) - 1 :]))
    loop = plain_loop()
    print(f"{workloads:,} workloads on {members} members, one lost (a plain loop takes {loop:.3f} s)")
    print(f"{'':10}{'moved':>8}{'decide':>10}{'loops':>8}{'pass':>10}{'passes':>8}{'commits':>9}{'peak':>7}")
    for name in ("spread", "gathered"):
        figures = asyncio.run(lose(files_of(workloads, members, gathered=name == "gathered"), members))
        print(
            f"{name:10}{len(figures.moved):>8,}{figures.decide:>9.2f}s{figures.decide / loop:>8.1f}{figures.longest_pass:>9.2f}s"
            f"{figures.passes:>8}{figures.commits:>9}{figures.peak:>7}"
        )


def files_of(workloads: int, members: int, *, gathered: bool) -> dict[str, str]:
    files = {"reconciler.yaml": _SETTINGS, "lost.yaml": _LOST, "namespace.yaml": NAMESPACE}
    files |= {f"clusters/{name_of(number)}.yaml": cluster_file(name_of(number)) for number in range(members)}
    for number in range(workloads):
        first = 0 if gathered else number
        names = [name_of((first + step) % members) for step in range(2 * _EACH if gathered else _EACH)]
        exact = f", spreadConstraints: [{{spreadByField: cluster, minGroups: {_EACH}, maxGroups: {_EACH}}}]" if gathered else ""
        files[f"apps/web-{number:04}.yaml"] = workload(f"web-{number:04}", 2 * _EACH)
        policy = policy_file(f"web-{number:04}", "Deployment", f"{_DIVIDED}, {on(*names)}{exact}")
        files[f"policies/web-{number:04}.yaml"] = policy
    return files


def name_of(number: int) -> str:
    return f"member{number:03}"


async def lose(files: dict[str, str], members: int) -> Figures:
    compiler = TimedCompiler()
    world = Playground(*map(name_of, range(members)), compiler=compiler)
    reconciliation = await world.reconciliation(files)
    recorded, lost, figures = RecordedState(), name_of(0), Figures()
    for _ in range(3):
        recorded = (await run_pass(reconciliation, recorded)).recorded
    held = {str(key) for key, one in recorded.decisions.items() if lost in one.binding.cluster_names and key.kind == "Deployment"}
    world.members[lost].refuses.add("look")
    quiet = 0
    while quiet < 10:
        world.now += _STEP
        with stopwatch() as spent:
            done = await run_pass(reconciliation, recorded)
        before, recorded = recorded, done.recorded
        begins = _evicting(recorded) - _evicting(before)
        figures.passes += 1
        figures.longest_pass = max(figures.longest_pass, spent["cpu"])
        figures.commits += recorded != before
        figures.peak = max(figures.peak, len(_evicting(recorded)))
        figures.moved |= begins
        if begins:
            figures.decide = max(figures.decide, compiler.seconds)
        quiet = quiet + 1 if recorded == before else 0
    assert figures.moved == held, (len(figures.moved), len(held))
    figures.passes -= quiet
    return figures


def _evicting(state: RecordedState) -> set[str]:
    """The objects that leave a member now."""
    tasks = ((str(key), task) for key, decision in state.decisions.items() for task in decision.evictions)
    return {key for key, task in tasks if task.phase is EvictionPhase.EVICTING}


if __name__ == "__main__":
    main()

"""What many rollouts at once cost: `python -m benchmarks.rollouts [CLUSTERS] [ROLLOUTS]`.

One commit changes the Deployments of all policies, each with a rollout of its own over ten groups of clusters. The members are
simulated: what they are given is Current at once. Measured is what this program decides and records in each pass, from the
compilation to the files of the status branch. README.md has the last figures.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchmarks.clock import plain_loop
from reconciler.model.desired import DesiredState
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.model.rollout import RolloutPhase
from reconciler.model.tree import TreeEntry
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import WorkMaker
from reconciler.record.branch_layout import files_of
from reconciler.record.next_state import Observation, next_state

_GROUPS = 10
_BEFORE, _AFTER = "1" * 40, "2" * 40


def main() -> None:
    clusters, rollouts = (int(word) for word in (*sys.argv[1:], *("1000", "100")[len(sys.argv) - 1 :]))
    world = World()
    before = world.load(_BEFORE, files(clusters, rollouts, "app:1"))
    world.take_pass(before)
    begun = time.process_time()
    after = replace(world.load(_AFTER, files(clusters, rollouts, "app:2")), earlier={_BEFORE: before})
    loaded = time.process_time() - begun
    seconds, changed = [], []
    while not world.recorded.rollouts or any(one.phase is RolloutPhase.PROGRESSING for one in world.recorded.rollouts.values()):
        spent, files_changed = world.take_pass(after)
        seconds.append(spent)
        changed.append(files_changed)
    assert all(one.phase is RolloutPhase.COMPLETED for one in world.recorded.rollouts.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    loop = plain_loop()
    print(f"{clusters:,} clusters, {rollouts:,} rollouts at once, {_GROUPS} groups each (loops of {loop:.3f} s)")
    print(f"loading the commit: {loaded:.2f} s CPU")
    print(f"{len(seconds)} passes; a group: median {sorted(seconds)[len(seconds) // 2]:.2f} s CPU, at most {max(seconds):.2f} s")
    print(f"files of the status branch that change in a pass: at most {max(changed):,}")
    print(f"peak of memory: {memory:,.0f} MiB")


@dataclass
class World:
    """A repository and members that do at once what they are told."""

    compiler: Compiler = field(default_factory=Compiler)
    works: WorkMaker = field(default_factory=WorkMaker)
    recorded: RecordedState = field(default_factory=RecordedState)
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    _memo: Memo = field(default_factory=Memo)
    _states: Memo = field(default_factory=Memo)
    _written: dict[str, bytes] = field(default_factory=dict)

    def load(self, commit: str, contents: dict[str, str]) -> DesiredState:
        tree = {path: TreeEntry(hashlib.sha256(text.encode()).hexdigest(), 0o100644) for path, text in contents.items()}
        return replace(
            self.compiler.load(tree, {tree[path].blob: text.encode() for path, text in contents.items()}), revision=commit
        )

    def take_pass(self, desired: DesiredState) -> tuple[float, int]:
        """Seconds of CPU, without what the simulated members cost, and files of the status branch that changed."""
        self.now += timedelta(seconds=1)
        begun = time.process_time()
        compiled = self.compiler.compile(desired, self.recorded, self.now)
        works = self.works.works(compiled)
        spent = time.process_time() - begun
        statuses = {name: self._memo(_statuses, name, work.manifests) for name, work in works.items()}
        begun = time.process_time()
        self.recorded = next_state(compiled, works, Observation(desired.revision, self.now, statuses), self._states)
        self.compiler.next_pass()
        written = files_of(self.recorded, self._states)
        changed = sum(self._written.get(path) != text for path, text in written.items())
        spent += time.process_time() - begun
        self._written = written
        self._memo.next_pass()
        self._states.next_pass()
        return spent, changed


def _statuses(name: ClusterName, manifests: tuple[RenderedManifest, ...]) -> dict[ResourceKey, ClusterStatus]:
    return {one.key: ClusterStatus(name, True, _WELL, digest=one.public_digest) for one in manifests}


_WELL = Health(HealthStatus.CURRENT, CURRENT.message)


def files(clusters: int, rollouts: int, image: str) -> dict[str, str]:
    groups = ", ".join(
        f"{{name: g{number}, clusterSelector: {{matchLabels: {{group: g{number}}}}}}}" for number in range(_GROUPS)
    )
    made = {
        "reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\n"
        f"spec: {{rollouts: {{wide: {{groups: [{groups}]}}}}}}\n"
    }
    for number in range(clusters):
        made[f"clusters/m{number:04}.yaml"] = (
            "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\n"
            f"metadata: {{name: m{number:04}, labels: {{group: g{number % _GROUPS}}}}}\n"
            f'spec: {{syncMode: Push, apiEndpoint: "file:m{number:04}"}}\n'
        )
    for number in range(rollouts):
        made[f"apps/a{number:04}.yaml"] = _APP.format(name=f"a{number:04}", image=image)
    return made


_APP = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: app, image: "{image}"}}]}}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {{name: {name}, namespace: shop, annotations: {{reconciler.dev/rollout: wide}}}}
spec:
  resourceSelectors: [{{apiVersion: apps/v1, kind: Deployment, name: {name}}}]
  placement: {{}}
"""

if __name__ == "__main__":
    main()

"""A recorded state for a repository whose status branch was lost, from what the members hold. Pure.

Without it, the scheduler would place every workload afresh, and a lost branch would move copies.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.customization import Operation
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pipeline.compiled import Compiled

Copies = list[tuple[ClusterName, Manifest]]
"""Live copies of one object, sorted by cluster name."""


def rebuild_state(compiled: Compiled, views: Mapping[ClusterName, LiveView | str]) -> RecordedState:
    """The decisions that the copies in the members show.

    views: what each member holds; a sentence for a member that could not be read. Every WorkloadRebalancer counts as done, so
    that none moves anything.
    """
    decisions = {
        key: RecordedDecision(_binding(key, copies, compiled.interpreter), template_file="")
        for key, copies in sorted(_copies(views, compiled.desired.settings.instance).items())
    }
    rebalanced = {one.name: tuple(sorted(set(one.workloads))) for one in compiled.desired.rebalancers}
    return RecordedState(decisions=decisions, clusters=compiled.recorded.clusters, rebalanced=rebalanced)


def _copies(views: Mapping[ClusterName, LiveView | str], instance: str) -> dict[ResourceKey, Copies]:
    """The copies that belong to us (`LiveView.is_ours`)."""
    copies: dict[ResourceKey, Copies] = {}
    for name, view in sorted(views.items()):
        if isinstance(view, LiveView):
            for key in view.objects:
                if view.is_ours(key, instance):
                    copies.setdefault(key, []).append((name, view.objects[key]))
    return copies


def _binding(key: ResourceKey, copies: Copies, interpreter: Interpreter) -> Binding:
    """Each member keeps the number of replicas that its copy has, whatever the total was."""
    targets = tuple(TargetCluster(name, _replicas(manifest, interpreter)) for name, manifest in copies)
    total = sum(target.replicas for target in targets)
    workload = any(interpreter.has_rule(gvk_of(manifest), Operation.REPLICAS) for _, manifest in copies)
    return Binding(key, None, targets, total, divided=False, workload=workload)


def _replicas(live: Manifest, interpreter: Interpreter) -> int:
    try:
        return interpreter.count(live)
    except MalformedObjectError:
        return 0

"""Copies that members hold and no decision names: of a status branch that was lost, or of a member that was never read under its
name. Pure.

Without them, the scheduler would place every workload afresh, and a lost branch would move copies. And a member that is declared
again, or under another name, would lose copies that nothing has replaced yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.registry import completions_of
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.customization import Operation
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of, is_secret
from reconciler.model.ownership import applied_digest
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.pipeline.compiled import Compiled

Copies = list[tuple[ClusterName, Manifest]]
"""Live copies of one object, sorted by cluster name."""


def is_lost(recorded: RecordedState) -> bool:
    """Whether nothing was recorded: a first sync, or a lost status branch. What members hold then shows what was decided."""
    return not recorded.revision and not recorded.decisions


def unread_members(compiled: Compiled) -> frozenset[ClusterName]:
    """The declared members of which no pass has read what they hold: they are new, declared again, or could not be read yet."""
    known = {name for name, cluster in compiled.recorded.clusters.items() if cluster.read}
    return frozenset(name for name in compiled.cluster_names if name not in known)


def with_found_copies(compiled: Compiled, views: Mapping[ClusterName, LiveView | str]) -> RecordedState:
    """The recorded state, with the copies that these members hold as copies that were decided.

    views: what each member holds; a sentence for a member that could not be read. Where the whole state was lost, every
    WorkloadRebalancer counts as done, so that none moves anything.
    """
    recorded = compiled.recorded
    decisions, reports = dict(recorded.decisions), dict(recorded.reports)
    for key, copies in sorted(_copies(views, compiled.desired.settings.instance).items()):
        last = recorded.decisions.get(key)
        found = _binding(key, copies, compiled.interpreter)
        if last is None:
            decisions[key] = RecordedDecision(found, template_file="")
            continue
        decisions[key] = _with_copies(last, found, compiled.cluster_names)
        reports[key] = _with_statuses(recorded.report_of(key), copies)
    rebalanced = {one.name: tuple(sorted(set(one.workloads))) for one in compiled.desired.rebalancers}
    return replace(
        recorded,
        decisions=decisions,
        reports=reports,
        clusters=_read(recorded.clusters, views),
        rebalanced=rebalanced if is_lost(recorded) else recorded.rebalanced,
    )


def _read(
    clusters: Mapping[ClusterName, RecordedCluster], views: Mapping[ClusterName, LiveView | str]
) -> dict[ClusterName, RecordedCluster]:
    """The clusters, with the members that were read now."""
    read = {name: clusters.get(name, RecordedCluster(name, "")) for name, view in views.items() if isinstance(view, LiveView)}
    return dict(sorted({**clusters, **{name: replace(cluster, read=True) for name, cluster in read.items()}}.items()))


def _with_copies(last: RecordedDecision, found: Binding, declared: Collection[ClusterName]) -> RecordedDecision:
    """The decision with further copies in force. They attract no replicas while other members hold the object: the next decision
    starts from those."""
    known = set(last.binding.cluster_names)
    further = tuple(target for target in found.targets if target.name not in known)
    if not further:
        return last
    if known.isdisjoint(declared):
        return replace(last, binding=replace(found, policy=last.binding.policy), decided=None)
    decided = last.binding.targets if last.decided is None else last.decided
    binding = replace(
        last.binding,
        targets=tuple(sorted((*last.binding.targets, *further))),
        completions={**found.completions, **last.binding.completions},
    )
    return replace(last, binding=binding, decided=decided)


def _with_statuses(report: ObjectReport, copies: Copies) -> ObjectReport:
    """The report with a status for each copy that has none: what it was rendered from is known, its health is not."""
    known = {status.cluster: status for status in report.statuses}
    unknown = Health(HealthStatus.UNKNOWN)
    for name, live in copies:
        digest = "" if is_secret(live) else applied_digest(live)
        known.setdefault(name, ClusterStatus(name, True, unknown, digest=digest))
    return replace(report, statuses=tuple(known[name] for name in sorted(known)))


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
    completions = {name: count for name, manifest in copies if (count := _completions(manifest)) is not None}
    return Binding(key, None, targets, total, divided=False, workload=workload, completions=completions)


def _completions(live: Manifest) -> int | None:
    try:
        return completions_of(live)
    except MalformedObjectError:
        return None


def _replicas(live: Manifest, interpreter: Interpreter) -> int:
    try:
        return interpreter.count(live)
    except MalformedObjectError:
        return 0

"""Copies that members hold and no decision names: of a status branch that was lost, or of a member that was never read under its
name. Pure.

Without them, the scheduler would place every workload afresh, and a lost branch would move copies. And a member that is declared
again, or under another name, would lose copies that nothing has replaced yet. No member holds a Chart: it counts as placed where
any of its children is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.registry import completions_of
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.customization import Operation
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of, is_secret
from reconciler.model.member_report import MemberReport
from reconciler.model.ownership import applied_digest
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.scale import RecordedScale
from reconciler.pipeline.compiled import Compiled, CompiledTemplate

NO_REPORTS: Mapping[ClusterName, MemberReport] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of one copy."""

    cluster: ClusterName
    replicas: int
    workload: bool
    """Whether its kind has replicas."""
    digest: str
    completions: int | None = None


Copies = list[Copy]
"""Of one object, sorted by cluster name."""


def is_lost(recorded: RecordedState) -> bool:
    """Whether nothing was recorded: a first sync, or a lost status branch. What members hold then shows what was decided."""
    return not recorded.revision and not recorded.decisions


def unread_members(compiled: Compiled) -> frozenset[ClusterName]:
    """The declared members of which no pass has read what they hold: they are new, declared again, or could not be read yet."""
    known = {name for name, cluster in compiled.recorded.clusters.items() if cluster.read}
    return frozenset(name for name in compiled.cluster_names if name not in known)


def with_found_copies(
    compiled: Compiled, views: Mapping[ClusterName, LiveView | str], said: Mapping[ClusterName, MemberReport] = NO_REPORTS
) -> RecordedState:
    """The recorded state, with the copies that these members hold as copies that were decided.

    views: what each member holds; a sentence for a member that could not be read. said: by the agents of members.
    Where the whole state was lost, every
    WorkloadRebalancer counts as done, so that none moves anything, and what autoscalers scale has the replicas that it has.
    """
    recorded = compiled.recorded
    decisions, reports = dict(recorded.decisions), dict(recorded.reports)
    copies_of = _copies(views, said, compiled.desired.settings.instance, compiled.interpreter)
    for key, copies in sorted({**copies_of, **_of_parents(copies_of, compiled)}.items()):
        last = recorded.decisions.get(key)
        found = _binding(key, copies)
        if last is None:
            decisions[key] = RecordedDecision(found, template_file="", parent=_parent_of(key, compiled))
            continue
        decisions[key] = _with_copies(last, found, compiled.cluster_names)
        reports[key] = _with_statuses(recorded.report_of(key), copies)
    rebalanced = {one.name: tuple(sorted(set(one.workloads))) for one in compiled.desired.rebalancers}
    return replace(
        recorded,
        decisions=decisions,
        reports=reports,
        clusters=_read(recorded.clusters, {name for name, view in views.items() if isinstance(view, LiveView)} | said.keys()),
        rebalanced=rebalanced if is_lost(recorded) else recorded.rebalanced,
        scales=_scales(compiled, copies_of),
    )


def _scales(compiled: Compiled, copies_of: Mapping[ResourceKey, Copies]) -> Mapping[ResourceKey, RecordedScale]:
    """With workloads that autoscalers of the repository scale: as many replicas as the members hold, so that a lost record takes
    none of them away before the autoscaler says so. A member that did not answer then is counted when it does."""
    recorded, lost = compiled.recorded, is_lost(compiled.recorded)
    found: dict[ResourceKey, RecordedScale] = {}
    for one in compiled.desired.autoscalers:
        last, item = recorded.scales.get(one.target), compiled.templates.get(one.target)
        numbers = [copy.replicas for copy in copies_of.get(one.target, ()) if copy.workload]
        is_found = last is None if lost else last is not None and last.reasons == (_FOUND,)
        if item is None or not any(numbers) or not is_found or one.target in found:
            continue
        if last is not None and last.replicas is not None:
            numbers.append(last.replicas)
        decided = item.decided.scheduling
        divided = isinstance(decided, Binding) and decided.divided
        number = sum(numbers) if divided else max(numbers)
        new = RecordedScale(one.target, one.key, replicas=number, reasons=(_FOUND,))
        found[one.target] = new if last is None else replace(last, replicas=number)
    return dict(sorted({**recorded.scales, **found}.items())) if found else recorded.scales


_FOUND = "as many as the members held when nothing was recorded"


def _read(clusters: Mapping[ClusterName, RecordedCluster], names: Collection[ClusterName]) -> dict[ClusterName, RecordedCluster]:
    """The clusters, with the members that were read now."""
    read = {name: clusters.get(name, RecordedCluster(name, "")) for name in names}
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
    for copy in copies:
        known.setdefault(copy.cluster, ClusterStatus(copy.cluster, True, unknown, digest=copy.digest))
    return replace(report, statuses=tuple(known[name] for name in sorted(known)))


def _copies(
    views: Mapping[ClusterName, LiveView | str],
    reports: Mapping[ClusterName, MemberReport],
    instance: str,
    interpreter: Interpreter,
) -> dict[ResourceKey, Copies]:
    """The copies that belong to us (`LiveView.is_ours`), and those that agents report."""
    copies: dict[ResourceKey, Copies] = {}
    for name in sorted({*views, *reports}):
        view = views.get(name)
        if isinstance(view, LiveView):
            for key in view.objects:
                if view.is_ours(key, instance):
                    copies.setdefault(key, []).append(_live_copy(name, view.objects[key], interpreter))
        elif name in reports:
            for key, status in reports[name].statuses.items():
                if status.health.status is not HealthStatus.NOT_FOUND:
                    count = reports[name].replicas.get(key)
                    copies.setdefault(key, []).append(Copy(name, count or 0, count is not None, status.digest))
    return copies


def _parent_of(key: ResourceKey, compiled: Compiled) -> ResourceKey | None:
    item = compiled.refused_families.get(key) or compiled.templates.get(key)
    return item.template.parent.key if item is not None and item.template.parent is not None else None


def _of_parents(copies: Mapping[ResourceKey, Copies], compiled: Compiled) -> dict[ResourceKey, Copies]:
    """Copies of the objects that are expanded: where a member holds any child, as far as the compilation knows the children."""
    found: dict[ResourceKey, dict[ClusterName, int]] = {}
    known = {**compiled.templates, **compiled.refused_families}
    for key, own in copies.items():
        parent = _parent_of(key, compiled)
        if parent is None:
            continue
        follows = _has_replicas_of(known[parent], known[key], compiled.interpreter)
        for copy in own:
            replicas = found.setdefault(parent, {})
            replicas[copy.cluster] = max(replicas.get(copy.cluster, 0), copy.replicas if follows else 0)
    return {
        parent: [Copy(name, replicas[name], any(replicas.values()), "") for name in sorted(replicas)]
        for parent, replicas in found.items()
    }


def _has_replicas_of(parent: CompiledTemplate, child: CompiledTemplate, interpreter: Interpreter) -> bool:
    """Whether a child has the replicas of its parent on each cluster, so that its copies show what the parent had there."""
    shares = {name: _replicas(one.manifest, interpreter) for name, one in parent.rendering.manifests.items()}
    parts = child.template.parts
    return any(shares.values()) and all(_replicas(part, interpreter) == shares.get(name) for name, part in parts.items())


def _live_copy(name: ClusterName, live: Manifest, interpreter: Interpreter) -> Copy:
    workload = interpreter.has_rule(gvk_of(live), Operation.REPLICAS)
    digest = "" if is_secret(live) else applied_digest(live)
    return Copy(name, _replicas(live, interpreter), workload, digest, _completions(live))


def _binding(key: ResourceKey, copies: Copies) -> Binding:
    """Each member keeps the number of replicas that its copy has, whatever the total was."""
    targets = tuple(TargetCluster(copy.cluster, copy.replicas) for copy in copies)
    total = sum(target.replicas for target in targets)
    workload = any(copy.workload for copy in copies)
    completions = {copy.cluster: copy.completions for copy in copies if copy.completions is not None}
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

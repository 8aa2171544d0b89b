"""Whether a workload is scheduled now, and to which clusters (Karmada pkg/scheduler/scheduler.go).

`schedule` gives Karmada's answer for a task; `schedule_template` makes the task from a template and the answer into a binding.
The algorithm (`algorithm.py`) runs with one affinity, or with one after the other until one succeeds (`ordered_affinities.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.customization import Operation
from reconciler.model.desired import ResourceTemplate
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.model.quantity import Quantity
from reconciler.model.wording import first_few, plural
from reconciler.model.workload import Component, Resources, Workload
from reconciler.schedule.affinity_terms import term_named
from reconciler.schedule.algorithm import filter_clusters, may_need_estimate
from reconciler.schedule.diagnosis import correct_placement, lacking_api, remedy_for_missing_api
from reconciler.schedule.division import strategy_of
from reconciler.schedule.ordered_affinities import Trial, try_in_order
from reconciler.schedule.reschedule import NOT_DIVIDED, digest_placement, reschedule_reason
from reconciler.schedule.result import NO_CLUSTER_FITS, SCHEDULER_ERROR, ScheduleResult, ScheduleStatus
from reconciler.schedule.task import OFF, ORDINARY, Circumstances, PreviousSchedule, SchedulerOptions, Task


def schedule(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> ScheduleResult:
    """Karmada's answer. clusters: all of them, in any order."""
    previous = task.previous
    if not task.is_ours:
        return ScheduleResult(ScheduleStatus.IGNORED, previous.targets, affinity_name=previous.affinity_name)
    due = reschedule_reason(task, clusters, memo)
    if not due:
        return _unchanged(task, clusters, memo)
    trial = try_in_order(task, clusters, memo)
    return _scheduled(trial, task, due) if trial.result.refusal is None else _refused(trial, task)


def _scheduled(trial: Trial, task: Task, due: str) -> ScheduleResult:
    result, tried = trial.result, trial.tried
    eligible = result.eligibility
    affinity_name = tried[-1] if tried else task.previous.affinity_name
    reasons = [_eligible(len(eligible.clusters), eligible.total), strategy_of(task.placement).value]
    if tried:
        reasons.append(f"the affinity is {affinity_name}" + (f", after {', '.join(tried[:-1])}" if tried[:-1] else ""))
    if task.previous.placement_digest and due != NOT_DIVIDED:
        reasons.append(f"scheduled again: {due}")
    return ScheduleResult(
        ScheduleStatus.SCHEDULED,
        result.targets,
        components=_components(task),
        affinity_name=affinity_name,
        affinities_tried=tried,
        rejected=result.rejected,
        reasons=tuple(reasons),
    )


def _components(task: Task) -> tuple[tuple[str, int], ...]:
    """The components that every target holds; only for workloads that are placed as sets of several components."""
    components = task.workload.components
    return tuple((one.name, one.replicas) for one in components) if task.counts_component_sets and len(components) > 1 else ()


def _refused(trial: Trial, task: Task) -> ScheduleResult:
    result, refusal = trial.result, trial.result.refusal
    remaining = () if refusal and refusal.reason == NO_CLUSTER_FITS else task.previous.targets
    name = task.previous.affinity_name
    return ScheduleResult(
        ScheduleStatus.REFUSED,
        remaining,
        refusal=refusal,
        affinity_name=name,
        affinities_tried=trial.tried,
        rejected=result.rejected,
    )


def _unchanged(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> ScheduleResult:
    previous = task.previous
    eligible = filter_clusters(task, clusters, term_named(task.placement, previous.affinity_name), memo)
    holders = previous.holders
    spare = [cluster.name for cluster in eligible.clusters if cluster.name not in holders]
    reasons = ["nothing that causes scheduling has changed, so the targets stay"]
    if spare:
        reasons.append(f"a rebalance could use {first_few(spare, _NAMED)} as well; {_REBALANCE}")
    rejected = {**eligible.rejected, **dict.fromkeys(spare, _SPARE)} if spare else eligible.rejected
    return ScheduleResult(
        ScheduleStatus.UNCHANGED,
        previous.targets,
        affinity_name=previous.affinity_name,
        rejected=dict(sorted(rejected.items())) if spare else rejected,
        reasons=tuple(reasons),
    )


def schedule_template(
    template: ResourceTemplate,
    policy: PropagationPolicy,
    clusters: tuple[Cluster, ...],
    previous: Binding | None,
    memo: Memo,
    options: SchedulerOptions = OFF,
    interpreter: Interpreter = BUILT_IN,
    circumstances: Circumstances = ORDINARY,
) -> Binding | Unschedulable:
    """Karmada's answer for a template that `policy` has claimed.

    previous: the last decision; this one changes as little of it as possible.
    options: `empty_workloads` has no effect on a kind in which no number of replicas can be written, such as a Pod: every copy
    would run, also where the share is 0. So there a share of 0 is no target.
    """
    try:
        task = task_for(template, policy, previous, options, interpreter, circumstances)
    except MalformedObjectError as error:
        rejected = dict.fromkeys((cluster.name for cluster in clusters if not cluster.deleting), error.message)
        return Unschedulable(template.key, policy.ref, SCHEDULER_ERROR, error.message, rejected, error.remedy)
    workload = task.workload
    result = schedule(task, clusters, memo)
    if result.refusal is not None:
        refusal = result.refusal
        lacking = lacking_api(policy.placement, clusters, result.rejected)
        remedy = remedy_for_missing_api(template.gvk, lacking) or correct_placement(policy, clusters)
        if refusal.lacks_capacity and all(cluster.capacity is None for cluster in clusters):
            remedy = DIRECTORY_REMEDY if all(cluster.directory for cluster in clusters) else _UNKNOWN_CAPACITY_REMEDY
        return Unschedulable(template.key, policy.ref, refusal.reason, refusal.message, result.rejected, remedy)
    empty = frozenset[ClusterName]()
    if policy.placement.divided and workload.replicas and not interpreter.has_rule(template.gvk, Operation.REVISION):
        empty = frozenset(target.name for target in result.targets if not target.replicas)
    return Binding(
        key=template.key,
        policy=policy.ref,
        targets=memo.tuple(target for target in result.targets if target.name not in empty) if empty else result.targets,
        replicas=workload.replicas,
        divided=policy.placement.divided,
        workload=workload.replicas > 0,
        reasons=result.reasons,
        rejected={**result.rejected, **dict.fromkeys(empty, _NO_NUMBER)} if empty else result.rejected,
        affinity_name=result.affinity_name,
        placement_digest=memo(_digest_to_record, policy.placement, result.affinity_name),
    )


def task_for(
    template: ResourceTemplate,
    policy: PropagationPolicy,
    previous: Binding | None,
    options: SchedulerOptions = OFF,
    interpreter: Interpreter = BUILT_IN,
    circumstances: Circumstances = ORDINARY,
) -> Task:
    """The input of the decision for a template. Raises MalformedObjectError."""
    workload = workload_of(template, policy.placement, options, interpreter)
    before = PreviousSchedule() if previous is None else previous_schedule(previous, circumstances)
    return Task(workload, policy.placement, before, options=options, taken=circumstances.taken)


def workload_of(
    template: ResourceTemplate, placement: Placement, options: SchedulerOptions, interpreter: Interpreter = BUILT_IN
) -> Workload:
    """The template as the scheduler sees it, with Kubernetes' defaults for absent numbers. Raises MalformedObjectError.

    The requirements of its pods are read only if this placement needs them: reading them takes longer than all the rest.
    """
    components = components_of(template.manifest, interpreter) if options.component_sets else ()
    if components:
        return Workload(template.gvk, components=components)
    manifest, replicas = template.manifest, interpreter.count(template.manifest)
    if replicas and template.contents is not None:
        needed = template.contents.per_replica
        return Workload(template.gvk, replicas, needed, uid=template.uid if placement.divided else "")
    needs = interpreter.requirements(manifest) if replicas == 0 or may_need_estimate(placement) else None
    return Workload(
        gvk=template.gvk,
        replicas=replicas,
        requirements=_requests(needs),
        uid=template.uid if placement.divided else "",
    )


def components_of(manifest: Manifest, interpreter: Interpreter) -> tuple[Component, ...]:
    """None for kinds without components. Raises MalformedObjectError."""
    return tuple(
        Component(text(one, "name"), int(get(one, "replicas", default=0)), _requests(get(one, "replicaRequirements")))
        for one in interpreter.components(manifest) or ()
    )


def _requests(needs: Manifest | None) -> Resources | None:
    if needs is None:
        return None
    return {name: Quantity.from_json(value) for name, value in mapping(needs, "resourceRequest").items()}


def previous_schedule(previous: Binding, circumstances: Circumstances = ORDINARY) -> PreviousSchedule:
    """As in Karmada, a cluster from which the workload is evicted is none of its targets any more. A rebalance counts as
    requested after the last decision; only the order of the two moments matters."""
    scheduled_at, rebalance_at = (_EARLIER, _LATER) if circumstances.fresh else (None, None)
    evicting, targets = circumstances.evicting, previous.targets
    if evicting:
        targets = tuple(target for target in targets if target.name not in evicting)
    return PreviousSchedule(targets, previous.affinity_name, previous.placement_digest, scheduled_at, rebalance_at, evicting)


def _digest_to_record(placement: Placement, affinity_name: str) -> str:
    return digest_placement(as_go_json(placement.document), affinity_name)


def schedule_everywhere(template: ResourceTemplate, clusters: tuple[Cluster, ...], memo: Memo) -> Binding:
    """A Namespace goes to every cluster without a policy; taints do not matter."""
    return Binding(
        key=template.key,
        policy=None,
        targets=memo(_every_cluster, clusters),
        reasons=("a Namespace goes to every cluster without a policy",),
    )


def schedule_assigned(template: ResourceTemplate, clusters: tuple[Cluster, ...]) -> Binding:
    """A ResourceQuota goes where the static assignments of its FederatedResourceQuota say; taints do not matter."""
    present = [cluster.name for cluster in clusters if not cluster.deleting]
    return Binding(
        key=template.key,
        policy=None,
        targets=tuple(TargetCluster(name) for name in present if name in template.parts),
        reasons=(f"spec.staticAssignments of the FederatedResourceQuota names {plural(len(template.parts), 'cluster')}",),
        rejected={
            name: "spec.staticAssignments of the FederatedResourceQuota does not name it"
            for name in present
            if name not in template.parts
        },
    )


def _every_cluster(clusters: tuple[Cluster, ...]) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(cluster.name) for cluster in clusters if not cluster.deleting)


_NO_NUMBER = "its share is 0, and no number of replicas can be written in an object of this kind"
_SPARE = "the division of an earlier sync stays, and gives it no replica"
_REBALANCE = "for that, commit a WorkloadRebalancer that names this workload (docs/karmada.md#rebalancing)"
_EARLIER, _LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)
DIRECTORY_REMEDY = "Divide by replicaDivisionPreference: Weighted with a weightPreference.staticWeightList instead."
_UNKNOWN_CAPACITY_REMEDY = "A sync observes what members have free; `reconciler clusters` says where it may not."

_NAMED = 5
"""Clusters that a sentence names before it counts the rest."""


def _eligible(count: int, total: int) -> str:
    return f"{count} of {plural(total, 'cluster')} {'is' if count == 1 else 'are'} eligible"

"""Whether a workload is scheduled now, and where to (Karmada pkg/scheduler/scheduler.go).

`schedule` is Karmada's answer and knows nothing of our files; `schedule_template` asks it for one of our templates. With ordered
affinities `attempt.py` is tried with one after the other until it succeeds.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.go_json import as_stored
from reconciler.model.manifest import mapping
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.model.quantity import Quantity
from reconciler.model.wording import first_few
from reconciler.model.workload import Workload
from reconciler.schedule.affinity import term_named, terms_to_try
from reconciler.schedule.algorithm import Attempt, attempt, filtered, may_ask_for_room
from reconciler.schedule.diagnosis import not_chosen
from reconciler.schedule.division import strategy_of
from reconciler.schedule.outcome import NO_CLUSTER_FITS, SCHEDULER_ERROR, Outcome, Verdict
from reconciler.schedule.reschedule import digest_of, why_due
from reconciler.schedule.task import Memory, Rules, Task


def schedule(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> Outcome:
    """Karmada's answer. clusters: all there are; their order does not matter."""
    memory = task.memory
    if not task.is_ours:
        return Outcome(Verdict.IGNORED, memory.targets, affinity_name=memory.affinity_name)
    due = why_due(task, clusters, memo)
    if not due:
        return _unchanged(task, clusters, memo)
    tried: list[str] = []
    failures: list[Attempt] = []
    for term in terms_to_try(task.placement, memory):
        tried += [term.name] if term else []
        found = attempt(task, clusters, term, memo)
        if found.refusal is None:
            return _scheduled(found, task, term.name if term else memory.affinity_name, tuple(tried), due)
        failures.append(found)
    # Where all fail, the first one's reason is said, and it decides what is left.
    return _refused(failures[0], task, tuple(tried))


def _scheduled(found: Attempt, task: Task, affinity_name: str, tried: tuple[str, ...], due: str) -> Outcome:
    eligible = found.eligibility
    reasons = [f"{len(eligible.clusters)} of {eligible.total} clusters are eligible", strategy_of(task.placement).value]
    if tried:
        reasons.append(f"the affinity is {affinity_name}" + (f", after {', '.join(tried[:-1])}" if tried[:-1] else ""))
    if task.memory.applied:
        reasons.append(f"scheduled again: {due}")
    return Outcome(
        Verdict.SCHEDULED,
        found.targets,
        components=_components(task),
        affinity_name=affinity_name,
        affinities_tried=tried,
        rejected=found.rejected,
        reasons=tuple(reasons),
    )


def _components(task: Task) -> tuple[tuple[str, int], ...]:
    """What every target holds, where that is recorded: only of what was placed as a set of several."""
    components = task.workload.components
    return tuple((one.name, one.replicas) for one in components) if task.in_sets and len(components) > 1 else ()


def _refused(found: Attempt, task: Task, tried: tuple[str, ...]) -> Outcome:
    refusal = found.refusal
    left = () if refusal and refusal.reason == NO_CLUSTER_FITS else task.memory.targets
    name = task.memory.affinity_name
    return Outcome(Verdict.REFUSED, left, refusal=refusal, affinity_name=name, affinities_tried=tried, rejected=found.rejected)


def _unchanged(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> Outcome:
    memory = task.memory
    eligible = filtered(task, clusters, term_named(task.placement, memory.affinity_name), memo)
    holders = memory.holders
    spare = [cluster.name for cluster in eligible.clusters if cluster.name not in holders]
    reasons = ["nothing that counts has changed, so that what is placed stays where it is"]
    if spare:
        reasons.append(f"a rebalance could use {first_few(spare, _NAMED)} as well")
    rejected = not_chosen(eligible, memory.holders | set(spare), memory.holders)
    return Outcome(
        Verdict.UNCHANGED, memory.targets, affinity_name=memory.affinity_name, rejected=rejected, reasons=tuple(reasons)
    )


def schedule_template(
    template: ResourceTemplate,
    policy: PropagationPolicy,
    clusters: tuple[Cluster, ...],
    previous: Binding | None,
    memo: Memo,
    empty_workloads: bool = False,
    interpreter: Interpreter = BUILT_IN,
    fresh: bool = False,
) -> Binding | Unschedulable:
    """Karmada's answer for a template that `policy` has claimed.

    previous: the last decision, from which this one moves no more than it must.
    fresh: somebody asked for a rebalance.
    empty_workloads: as Karmada's flag --enable-empty-workload-propagation.
    """
    try:
        task = task_for(template, policy, previous, memo, empty_workloads, interpreter, fresh)
    except MalformedObjectError as error:
        rejected = dict.fromkeys((cluster.name for cluster in clusters if not cluster.deleting), error.message)
        return Unschedulable(template.key, policy.ref, SCHEDULER_ERROR, error.message, rejected, error.remedy)
    workload = task.workload
    outcome = schedule(task, clusters, memo)
    if outcome.refusal is not None:
        refusal = outcome.refusal
        return Unschedulable(template.key, policy.ref, refusal.reason, refusal.message, outcome.rejected)
    return Binding(
        key=template.key,
        policy=policy.ref,
        targets=outcome.targets,
        replicas=workload.replicas,
        divided=policy.placement.divided,
        workload=workload.replicas > 0,
        reasons=outcome.reasons,
        rejected=outcome.rejected,
        affinity_name=outcome.affinity_name,
        placement_digest=memo(_digest_to_keep, policy.placement, outcome.affinity_name),
    )


def task_for(
    template: ResourceTemplate,
    policy: PropagationPolicy,
    previous: Binding | None,
    memo: Memo,
    empty_workloads: bool = False,
    interpreter: Interpreter = BUILT_IN,
    fresh: bool = False,
) -> Task:
    """What `schedule_template` decides from. Raises MalformedObjectError."""
    workload = workload_of(template, policy.placement, interpreter)
    memory = Memory() if previous is None else memory_of(previous, fresh)
    return Task(workload, policy.placement, memory, rules=memo(Rules, empty_workloads))


def workload_of(template: ResourceTemplate, placement: Placement, interpreter: Interpreter = BUILT_IN) -> Workload:
    """What of a template matters to this placement, with Kubernetes' defaults for absent numbers. Raises MalformedObjectError.

    What its pods need is not asked where nobody looks: it takes longer than all the rest.
    """
    manifest, replicas = template.manifest, interpreter.count(template.manifest)
    needs = interpreter.requirements(manifest) if replicas == 0 or may_ask_for_room(placement) else None
    requirements = None if needs is None else mapping(needs, "resourceRequest")
    return Workload(
        gvk=template.gvk,
        replicas=replicas,
        requirements=None if requirements is None else {name: Quantity.from_json(it) for name, it in requirements.items()},
        uid=template.uid,
    )


def memory_of(previous: Binding, fresh: bool = False) -> Memory:
    """fresh: as if somebody had asked for a rebalance after the last decision; the moments themselves do not matter."""
    asked = (_EARLIER, _LATER) if fresh else (None, None)
    return Memory(previous.targets, previous.affinity_name, previous.placement_digest, *asked)


def _digest_to_keep(placement: Placement, affinity_name: str) -> str:
    return digest_of(as_stored(placement.document), affinity_name)


def schedule_everywhere(template: ResourceTemplate, clusters: tuple[Cluster, ...], memo: Memo) -> Binding:
    """A Namespace goes to every cluster without a policy, whatever its taints."""
    return Binding(
        key=template.key,
        policy=None,
        targets=memo(_every_cluster, clusters),
        reasons=("a Namespace goes to every cluster without a policy",),
    )


def _every_cluster(clusters: tuple[Cluster, ...]) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(cluster.name) for cluster in clusters if not cluster.deleting)


_EARLIER, _LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)
_NAMED = 5
"""Clusters that a sentence names before it counts."""

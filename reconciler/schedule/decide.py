"""One template's decision: filter the clusters, then assign replicas (Karmada pkg/scheduler/core/generic_scheduler.go)."""

from __future__ import annotations

from reconciler.interpreter import registry
from reconciler.model.binding import Binding, TargetCluster, Unschedulable, stable_uid
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.schedule.diagnosis import no_cluster_fits
from reconciler.schedule.division import divide_by_static_weight, duplicate, static_weights
from reconciler.schedule.filters import Eligibility, eligible_clusters, with_holders


def schedule_template(
    template: ResourceTemplate,
    policy: PropagationPolicy,
    clusters: tuple[Cluster, ...],
    previous: Binding | None,
    memo: Memo,
    empty_workloads: bool = False,
) -> Binding | Unschedulable:
    """Karmada's answer for a template that `policy` has claimed.

    previous: what is in force now; its clusters are not driven away by taints.
    empty_workloads: as Karmada's flag --enable-empty-workload-propagation.
    """
    eligibility = memo(eligible_clusters, policy.placement, clusters, template.gvk.api_version, template.gvk.kind)
    if previous is not None and eligibility.holders_only:
        eligibility = with_holders(eligibility, previous.cluster_names)
    if not eligibility.clusters:
        message = no_cluster_fits(eligibility)
        return Unschedulable(template.key, policy.ref, "NoClusterFit", message, eligibility.rejected)
    try:
        replicas = registry.replicas_of(template.manifest) or 0
    except registry.MalformedObjectError as error:
        return Unschedulable(template.key, policy.ref, "SchedulerError", error.message, eligibility.rejected)
    undecided = not_decided_here(policy.placement, replicas)
    if undecided:
        return Unschedulable(template.key, policy.ref, "SchedulerError", undecided, eligibility.rejected)
    # Karmada also counts what requests resources as a workload when it is scaled to 0; without knowing the requests, we keep it.
    workload = replicas > 0
    uid = stable_uid(template.key)
    return Binding(
        key=template.key,
        policy=policy.ref,
        targets=assign(policy.placement, eligibility, replicas, uid, memo, workload=workload, empty_workloads=empty_workloads),
        replicas=replicas,
        divided=policy.placement.divided,
        workload=workload,
        reasons=(
            f"{len(eligibility.clusters)} of {eligibility.total} clusters are eligible",
            _strategy(policy.placement),
        ),
        rejected=eligibility.rejected,
    )


def schedule_everywhere(template: ResourceTemplate, clusters: tuple[Cluster, ...], memo: Memo) -> Binding:
    """A Namespace goes to every cluster without a policy, whatever its taints."""
    return Binding(
        key=template.key,
        policy=None,
        targets=memo(_every_cluster, clusters),
        reasons=("a Namespace goes to every cluster without a policy",),
    )


def assign(
    placement: Placement,
    eligibility: Eligibility,
    replicas: int,
    uid: str,
    memo: Memo,
    *,
    workload: bool,
    empty_workloads: bool,
) -> tuple[TargetCluster, ...]:
    """Targets with their replicas, sorted by name. Without a count every eligible cluster is one.

    workload: whether a cluster whose share is 0 is no target, unless `empty_workloads` says so.
    """
    if not workload or not placement.divided:
        everywhere = memo(duplicate, eligibility.clusters, replicas)
        return everywhere if replicas or empty_workloads or not workload else ()
    preference = placement.replica_scheduling.weights if placement.replica_scheduling else None
    weights = memo(static_weights, eligibility.clusters, preference.static if preference else ())
    shares = divide_by_static_weight(weights, replicas, uid)
    if not empty_workloads:
        return tuple(target for target in shares if target.replicas)
    by_name = {target.name: target for target in shares}
    return tuple(by_name.get(cluster.name) or TargetCluster(cluster.name) for cluster in eligibility.clusters)


def not_decided_here(placement: Placement, replicas: int = 1) -> str:
    """What a placement asks for that this version does not decide; empty when it decides everything. How replicas are to be
    divided does not matter to an object without a count."""
    scheduling = placement.replica_scheduling
    if placement.affinities:
        return "clusterAffinities (ordered groups) are not decided by this version"
    if scheduling is not None and placement.divided and replicas:
        if scheduling.preference != "Weighted":
            return f"replicaDivisionPreference {scheduling.preference} is not decided by this version"
        if scheduling.weights is not None and scheduling.weights.dynamic:
            return f"dynamicWeight {scheduling.weights.dynamic} is not decided by this version"
    if placement.spread and not _ignores_spread(placement):
        return "spreadConstraints are not decided by this version"
    return ""


def _ignores_spread(placement: Placement) -> bool:
    """Karmada looks past spread constraints where weights are static: no preference at all, or a list without dynamicWeight."""
    scheduling = placement.replica_scheduling
    if scheduling is None or scheduling.type != "Divided" or scheduling.preference != "Weighted":
        return False
    return scheduling.weights is None or (bool(scheduling.weights.static) and not scheduling.weights.dynamic)


def _strategy(placement: Placement) -> str:
    return "replicas are divided by static weight" if placement.divided else "every eligible cluster gets the full number"


def _every_cluster(clusters: tuple[Cluster, ...]) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(cluster.name) for cluster in clusters if not cluster.deleting)

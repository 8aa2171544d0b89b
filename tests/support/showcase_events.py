"""What happens in the fleet of `showcase.py`: rollouts under way, stopped and ended; objects that leave a member that is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.eviction import TAINT_MANAGER, TAINT_UNTOLERATED, EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout, RolloutPhase
from tests.support.showcase import EU, MEMBERS, THEN, UNREACHABLE, US

LATER = THEN + timedelta(minutes=25)
"""When it was recorded."""


def eventful(state: RecordedState) -> RecordedState:
    decisions = {key: _decision(key, one) for key, one in state.decisions.items()}
    rollouts = {one.name: one for one in (_everything(state), _failed(state), _completed(state))}
    return replace(state, decisions=decisions, rollouts=dict(sorted(rollouts.items())))


def _decision(key: ResourceKey, one: RecordedDecision) -> RecordedDecision:
    """Workloads in shop and payments leave the member that does not answer."""
    if key.kind != "Deployment" or key.namespace == "platform" or UNREACHABLE not in one.cluster_names:
        return one
    told = "the member has the taint cluster.karmada.io/not-ready:NoExecute"
    task = EvictionTask(ClusterName(UNREACHABLE), PurgeMode.GRACEFULLY, TAINT_UNTOLERATED, TAINT_MANAGER, LATER, told)
    return replace(one, evictions=(task,))


def _groups(**clusters: tuple[str, ...]) -> tuple[GroupOfClusters, ...]:
    return tuple(GroupOfClusters(name, tuple(sorted(map(ClusterName, names)))) for name, names in clusters.items())


def _ended(*names: str) -> dict[ClusterName, ClusterProgress]:
    return {ClusterName(name): ClusterProgress(THEN, THEN + timedelta(minutes=2)) for name in names}


def _objects(state: RecordedState, name: str) -> dict[ResourceKey, tuple[()]]:
    return {key: () for key in sorted(state.decisions) if key.name.startswith(name)}


def _everything(state: RecordedState) -> RecordedRollout:
    others = tuple(name for name in MEMBERS if name not in (*EU, *US))
    progress = _ended(*EU[:4]) | {ClusterName(name): ClusterProgress(LATER) for name in EU[4:]}
    return RecordedRollout(
        None,
        state.revision,
        THEN,
        groups=_groups(canary=EU[:1], europe=EU[1:], america=US, rest=others),
        base="5f2c1ab09" + "0" * 31,
        progress=progress,
        objects=_objects(state, "web"),
        message="group america waits until all clusters of group europe are Current for 10m",
        queued="9" * 40,
    )


def _failed(state: RecordedState) -> RecordedRollout:
    told = "Deployment.apps payments/fraud is not Current within 10m: ImagePullBackOff"
    failed = {ClusterName(US[2]): ClusterProgress(THEN, LATER, told)}
    return RecordedRollout(
        PolicyRef("PropagationPolicy", "payments", "fraud"),
        state.revision,
        THEN,
        RolloutPhase.FAILED,
        _groups(first=US[2:], second=US[:2]),
        base="5f2c1ab09" + "0" * 31,
        progress=failed,
        objects=_objects(state, "fraud"),
        message="stopped: 1 cluster failed, and none may",
    )


def _completed(state: RecordedState) -> RecordedRollout:
    policy = PolicyRef("PropagationPolicy", "shop", "cart")
    one = RecordedRollout(policy, state.revision, THEN - timedelta(days=2), RolloutPhase.COMPLETED, _groups(all=(*EU, *US)))
    return replace(one, progress=_ended(*EU, *US), objects=_objects(state, "cart"))

"""How far rollouts are after a pass: what the members showed, judged, and the next step of each rollout. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.model.rollout import RecordedRollout
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.rollouts import facts_for
from reconciler.pipeline.staged import Rollouts
from reconciler.transition.rollout import Judgement, RolloutStep, Verdict, advance, with_clusters


def next_rollouts(
    compiled: Compiled,
    statuses: Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]],
    clusters: Mapping[ClusterName, RecordedCluster],
    now: datetime,
) -> Mapping[str, RecordedRollout]:
    """The rollouts to record, sorted by name; the recorded ones where no step was made.

    statuses: what the members reported last, by member. clusters: the facts of the members after the pass.
    """
    rollouts, recorded = compiled.rollouts, compiled.recorded.rollouts
    if not compiled.desired.revision:
        return recorded
    up = (name for name in compiled.cluster_names if name not in clusters or clusters[name].ready)
    ready = frozenset(name for name in up if compiled.halt.on(name) is None)
    still = compiled.halt.everywhere is not None
    result = {
        name: _step(one, compiled, statuses, ready, now).rollout if not still and _goes_on(name, one, rollouts) else one
        for name, one in rollouts.recorded.items()
    }
    same = result.keys() == recorded.keys() and all(result[name] == recorded[name] for name in result)
    return recorded if same else {name: recorded[name] if result[name] == recorded.get(name) else result[name] for name in result}


def rollouts_due(compiled: Compiled, rollouts: Mapping[str, RecordedRollout], now: datetime) -> datetime | None:
    """When time alone changes a rollout next; None where it does not. rollouts: those that are recorded."""
    if compiled.halt.everywhere is not None:
        return None
    moments, ready = [], frozenset(name for name in compiled.cluster_names if compiled.halt.on(name) is None)
    for name, one in rollouts.items():
        if _goes_on(name, one, compiled.rollouts):
            strategy, controls = compiled.rollouts.strategies[name], compiled.rollouts.controls[name]
            facts = facts_for(one, compiled.rollouts.windows[name], compiled.desired, ready, now)
            due = advance(one, strategy, controls, {}, facts, now, releases=False).due
            moments += [] if due is None else [due]
    return min(moments, default=None)


def _goes_on(name: str, rollout: RecordedRollout, rollouts: Rollouts) -> bool:
    """Whether it may make a step: an agent knows no strategies, and takes none."""
    return rollout.phase.is_active and name in rollouts.strategies and name not in rollouts.lost


def _step(
    rollout: RecordedRollout,
    compiled: Compiled,
    statuses: Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]],
    ready: frozenset[ClusterName],
    now: datetime,
) -> RolloutStep:
    strategy, controls = compiled.rollouts.strategies[rollout.name], compiled.rollouts.controls[rollout.name]
    items = {key: compiled.templates.get(key) for key in rollout.objects}
    concerned = _concerned(rollout, items, statuses)
    unreadable = compiled.protected.clusters.intersection(rollout.clusters)
    declared = [name for name in compiled.cluster_names if name in concerned]
    departed = {*rollout.clusters, *rollout.progress}.difference(compiled.cluster_names, unreadable)
    rollout = with_clusters(rollout, {*declared, *unreadable}, departed, now)
    judged = [name for name in rollout.progress if name not in departed and compiled.halt.on(name) is None]
    wanted = {key: frozenset(target.name for target in item.placed.targets) for key, item in items.items() if item is not None}
    judgements = {name: _judge(name, items, wanted, statuses.get(name, {})) for name in judged}
    facts = facts_for(rollout, compiled.rollouts.windows[rollout.name], compiled.desired, ready, now)
    return advance(rollout, strategy, controls, judgements, facts, now, releases=False)


def _concerned(
    rollout: RecordedRollout,
    items: Mapping[ResourceKey, CompiledTemplate | None],
    statuses: Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]],
) -> set[ClusterName]:
    """The clusters that have an object of the rollout, or are to have one."""
    names = {target.name for before in rollout.objects.values() for target in before}
    for item in items.values():
        if item is not None:
            names.update(target.name for target in item.placed.targets)
            scheduling = item.decided.scheduling
            names.update(getattr(scheduling, "cluster_names", ()))
    return names | {name for name, reported in statuses.items() if not reported.keys().isdisjoint(rollout.objects)}


def _judge(
    name: ClusterName,
    items: Mapping[ResourceKey, CompiledTemplate | None],
    wanted: Mapping[ResourceKey, Collection[ClusterName]],
    reported: Mapping[ResourceKey, ClusterStatus],
) -> Judgement:
    """The worst that is known of the objects on a cluster that has the new revision. wanted: where each is placed."""
    worst = Judgement(Verdict.CURRENT)
    for key, item in items.items():
        judgement = _judge_object(key, name, item if name in wanted.get(key, ()) else None, reported.get(key))
        if judgement.verdict is Verdict.FAILED:
            return judgement
        if judgement.verdict is Verdict.PROGRESSING and worst.verdict is Verdict.CURRENT:
            worst = judgement
    return worst


def _judge_object(key: ResourceKey, name: ClusterName, item: CompiledTemplate | None, status: ClusterStatus | None) -> Judgement:
    """item: None where the object is not wanted on this cluster."""
    if item is None:
        gone = status is None or status.kept or status.health.status is HealthStatus.NOT_FOUND
        return Judgement(Verdict.CURRENT) if gone else Judgement(Verdict.PROGRESSING, f"{key} is not removed yet")
    if (issue := item.rendering.failed.get(name)) is not None:
        return Judgement(Verdict.FAILED, f"{key}: {issue.message}")
    stays = item.decided.scheduling is None and (item.placed.held or name in item.placed.held_on)
    if item.placed.terms.suspension.covers(name) or stays:
        return Judgement(Verdict.CURRENT)  # Nothing is to be written: it is suspended, or no policy claims it any more.
    rendered = item.rendering.manifests.get(name)
    if status is None or rendered is None:
        return Judgement(Verdict.PROGRESSING, f"{key} is not reported yet")
    if not status.applied:
        return Judgement(Verdict.PROGRESSING, f"{key} is not applied: {status.message}")
    if rendered.public_digest and status.digest != rendered.public_digest:
        return Judgement(Verdict.PROGRESSING, f"{key} is not written yet")
    return _judge_health(key, status)


def _judge_health(key: ResourceKey, status: ClusterStatus) -> Judgement:
    health = status.health
    if health.status is HealthStatus.CURRENT or health.healthy is None:
        return Judgement(Verdict.CURRENT)
    verdict = Verdict.FAILED if health.status is HealthStatus.FAILED else Verdict.PROGRESSING
    return Judgement(verdict, f"{key}: {health.message}" if health.message else f"{key} is {health.status.value}")

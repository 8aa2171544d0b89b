"""Who may see what, and the facts without the rest. The only place that decides it: views, templates and questions get facts from
which everything else is gone, so that what they forget shows nothing.

Someone who is limited to namespaces sees the objects, policies and quotas in these, and of the members (those that he may see)
how his own objects are. He does not see objects or policies without a namespace, nor files with errors: their text may name
anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TypeVar

from reconciler.dashboard.facts import Facts
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import Placement, PropagationPolicy, Suspension
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.rollout import RecordedRollout
from reconciler.model.scale import RecordedScale


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may see."""

    namespaces: tuple[str, ...] | None = None
    """Patterns (`team-*`), sorted. None: all namespaces, and what is in none."""
    clusters: tuple[str, ...] | None = None
    """Patterns of the names of members, sorted. None: all members."""

    @property
    def is_everything(self) -> bool:
        return self.namespaces is None and self.clusters is None

    def has_namespace(self, namespace: str) -> bool:
        """namespace: empty for what is in none."""
        return self.namespaces is None or (bool(namespace) and any(fnmatchcase(namespace, one) for one in self.namespaces))

    def has_cluster(self, name: str) -> bool:
        return self.clusters is None or any(fnmatchcase(name, one) for one in self.clusters)


EVERYTHING = Scope()
NOTHING = Scope((), ())


def union(scopes: Iterable[Scope]) -> Scope:
    """What someone sees who is in several groups. A group that sees all namespaces of some members, and one that sees some
    namespaces on all members, come to both together: it is stated so in the documentation."""
    found = list(scopes)
    if not found:
        return NOTHING
    return Scope(_together(one.namespaces for one in found), _together(one.clusters for one in found))


def _together(patterns: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    several = list(patterns)
    return None if None in several else tuple(sorted({name for one in several if one is not None for name in one}))


def visible(facts: Facts, scope: Scope) -> Facts:
    """The facts without what this scope does not have; the same facts where it has everything."""
    if scope.is_everything:
        return facts
    state = _state(facts.state, scope)
    return replace(
        facts,
        desired=_desired(facts.desired, scope),
        state=state,
        reports={name: one for name, one in facts.reports.items() if scope.has_cluster(name)},
        restricted=True,
        some_clusters=scope.clusters is not None,
    )


def _desired(desired: DesiredState, scope: Scope) -> DesiredState:
    """A new value with what is listed here, so that a field that is added one day shows nothing before it is listed."""
    whole = scope.namespaces is None
    return DesiredState(
        settings=desired.settings,
        clusters=tuple(one for one in desired.clusters if scope.has_cluster(one.name)),
        templates=tuple(one for one in desired.templates if scope.has_namespace(one.key.namespace)),
        policies=tuple(_policy(one, scope) for one in desired.policies if scope.has_namespace(one.ref.namespace)),
        override_policies=tuple(
            _override(one, scope) for one in desired.override_policies if scope.has_namespace(one.ref.namespace)
        ),
        customizations=desired.customizations if whole else (),
        taint_policies=desired.taint_policies if whole else (),
        rebalancers=desired.rebalancers if whole else (),
        remedies=desired.remedies if whole else (),
        quotas=tuple(one for one in desired.quotas if scope.has_namespace(one.namespace)),
        autoscalers=tuple(one for one in desired.autoscalers if scope.has_namespace(one.namespace)),
        image_policies=tuple(one for one in desired.image_policies if scope.has_namespace(one.ref.namespace)) if whole else (),
        multi_cluster_services=desired.multi_cluster_services if whole else (),
        issues=desired.issues if whole else (),
        broken_files=desired.broken_files if whole else frozenset(),
        configuration=desired.configuration,
        tenancy=desired.tenancy if whole else DesiredState().tenancy,
        revision=desired.revision,
        wanted_sources=desired.wanted_sources if whole else (),
        source_lock=desired.source_lock if whole else DesiredState().source_lock,
    )


def _policy(policy: PropagationPolicy, scope: Scope) -> PropagationPolicy:
    """Without its placement where some members may not be seen: it names them, by name or by what they are."""
    if scope.clusters is None:
        return policy
    return replace(policy, placement=Placement(), suspension=_suspension(policy.suspension, scope))


def _override(policy: OverridePolicy, scope: Scope) -> OverridePolicy:
    """Without rules for other members."""
    if scope.clusters is None:
        return policy
    rules = [(one, one.target or ClusterAffinity()) for one in policy.rules]
    seen = [(rule, target, tuple(filter(scope.has_cluster, target.cluster_names))) for rule, target in rules]
    return replace(
        policy,
        rules=tuple(
            replace(rule, target=replace(target, cluster_names=names, exclude=tuple(filter(scope.has_cluster, target.exclude))))
            for rule, target, names in seen
            if names or not target.cluster_names
        ),
    )


def _suspension(suspension: Suspension, scope: Scope) -> Suspension:
    return replace(suspension, clusters=frozenset(filter(scope.has_cluster, suspension.clusters)))


def _state(state: RecordedState, scope: Scope) -> RecordedState:
    whole = scope.namespaces is None
    decisions = {key: _decision(one, scope) for key, one in state.decisions.items() if scope.has_namespace(key.namespace)}
    reports = {key: _report(one, scope) for key, one in state.reports.items() if key in decisions}
    return RecordedState(
        revision=state.revision,
        decisions=decisions,
        reports=reports,
        clusters=_clusters(state.clusters, decisions, reports, scope),
        broken=state.broken if whole else {},
        quotas=tuple(one for one in state.quotas if scope.has_namespace(one.namespace)),
        rollouts=_rollouts(state.rollouts, scope),
        scales=_scales(state.scales, scope),
        crons={key: one for key, one in state.crons.items() if scope.has_namespace(key.namespace)},
        mode=state.mode,
    )


def _scales(scales: Mapping[ResourceKey, RecordedScale], scope: Scope) -> dict[ResourceKey, RecordedScale]:
    """The words behind a number count over all members, and may name one."""
    seen = {key: one for key, one in scales.items() if scope.has_namespace(key.namespace)}
    if scope.clusters is None:
        return seen
    return {key: replace(one, reasons=(), conditions=()) for key, one in seen.items()}


def _rollouts(rollouts: Mapping[str, RecordedRollout], scope: Scope) -> dict[str, RecordedRollout]:
    """Those that concern objects that may be seen, with these. A rollout is about all members: who sees some sees none.

    What a rollout says in words may name any object, unless it is that of a policy that is in one of the namespaces.
    """
    if scope.clusters is not None:
        return {}
    found = {}
    for name, rollout in rollouts.items():
        objects = {key: targets for key, targets in rollout.objects.items() if scope.has_namespace(key.namespace)}
        own = rollout.policy is not None and scope.has_namespace(rollout.policy.namespace)
        if own and len(objects) == len(rollout.objects):
            found[name] = rollout
        elif objects:
            silent = {cluster: replace(one, failed=one.failed and _FAILED) for cluster, one in rollout.progress.items()}
            found[name] = replace(rollout, objects=objects, progress=silent, message="")
    return found


_FAILED = "it failed"


def _decision(decision: RecordedDecision, scope: Scope) -> RecordedDecision:
    """Without members that may not be seen, and without what only counts over all of them."""
    if scope.clusters is None:
        return replace(decision, required_by=tuple(one for one in decision.required_by if scope.has_namespace(one.key.namespace)))
    has, binding = scope.has_cluster, decision.binding
    targets = tuple(one for one in binding.targets if has(one.name))
    rejected = {name: why for name, why in binding.rejected.items() if has(name)}
    required = (replace(one, targets=tuple(two for two in one.targets if has(two.name))) for one in decision.required_by)
    return RecordedDecision(
        binding=replace(binding, targets=targets, rejected=rejected, reasons=(), replicas=sum(one.replicas for one in targets)),
        template_file=decision.template_file,
        parent=decision.parent,
        policy_file=decision.policy_file,
        overrides=decision.overrides,
        rule_files=decision.rule_files,
        leaving=_of(decision.leaving, scope),
        required_by=tuple(one for one in required if scope.has_namespace(one.key.namespace) and one.targets),
        suspension=_suspension(decision.suspension, scope),
        preserve=decision.preserve,
        conflict_resolution=decision.conflict_resolution,
        held=decision.held,
        held_on=frozenset(filter(has, decision.held_on)),
        overridden=_of(decision.overridden, scope),
        unhealthy_since=_of(decision.unhealthy_since, scope),
        waiting=_of(decision.waiting, scope),
        evictions=tuple(one for one in decision.evictions if has(one.from_cluster)),
    )


Value = TypeVar("Value")


def _of(by_cluster: Mapping[ClusterName, Value], scope: Scope) -> dict[ClusterName, Value]:
    return {name: value for name, value in by_cluster.items() if scope.has_cluster(name)}


def _report(report: ObjectReport, scope: Scope) -> ObjectReport:
    """The aggregated status counts over all members."""
    if scope.clusters is None:
        return report
    groups = [(status, tuple(filter(scope.has_cluster, clusters))) for status, clusters in report.groups]
    return ObjectReport.of_groups(tuple((status, clusters) for status, clusters in groups if clusters), None)


def _clusters(
    clusters: Mapping[ClusterName, RecordedCluster],
    decisions: Mapping[ResourceKey, RecordedDecision],
    reports: Mapping[ResourceKey, ObjectReport],
    scope: Scope,
) -> dict[ClusterName, RecordedCluster]:
    """Counted are the objects that may be seen."""
    seen = {name: one for name, one in clusters.items() if scope.has_cluster(name)}
    if scope.namespaces is None:
        return seen
    held, applied, current = Counter[ClusterName](), Counter[ClusterName](), Counter[ClusterName]()
    for key, decision in decisions.items():
        report = reports.get(key, ObjectReport())
        held.update(decision.holders(report))
        for status, names in report.groups:
            applied.update(names if status.applied else ())
            current.update(names if status.applied and status.health.word == "Current" else ())
    return {
        name: replace(one, objects=held[name], applied=applied[name], current=current[name], digest="", observed=None)
        for name, one in seen.items()
    }

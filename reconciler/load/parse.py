"""Documents of the kinds of Karmada and of this project → typed objects of `model/`. `schemas/karmada.py` checks their structure.

Documents may lack the defaults that Karmada's API fills in. `admission/` defines the defaults and checks; this module applies the
defaults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson

from reconciler.documents.json_writer import large_integers_as_floats, write_json
from reconciler.load.admission.clusters import stored_cluster
from reconciler.load.admission.overrides import stored_override_policy
from reconciler.load.admission.placement import stored_placement
from reconciler.load.admission.propagation import TOLERATION_SECONDS, stored_propagation_policy
from reconciler.load.capacity import parse_models
from reconciler.load.parse_rollout import controls_of
from reconciler.model.cluster import Cluster, Taint, parse_moment
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.failover import NO_FAILOVER, ApplicationFailover, ClusterFailover, Failover, PurgeMode, StateRule
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, get, labels_of, mapping, sequence, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.overrides import (
    CommandArgsOverrider,
    FieldOverrider,
    ImageOverrider,
    LabelAnnotationOverrider,
    OverridePolicy,
    Overrider,
    OverrideRule,
    PatchOperation,
    PlaintextOverrider,
)
from reconciler.model.policy import (
    AffinityTerm,
    Placement,
    PropagationPolicy,
    ReplicaScheduling,
    ResourceSelector,
    SpreadConstraint,
    StaticWeight,
    Suspension,
    Toleration,
    WeightPreference,
)
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.remedy import Remedy, RemedyMatch
from reconciler.model.rollout import ROLLOUT_ANNOTATION
from reconciler.model.selector import LabelSelector, Requirement
from reconciler.model.suspended import suspended_in
from reconciler.model.taint_policy import MatchCondition, TaintPolicy

_DEFAULT_SCHEDULER = "default-scheduler"


def parse_cluster(document: Manifest, origin: Origin = NOWHERE) -> Cluster:
    """A Cluster. Its `status` is ignored, as in Karmada on creation."""
    spec = mapping(stored_cluster(document), "spec")
    return Cluster(
        name=ClusterName(text(document, "metadata", "name")),
        labels=labels_of(document),
        annotations=annotations_of(document),
        provider=text(spec, "provider"),
        region=text(spec, "region"),
        zones=tuple(sequence(spec, "zones")),
        taints=tuple(
            Taint(text(t, "key"), text(t, "value"), text(t, "effect"), parse_moment(text(t, "timeAdded")))
            for t in sequence(spec, "taints")
        ),
        sync_mode=text(spec, "syncMode") or "Push",
        api_endpoint=text(spec, "apiEndpoint"),
        secret_ref=_secret_ref(mapping(spec, "secretRef")),
        proxy_url=text(spec, "proxyURL"),
        proxy_headers=_proxy_headers(mapping(spec, "proxyHeader")),
        resource_models=parse_models(sequence(spec, "resourceModels")),
        deleting=get(document, "metadata", "deletionTimestamp") is not None,
        origin=origin,
    )


def _secret_ref(document: Mapping[str, Any]) -> str:
    return f"{text(document, 'namespace')}/{text(document, 'name')}" if text(document, "name") else ""


def _proxy_headers(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A comma separates several values (Karmada pkg/util/membercluster_client.go)."""
    return tuple((name, value) for name in sorted(document) for value in text(document, name).split(","))


def parse_propagation_policy(document: Manifest, origin: Origin = NOWHERE) -> PropagationPolicy:
    """A PropagationPolicy or ClusterPropagationPolicy."""
    ref = _policy_ref(document)
    spec = mapping(stored_propagation_policy(document, ref.namespace), "spec")
    return PropagationPolicy(
        ref=ref,
        selectors=_resource_selectors(spec),
        placement=parse_placement(as_admitted(mapping(spec, "placement"))),
        priority=get(spec, "priority") or 0,
        preemption=text(spec, "preemption") == "Always",
        dependent_overrides=tuple(sequence(spec, "dependentOverrides")),
        # Without the default: where a policy does not set it, the Configuration of the repository decides.
        conflict_resolution=text(document, "spec", "conflictResolution"),
        propagate_deps=get(spec, "propagateDeps") is True,
        suspension=_suspension(mapping(spec, "suspension")),
        preserve=get(spec, "preserveResourcesOnDeletion") is True,
        lazy=text(spec, "activationPreference") == "Lazy",
        failover=_failover(mapping(spec, "failover")),
        scheduler="" if text(spec, "schedulerName") == _DEFAULT_SCHEDULER else text(spec, "schedulerName"),
        digest=digest_of(spec),
        suspended=suspended_in(annotations_of(document)),
        rollout=annotations_of(document).get(ROLLOUT_ANNOTATION, ""),
        rollout_controls=controls_of(annotations_of(document)),
        deleting=get(document, "metadata", "deletionTimestamp") is not None,
        origin=origin,
    )


def _failover(document: Mapping[str, Any]) -> Failover:
    """document: with defaults."""
    if not document:
        return NO_FAILOVER
    cluster, application = mapping(document, "cluster"), get(document, "application")
    by_taint = ClusterFailover(PurgeMode(text(cluster, "purgeMode") or "Gracefully"), _state_rules(cluster))
    return Failover(by_taint, None if application is None else _application_failover(application))


def _application_failover(document: Any) -> ApplicationFailover:
    seconds, grace = get(document, "decisionConditions", "tolerationSeconds"), get(document, "gracePeriodSeconds")
    return ApplicationFailover(
        _seconds(TOLERATION_SECONDS if seconds is None else seconds),
        PurgeMode(text(document, "purgeMode") or "Gracefully"),
        None if grace is None else _seconds(grace),
        _state_rules(document),
    )


def _seconds(count: int) -> timedelta:
    """More than three hundred years are as good as for ever, and within the calendar."""
    return timedelta(seconds=min(count, 10**10))


def _state_rules(document: Any) -> tuple[StateRule, ...]:
    rules = sequence(document, "statePreservation", "rules")
    return tuple(StateRule(text(rule, "aliasLabelName"), text(rule, "jsonPath")) for rule in rules)


def _suspension(document: Mapping[str, Any]) -> Suspension:
    """`suspension.scheduling` is not read: only bindings have it, set by other controllers (policy.karmada.io/v1alpha1)."""
    clusters = frozenset(sequence(document, "dispatchingOnClusters", "clusterNames"))
    return Suspension(get(document, "dispatching") is True, clusters)


def digest_of(document: Mapping[str, Any]) -> str:
    """`sha256:` and hex digits. The order of the fields does not matter."""
    return f"sha256:{hashlib.sha256(write_json(document, orjson.OPT_SORT_KEYS)).hexdigest()}"


def as_admitted(placement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The placement with the defaults that Karmada's API fills in, and without empty lists."""
    return stored_placement(as_go_json(placement))


def parse_placement(document: Mapping[str, Any]) -> Placement:
    """The placement as it is written, without defaults."""
    affinity = get(document, "clusterAffinity")
    return Placement(
        affinity=None if affinity is None else parse_cluster_affinity(affinity),
        affinities=tuple(_affinity_term(term) for term in sequence(document, "clusterAffinities")),
        tolerations=tuple(
            Toleration(
                key=text(item, "key"),
                operator=text(item, "operator") or "Equal",
                value=text(item, "value"),
                effect=text(item, "effect"),
                toleration_seconds=get(item, "tolerationSeconds"),
            )
            for item in sequence(document, "clusterTolerations")
        ),
        spread=tuple(_spread_constraint(item) for item in sequence(document, "spreadConstraints")),
        replica_scheduling=_replica_scheduling(get(document, "replicaScheduling")),
        document=document,
    )


def parse_cluster_affinity(document: Any) -> ClusterAffinity:
    selector = get(document, "labelSelector")
    return ClusterAffinity(
        label_selector=None if selector is None else LabelSelector.parse(selector),
        fields=tuple(
            Requirement(text(item, "key"), text(item, "operator"), tuple(sequence(item, "values")))
            for item in sequence(document, "fieldSelector", "matchExpressions")
        ),
        cluster_names=tuple(sequence(document, "clusterNames")),
        exclude=tuple(sequence(document, "exclude")),
    )


def _affinity_term(document: Any) -> AffinityTerm:
    overflow = get(document, "overflowAffinities")
    return AffinityTerm(
        name=text(document, "affinityName"),
        affinity=parse_cluster_affinity(document),
        overflow=None if overflow is None else tuple(map(_affinity_term, overflow)),
    )


def _spread_constraint(document: Any) -> SpreadConstraint:
    return SpreadConstraint(
        spread_by_field=text(document, "spreadByField"),
        spread_by_label=text(document, "spreadByLabel"),
        max_groups=get(document, "maxGroups") or 0,
        min_groups=get(document, "minGroups") or 0,
    )


def _replica_scheduling(document: Any) -> ReplicaScheduling | None:
    if document is None:
        return None
    weights = get(document, "weightPreference")
    return ReplicaScheduling(
        type=text(document, "replicaSchedulingType"),
        preference=text(document, "replicaDivisionPreference"),
        weights=None
        if weights is None
        else WeightPreference(
            static=tuple(
                StaticWeight(parse_cluster_affinity(mapping(item, "targetCluster")), get(item, "weight") or 0)
                for item in sequence(weights, "staticWeightList")
            ),
            dynamic=text(weights, "dynamicWeight"),
        ),
    )


def parse_override_policy(
    document: Manifest, origin: Origin = NOWHERE, line_of: Callable[..., int] = lambda *path: 0
) -> OverridePolicy:
    """An OverridePolicy or ClusterOverridePolicy. `line_of(*path)`: the line of a part of the document, 0 if unknown."""
    ref = _policy_ref(document)
    spec = mapping(stored_override_policy(document, ref.namespace), "spec")
    rules = sequence(spec, "overrideRules")
    if rules:
        parsed = [_override_rule(rule, origin, line_of, "spec", "overrideRules", index) for index, rule in enumerate(rules)]
    else:  # The older form, without overrideRules: one rule at the top level.
        parsed = [_override_rule(spec, origin, line_of, "spec")]
    return OverridePolicy(ref, _resource_selectors(spec), tuple(parsed), origin)


def _override_rule(document: Any, policy: Origin, line_of: Callable[..., int], *path: str | int) -> OverrideRule:
    """path: of the rule in its policy."""
    target, overriders = get(document, "targetCluster"), mapping(document, "overriders")
    line = (line_of(*path) if len(path) > 1 else 0) or policy.line
    items = [(name, index) for name in _OVERRIDERS for index, _ in enumerate(sequence(overriders, name))]
    return OverrideRule(
        target=None if target is None else parse_cluster_affinity(target),
        overriders=tuple(_overriders(overriders)),
        origin=Origin(policy.file, line),
        places=tuple(Origin(policy.file, line_of(*path, "overriders", *item) or line) for item in items),
    )


_OVERRIDERS = (
    "imageOverrider",
    "commandOverrider",
    "argsOverrider",
    "labelsOverrider",
    "annotationsOverrider",
    "fieldOverrider",
    "plaintext",
)
"""The fields of `overriders`, in the order in which they apply."""


def _overriders(document: Mapping[str, Any]) -> Iterable[Overrider]:
    """In the order in which Karmada applies them (pkg/util/overridemanager)."""
    for item in sequence(document, "imageOverrider"):
        predicate = get(item, "predicate")
        yield ImageOverrider(
            component=text(item, "component"),
            operator=text(item, "operator"),
            value=text(item, "value"),
            predicate_path=None if predicate is None else text(predicate, "path"),
        )
    for field in ("command", "args"):
        for item in sequence(document, f"{field}Overrider"):
            values = tuple(sequence(item, "value"))
            yield CommandArgsOverrider(field, text(item, "containerName"), text(item, "operator"), values)
    for field in ("labels", "annotations"):
        for item in sequence(document, f"{field}Overrider"):
            pairs = tuple(sorted(mapping(item, "value").items()))
            yield LabelAnnotationOverrider(field, text(item, "operator"), pairs)
    for item in sequence(document, "fieldOverrider"):
        yield FieldOverrider(
            field_path=text(item, "fieldPath"),
            json=tuple(_operation(operation, "subPath", get(operation, "value")) for operation in sequence(item, "json")),
            yaml=tuple(_operation(operation, "subPath", get(operation, "value")) for operation in sequence(item, "yaml")),
        )
    plaintext = sequence(document, "plaintext")
    if plaintext:
        # A Go client reads integers beyond signed 64 bits into an object as floats (k8s.io/apimachinery pkg/util/json). Text
        # inside a field (fieldOverrider) keeps them.
        stored = [large_integers_as_floats(get(operation, "value"), 2**63) for operation in plaintext]
        yield PlaintextOverrider(tuple(_operation(item, "path", value) for item, value in zip(plaintext, stored, strict=True)))


def _operation(document: Any, path_field: str, value: Any) -> PatchOperation:
    return PatchOperation(text(document, "operator"), text(document, path_field), value)


def _policy_ref(document: Manifest) -> PolicyRef:
    kind = text(document, "kind")
    namespace = "" if kind.startswith("Cluster") else text(document, "metadata", "namespace") or "default"
    return PolicyRef(kind, namespace, text(document, "metadata", "name"))


def _resource_selectors(spec: Mapping[str, Any]) -> tuple[ResourceSelector, ...]:
    return tuple(
        ResourceSelector(
            api_version=text(item, "apiVersion"),
            kind=text(item, "kind"),
            namespace=text(item, "namespace"),
            name=text(item, "name"),
            label_selector=None if get(item, "labelSelector") is None else LabelSelector.parse(mapping(item, "labelSelector")),
        )
        for item in sequence(spec, "resourceSelectors")
    )


def parse_rebalancer(document: Manifest, origin: Origin = NOWHERE) -> Rebalancer:
    """A WorkloadRebalancer. As in Karmada, a workload without a namespace has a cluster-scoped kind."""
    workloads = []
    for item in sequence(document, "spec", "workloads"):
        gvk = GroupVersionKind.parse(text(item, "apiVersion"), text(item, "kind"))
        workloads.append(ResourceKey(gvk.group, gvk.kind, text(item, "namespace"), text(item, "name")))
    return Rebalancer(text(document, "metadata", "name"), tuple(workloads), origin)


def parse_remedy(document: Manifest, origin: Origin = NOWHERE) -> Remedy:
    spec = mapping(document, "spec")
    affinity, matches = get(spec, "clusterAffinity"), get(spec, "decisionMatches")
    return Remedy(
        name=text(document, "metadata", "name"),
        clusters=None if affinity is None else tuple(sequence(affinity, "clusterNames")),
        matches=None if matches is None else tuple(_remedy_match(item) for item in sequence(spec, "decisionMatches")),
        actions=tuple(sequence(spec, "actions")),
        origin=origin,
    )


def _remedy_match(document: Any) -> RemedyMatch:
    found = mapping(document, "clusterConditionMatch")
    return RemedyMatch(text(found, "conditionType"), text(found, "operator"), text(found, "conditionStatus"))


def parse_taint_policy(document: Manifest, origin: Origin = NOWHERE) -> TaintPolicy:
    spec = mapping(document, "spec")
    target = get(spec, "targetClusters")
    return TaintPolicy(
        name=text(document, "metadata", "name"),
        target=None if target is None else parse_cluster_affinity(target),
        add_on=tuple(_match_condition(item) for item in sequence(spec, "addOnConditions")),
        remove_on=tuple(_match_condition(item) for item in sequence(spec, "removeOnConditions")),
        taints=tuple(Taint(text(t, "key"), text(t, "value"), text(t, "effect")) for t in sequence(spec, "taints")),
        origin=origin,
    )


def _match_condition(document: Any) -> MatchCondition:
    return MatchCondition(text(document, "conditionType"), text(document, "operator"), tuple(sequence(document, "statusValues")))

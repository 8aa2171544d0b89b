"""The built-in rules by group and kind, and one function for each operation.

There are three ways of looking up a rule, as in Karmada and kstatus. Karmada's interpreter (replicas, revise, retain,
dependencies, healthy, reflect, aggregate) uses group, version and kind. Cleaning, checks of Go types and the path of containers
use the name of the kind only, in any group; if two groups have the same name (StatefulSet), it is the kind of Kubernetes.
kstatus uses group and kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter import (
    apiservice,
    broadcastjob,
    chart,
    cloneset,
    clusterrole,
    configmap,
    cronjob,
    customresourcedefinition,
    daemonset,
    deployment,
    go_types,
    horizontalpodautoscaler,
    ingress,
    job,
    kruisestatefulset,
    kstatus,
    mutatingwebhookconfiguration,
    persistentvolume,
    persistentvolumeclaim,
    pod,
    poddisruptionbudget,
    replicaset,
    scaledobject,
    secret,
    service,
    serviceaccount,
    serviceexport,
    serviceimport,
    statefulset,
    uniteddeployment,
    validatingwebhookconfiguration,
    workflow,
)
from reconciler.interpreter.argo_health.judge import argo_health_of
from reconciler.interpreter.job import divide_completions, with_completions
from reconciler.interpreter.pod_references import Reference, class_references, sort_key
from reconciler.interpreter.rules import KindRules, MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import whole_status
from reconciler.model.customization import Operation
from reconciler.model.health import Health, combine
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, gvk_of, mapping, sequence, text, with_value

__all__ = [
    "MalformedObjectError",
    "aggregate",
    "assess",
    "breaks_first",
    "check_go_type",
    "claim_names",
    "clean",
    "completions_by_cluster",
    "completions_of",
    "containers_path",
    "dependencies_of",
    "divide_completions",
    "further_references_of",
    "has_completions",
    "has_rule",
    "health_of",
    "healthy",
    "pod_spec_path",
    "reflect",
    "replicas_and_requirements",
    "replicas_of",
    "replicas_path",
    "requirements_of",
    "retain",
    "revise",
    "rules_for",
    "with_completions",
    "with_default_count",
    "without_controller_fields",
]

_ALL = (
    apiservice.RULES,
    clusterrole.RULES,
    configmap.RULES,
    cronjob.RULES,
    customresourcedefinition.RULES,
    daemonset.RULES,
    deployment.RULES,
    horizontalpodautoscaler.RULES,
    ingress.RULES,
    job.RULES,
    mutatingwebhookconfiguration.RULES,
    persistentvolume.RULES,
    persistentvolumeclaim.RULES,
    pod.RULES,
    poddisruptionbudget.RULES,
    replicaset.RULES,
    secret.RULES,
    service.RULES,
    serviceaccount.RULES,
    serviceimport.RULES,
    statefulset.RULES,
    validatingwebhookconfiguration.RULES,
)
"""Kinds of Kubernetes."""
_THIRD_PARTY = (broadcastjob.RULES, cloneset.RULES, kruisestatefulset.RULES, uniteddeployment.RULES, workflow.RULES)
"""Kinds for which Karmada has third-party scripts. They, and our own, are never looked up by the name of the kind only."""

KIND_RULES = (*_ALL, *_THIRD_PARTY, chart.RULES, scaledobject.RULES, serviceexport.RULES)
"""The rules of every kind that has its own rules."""

_BY_GROUP_AND_KIND: Mapping[tuple[str, str], KindRules] = {
    (group, rules.kind): rules for rules in KIND_RULES for group in rules.groups
}
_BY_KIND: Mapping[str, KindRules] = {rules.kind: rules for rules in _ALL}

_SET_BY_THE_API_SERVER = frozenset({
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
})  # fmt: skip

_RULE_BY_OPERATION: Mapping[Operation, Callable[[KindRules], object]] = {
    Operation.REPLICAS: lambda rules: rules.replicas,
    Operation.REVISION: lambda rules: rules.revise,
    Operation.RETENTION: lambda rules: rules.retain,
    Operation.DEPENDENCIES: lambda rules: rules.dependencies,
    Operation.HEALTH: lambda rules: rules.healthy,
    Operation.AGGREGATION: lambda rules: rules.aggregate,
    Operation.COMPONENTS: lambda rules: None,
}


def pod_spec_path(group: str, kind: str) -> tuple[str, ...] | None:
    """Path of the Pod's `spec` in objects of a kind of Kubernetes that has rules; None for other kinds, and without Pods."""
    rules = _BY_GROUP_AND_KIND.get((group, kind))
    if rules is None or rules.pod_template is None or rules is not _BY_KIND.get(kind):
        return None
    return (*rules.pod_template, "spec")


def rules_for(group: str, kind: str) -> KindRules | None:
    """The rules of a kind; None if there are none, also if its name has rules in another group."""
    return _BY_GROUP_AND_KIND.get((group, kind))


def replicas_of(manifest: Manifest) -> int | None:
    """The number of replicas in the template, with Kubernetes' defaults for absent fields; None for kinds without replicas.

    Raises MalformedObjectError if it is not a whole number (karmada pkg/resourceinterpreter/default/native).
    """
    rules = _of_version(gvk_of(manifest))
    return None if rules is None or rules.replicas is None else rules.replicas(manifest)


def revise(manifest: Manifest, replicas: int) -> Manifest:
    """A copy with the number of replicas of one cluster; the same manifest for kinds without replicas, or if the field is absent.

    Raises MalformedObjectError if the field is not an integer.
    """
    rules = _of_version(gvk_of(manifest))
    return manifest if rules is None or rules.revise is None else rules.revise(manifest, replicas)


def with_default_count(manifest: Manifest) -> Manifest:
    """A copy with the default number of replicas that the API server would fill in; the same manifest if it has a number.

    Karmada reads templates from an API server, which has filled it in. A file may not have it.
    """
    rules = _of_version(gvk_of(manifest))
    count = replicas_of(manifest)
    if rules is None or not rules.replicas_defaulted or count is None or get(manifest, *replicas_path(manifest)) is not None:
        return manifest
    return with_value(manifest, replicas_path(manifest), count)  # type: ignore[no-any-return]


def replicas_path(manifest: Manifest) -> tuple[str, ...]:
    """The field with the number of replicas of this kind; `spec.replicas` for kinds without a rule."""
    rules = _of_version(gvk_of(manifest))
    return (rules.replicas_path if rules is not None else None) or ("spec", "replicas")


def completions_of(manifest: Manifest) -> int | None:
    """The completions of a Job (of any group); None for other kinds, and for a work queue. Raises MalformedObjectError."""
    return job.completions_of(manifest) if has_completions(manifest) else None


def has_completions(manifest: Manifest) -> bool:
    """Whether objects of this kind have completions: Jobs, of any group."""
    return text(manifest, "kind") == job.RULES.kind


def completions_by_cluster(manifest: Manifest, shares: Mapping[str, int], uid: str = "") -> Mapping[str, int]:
    """Cluster → its part of the completions of a Job (of any group); empty if nothing is divided.

    shares: cluster → replicas. Raises MalformedObjectError for an object that is not a valid Job.
    """
    if not has_completions(manifest):
        return {}
    return job.completions_by_cluster(manifest, shares, uid)


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the fields that the member allocated or chose (karmada pkg/resourceinterpreter/default/native/retain.go).

    karmada_exact: also where Karmada's rule loses changes from Git; the rules of the kinds say where. Only the comparison with
    Karmada sets it.
    """
    rules = _of_version(gvk_of(desired))
    if rules is None or rules.retain is None:
        return desired
    return rules.retain(desired, live, karmada_exact=karmada_exact)


def without_controller_fields(manifest: Manifest) -> Manifest:
    """A copy without the fields that a controller in the member fills by a rule of Kubernetes; the same manifest if there are
    none."""
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    return manifest if rules is None or rules.leave_to_controllers is None else rules.leave_to_controllers(manifest)


def has_rule(gvk: GroupVersionKind, operation: Operation) -> bool:
    """Whether exactly this kind and version has a rule. For the status there always is one: the whole status."""
    if operation is Operation.REFLECTION:
        return True
    rules = _of_version(gvk)
    return rules is not None and bool(_RULE_BY_OPERATION[operation](rules))


def requirements_of(manifest: Manifest) -> Mapping[str, Any] | None:
    """The requirements of one replica, as Karmada's `replicaRequirements`; None if there are none, or the kind has no replicas.

    Raises MalformedObjectError for an object that is invalid for its kind.
    """
    rules = _of_version(gvk_of(manifest))
    return None if rules is None or rules.requirements is None else rules.requirements(manifest)


def replicas_and_requirements(manifest: Manifest) -> tuple[int, Mapping[str, Any] | None]:
    """(number of replicas, requirements of one). As in Karmada, whose templates come from an API server, an absent number is 0.

    For a template from a file, call `with_default_count` first. Raises MalformedObjectError, also for kinds without replicas.
    """
    rules = _required_rules(manifest, Operation.REPLICAS)
    requirements = requirements_of(manifest)
    is_absent = rules.replicas_defaulted and get(manifest, *replicas_path(manifest)) is None
    return 0 if is_absent else replicas_of(manifest) or 0, requirements


def dependencies_of(manifest: Manifest) -> tuple[Reference, ...]:
    """References to the objects that this object depends on, sorted; empty for a kind without a rule.

    Karmada's DependentObjectReference: `apiVersion`, `kind`, `namespace` unless empty, `name` or `labelSelector`.
    Raises MalformedObjectError for an object that is invalid for its kind.
    """
    rules = _of_version(gvk_of(manifest))
    return () if rules is None or rules.dependencies is None else tuple(sorted(rules.dependencies(manifest), key=sort_key))


def further_references_of(manifest: Manifest) -> tuple[Reference, ...]:
    """References that Karmada does not follow: classes, and the workload of an autoscaler. Never raises."""
    rules = _of_version(gvk_of(manifest))
    if rules is None:
        return ()
    references = list(rules.also_refers_to(manifest)) if rules.also_refers_to else []
    if rules.pod_template is not None:
        references += class_references({"spec": mapping(manifest, *rules.pod_template, "spec")})
    return tuple(sorted(references, key=sort_key))


def healthy(manifest: Manifest) -> bool:
    """Karmada's health of a live object, by its rule for the kind. This program acts on `assess(...).healthy` instead.

    The two differ: Karmada does not read conditions, and a copy in progress is unhealthy for it.
    Raises MalformedObjectError, also for a kind without a rule (`has_rule`), which is healthy for Karmada.
    """
    rules = _required_rules(manifest, Operation.HEALTH)
    return rules.healthy is not None and rules.healthy(manifest)


def reflect(manifest: Manifest) -> Any:
    """The part of a live object's status that is collected; the whole status for kinds without a rule; None if there is none.

    Raises MalformedObjectError for a status of a wrong type.
    """
    rules = _of_version(gvk_of(manifest))
    return whole_status(manifest) if rules is None or rules.reflect is None else rules.reflect(manifest)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The template with one status from those of its members; the same template if the status does not change.

    items: Karmada's AggregatedStatusItem documents, sorted by the names of the members; None if no reports were requested.
    Raises MalformedObjectError, also for a kind without a rule (`has_rule`).
    """
    rules = _required_rules(manifest, Operation.AGGREGATION)
    return manifest if rules.aggregate is None else rules.aggregate(manifest, items, now)


def _required_rules(manifest: Manifest, operation: Operation) -> KindRules:
    gvk = gvk_of(manifest)
    rules = _of_version(gvk)
    if rules is None or not _RULE_BY_OPERATION[operation](rules):
        raise MalformedObjectError(f"there is no rule {operation} for {gvk}")
    return rules


def _of_version(gvk: GroupVersionKind) -> KindRules | None:
    rules = rules_for(gvk.group, gvk.kind)
    return rules if rules is not None and (gvk.group, gvk.version) == (rules.groups[0], rules.version) else None


def clean(manifest: Manifest) -> Manifest:
    """A copy without fields that an API server or one cluster sets (karmada pkg/resourceinterpreter/default/native/prune).

    Karmada cleans twice, when it creates a Work and in the webhook that admits it. For ServiceAccounts the second pass removes
    more than the first. Returns the same manifest if there is nothing to remove.
    """
    once = _cleaned(manifest)
    return manifest if once is manifest else _cleaned(once)


def _cleaned(manifest: Manifest) -> Manifest:
    metadata = manifest.get("metadata")
    if isinstance(metadata, Mapping) and not _SET_BY_THE_API_SERVER.isdisjoint(metadata):
        rest = {name: value for name, value in metadata.items() if name not in _SET_BY_THE_API_SERVER}
        manifest = {**manifest, "metadata": rest}
    if "status" in manifest:
        manifest = {name: value for name, value in manifest.items() if name != "status"}
    rules = _BY_KIND.get(text(manifest, "kind"))
    return manifest if rules is None or rules.clean is None else rules.clean(manifest)


def check_go_type(manifest: Manifest, valid: Manifest | None = None) -> None:
    """Raises MalformedObjectError if Kubernetes' Go type of this kind cannot hold the object. Other kinds pass.

    valid: an object of this kind that its type can hold. What the two share is not looked at again.
    """
    rules = _BY_KIND.get(text(manifest, "kind"))
    if rules is not None and rules.go_type:
        go_types.check(manifest, rules.go_type, valid)


def containers_path(kind: str) -> tuple[str, ...] | None:
    """Path of the list of containers whose image, command and args can be overridden; None for kinds without one."""
    rules = _BY_KIND.get(kind)
    if rules is None or not rules.go_type or rules.pod_template is None:
        return None
    return (*rules.pod_template, "spec", "containers")


def health_of(manifest: Manifest, now: datetime | None = None) -> Health:
    """The kstatus health of a live object. now: with a time zone; only Pods that wait for a node need it. Never raises."""
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    return kstatus.assess(manifest, None if rules is None else rules.health, now)


def assess(manifest: Manifest, now: datetime | None = None) -> Health:
    """The health that we report and act on: kstatus combined with Argo CD (`model.health.combine`). Never raises."""
    return combine(health_of(manifest, now), argo_health_of(manifest))


def breaks_first(manifest: Manifest) -> bool:
    """Whether a move must remove the old copy before it creates the new one, because two copies would do harm.

    The template does not tell whether the claims that it mounts (`claim_names`) allow several writers; check the claims for that.
    """
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    return rules is not None and rules.breaks_first is not None and rules.breaks_first(manifest)


def claim_names(manifest: Manifest) -> tuple[str, ...]:
    """The PersistentVolumeClaims that the Pods of the workload mount by name, sorted."""
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    if rules is None or rules.pod_template is None:
        return ()
    volumes = sequence(manifest, *rules.pod_template, "spec", "volumes")
    names = {text(volume, "persistentVolumeClaim", "claimName") for volume in volumes}
    return tuple(sorted(names - {""}))

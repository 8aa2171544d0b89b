"""Group and kind → what we know about it, and the questions that other rooms ask.

Karmada and kstatus look up in three ways, and so do we: Karmada's interpreting (replicas, revise, retain, dependencies,
healthy, reflect, aggregate) by exact group, version and kind; cleaning, typed reading and the place of containers by the
kind's name alone, whatever the group; kstatus' health by group and kind.
Where two groups share a name (StatefulSet), the name alone means Kubernetes' own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter import (
    broadcastjob,
    cloneset,
    configmap,
    cronjob,
    customresourcedefinition,
    daemonset,
    deployment,
    generic,
    go_types,
    horizontalpodautoscaler,
    ingress,
    job,
    kruisestatefulset,
    persistentvolume,
    persistentvolumeclaim,
    pod,
    poddisruptionbudget,
    replicaset,
    secret,
    service,
    serviceaccount,
    serviceimport,
    statefulset,
    uniteddeployment,
    workflow,
)
from reconciler.interpreter.argo_health.judge import opinion_of
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
    "check_typed",
    "claim_names",
    "clean",
    "completions_by_cluster",
    "containers_path",
    "dependencies_of",
    "divide_completions",
    "further_references_of",
    "has_rule",
    "health_of",
    "healthy",
    "reflect",
    "replicas_and_requirements",
    "replicas_of",
    "replicas_path",
    "requirements_of",
    "retain",
    "revise",
    "rules_by_kind",
    "rules_for",
    "with_completions",
    "with_default_count",
]

_ALL = (
    configmap.RULES,
    cronjob.RULES,
    customresourcedefinition.RULES,
    daemonset.RULES,
    deployment.RULES,
    horizontalpodautoscaler.RULES,
    ingress.RULES,
    job.RULES,
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
)
"""Kinds of Kubernetes."""
_THIRD_PARTY = (broadcastjob.RULES, cloneset.RULES, kruisestatefulset.RULES, uniteddeployment.RULES, workflow.RULES)
"""Kinds for which Karmada ships scripts. They are no names of their own: `rules_by_kind` does not know them."""

KIND_RULES = (*_ALL, *_THIRD_PARTY)
"""What is known about every kind that has rules of its own."""

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


def rules_for(group: str, kind: str) -> KindRules | None:
    """What we know about a kind; None for an unknown one, also where its name is known in another group."""
    return _BY_GROUP_AND_KIND.get((group, kind))


def rules_by_kind(kind: str) -> KindRules | None:
    """What we know about Kubernetes' own kind of this name, in whatever group the name is found."""
    return _BY_KIND.get(kind)


def replicas_of(manifest: Manifest) -> int | None:
    """The template's number, with Kubernetes' defaults for absent fields; None for kinds without a count.

    Raises MalformedObjectError for a count that is no whole number (karmada pkg/resourceinterpreter/default/native).
    """
    rules = _in_this_version(manifest)
    return None if rules is None or rules.replicas is None else rules.replicas(manifest)


def revise(manifest: Manifest, replicas: int) -> Manifest:
    """A copy with one cluster's number; the manifest itself for kinds without a count, or where it does not state one.

    Raises MalformedObjectError where the field is there and no integer.
    """
    rules = _in_this_version(manifest)
    return manifest if rules is None or rules.revise is None else rules.revise(manifest, replicas)


def with_default_count(manifest: Manifest) -> Manifest:
    """A copy that states the number which the API server would fill in; the manifest itself where it states one.

    Karmada reads templates from an API server, which has filled it in; a file may leave it out.
    """
    rules = _in_this_version(manifest)
    count = replicas_of(manifest)
    if rules is None or not rules.replicas_defaulted or count is None or get(manifest, *replicas_path(manifest)) is not None:
        return manifest
    return with_value(manifest, replicas_path(manifest), count)  # type: ignore[no-any-return]


def replicas_path(manifest: Manifest) -> tuple[str, ...]:
    """Where an object of this kind states its number of replicas; `spec.replicas` for kinds without a rule of their own."""
    rules = _in_this_version(manifest)
    return (rules.replicas_path if rules is not None else None) or ("spec", "replicas")


def completions_by_cluster(manifest: Manifest, shares: Mapping[str, int], uid: str = "") -> Mapping[str, int]:
    """Each cluster's part of what a Job, of whatever group, is to complete; empty where nothing is divided.

    shares: replicas per cluster. Raises MalformedObjectError for an object that cannot be read as a Job.
    """
    if text(manifest, "kind") != job.RULES.kind:
        return {}
    return job.completions_by_cluster(manifest, shares, uid)


def retain(desired: Manifest, live: Manifest) -> Manifest:
    """`desired` with what the member allocated or chose (karmada pkg/resourceinterpreter/default/native/retain.go)."""
    rules = _in_this_version(desired)
    return desired if rules is None or rules.retain is None else rules.retain(desired, live)


def has_rule(gvk: GroupVersionKind, operation: Operation) -> bool:
    """Whether exactly this kind has a rule of its own. Of a status the whole can always be taken."""
    if operation is Operation.REFLECTION:
        return True
    rules = _of_version(gvk)
    return rules is not None and bool(_RULE_BY_OPERATION[operation](rules))


def requirements_of(manifest: Manifest) -> Mapping[str, Any] | None:
    """What one replica needs, as Karmada's `replicaRequirements`; None where it needs nothing, or has no count.

    Raises MalformedObjectError for an object that cannot be read as its kind.
    """
    rules = _in_this_version(manifest)
    return None if rules is None or rules.requirements is None else rules.requirements(manifest)


def replicas_and_requirements(manifest: Manifest) -> tuple[int, Mapping[str, Any] | None]:
    """As Karmada counts: a number that is not stated is 0, since its templates come from an API server.

    Raises MalformedObjectError, also for kinds without a count. Whoever reads files wants `with_default_count` first.
    """
    rules = _needed(manifest, Operation.REPLICAS)
    requirements = requirements_of(manifest)
    unstated = rules.replicas_defaulted and get(manifest, *replicas_path(manifest)) is None
    return 0 if unstated else replicas_of(manifest) or 0, requirements


def dependencies_of(manifest: Manifest) -> tuple[Reference, ...]:
    """References to what the object needs beside it, sorted; none for a kind without a rule.

    Karmada's DependentObjectReference: `apiVersion`, `kind`, `namespace` unless empty, `name` or `labelSelector`.
    Raises MalformedObjectError for an object that cannot be read as its kind.
    """
    rules = _in_this_version(manifest)
    return () if rules is None or rules.dependencies is None else tuple(sorted(rules.dependencies(manifest), key=sort_key))


def further_references_of(manifest: Manifest) -> tuple[Reference, ...]:
    """References beyond Karmada's: classes, and what an autoscaler scales, as far as the text tells. Never raises."""
    rules = _in_this_version(manifest)
    if rules is None:
        return ()
    found = list(rules.also_refers_to(manifest)) if rules.also_refers_to else []
    if rules.pod_template is not None:
        found += class_references({"spec": mapping(manifest, *rules.pod_template, "spec")})
    return tuple(sorted(found, key=sort_key))


def healthy(manifest: Manifest) -> bool:
    """Karmada's verdict on a live object, by its own rule for the kind; what we act on is `assess(...).healthy`.

    The two differ: Karmada does not look at conditions, and calls a copy unhealthy that is merely on its way.
    Raises MalformedObjectError, also for a kind without a rule (`has_rule`), which Karmada takes for healthy.
    """
    rules = _needed(manifest, Operation.HEALTH)
    return rules.healthy is not None and rules.healthy(manifest)


def reflect(manifest: Manifest) -> Any:
    """What of a live object's status is collected: the whole for kinds without a rule, None where there is nothing.

    Raises MalformedObjectError for a status of the wrong shape.
    """
    rules = _in_this_version(manifest)
    return whole_status(manifest) if rules is None or rules.reflect is None else rules.reflect(manifest)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    """The template with one status for what its members report; the template itself where that changes nothing.

    items: Karmada's AggregatedStatusItem documents, in the order of the members' names; None where nobody was asked.
    Raises MalformedObjectError, also for a kind without a rule (`has_rule`).
    """
    rules = _needed(manifest, Operation.AGGREGATION)
    return manifest if rules.aggregate is None else rules.aggregate(manifest, items, now)


def _needed(manifest: Manifest, operation: Operation) -> KindRules:
    gvk = gvk_of(manifest)
    rules = _of_version(gvk)
    if rules is None or not _RULE_BY_OPERATION[operation](rules):
        raise MalformedObjectError(f"there is no rule {operation} for {gvk}")
    return rules


def _in_this_version(manifest: Manifest) -> KindRules | None:
    return _of_version(gvk_of(manifest))


def _of_version(gvk: GroupVersionKind) -> KindRules | None:
    rules = rules_for(gvk.group, gvk.kind)
    return rules if rules is not None and (gvk.group, gvk.version) == (rules.groups[0], rules.version) else None


def clean(manifest: Manifest) -> Manifest:
    """A copy without what an API server or one cluster wrote (karmada pkg/resourceinterpreter/default/native/prune).

    Karmada cleans twice, once when it makes a Work and once in the webhook that admits it, and for ServiceAccounts the
    second pass removes more than the first. Returns the manifest itself where there is nothing to remove.
    """
    once = _cleaned(manifest)
    return manifest if once is manifest else _cleaned(once)


def _cleaned(manifest: Manifest) -> Manifest:
    metadata = manifest.get("metadata")
    if isinstance(metadata, Mapping) and not _SET_BY_THE_API_SERVER.isdisjoint(metadata):
        kept = {name: value for name, value in metadata.items() if name not in _SET_BY_THE_API_SERVER}
        manifest = {**manifest, "metadata": kept}
    if "status" in manifest:
        manifest = {name: value for name, value in manifest.items() if name != "status"}
    rules = _BY_KIND.get(text(manifest, "kind"))
    return manifest if rules is None or rules.clean is None else rules.clean(manifest)


def check_typed(manifest: Manifest) -> None:
    """Raises MalformedObjectError if Kubernetes' own type of this kind could not hold the object. Other kinds pass."""
    rules = _BY_KIND.get(text(manifest, "kind"))
    if rules is not None and rules.typed_as:
        go_types.check(manifest, rules.typed_as)


def containers_path(kind: str) -> tuple[str, ...] | None:
    """Where the list of containers is whose image, command and args can be overridden; None for all other kinds."""
    rules = _BY_KIND.get(kind)
    if rules is None or not rules.typed_as or rules.pod_template is None:
        return None
    return (*rules.pod_template, "spec", "containers")


def health_of(manifest: Manifest, now: datetime | None = None) -> Health:
    """kstatus' verdict on a live object. `now` (aware) matters only to Pods that wait for a node. Never raises."""
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    return generic.judge(manifest, None if rules is None else rules.health, now)


def assess(manifest: Manifest, now: datetime | None = None) -> Health:
    """The health we report and act on: kstatus' answer made one with Argo CD's (`model/health.py`, combine). Never raises."""
    return combine(health_of(manifest, now), opinion_of(manifest))


def breaks_first(manifest: Manifest) -> bool:
    """Whether a move has to remove the old copy before the new one comes, because two at once would do harm.

    The template cannot tell whether a claim it mounts (`claim_names`) allows several writers; ask that of the claim.
    """
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    return rules is not None and rules.breaks_first is not None and rules.breaks_first(manifest)


def claim_names(manifest: Manifest) -> tuple[str, ...]:
    """PersistentVolumeClaims that the workload's Pods mount by name, sorted."""
    gvk = gvk_of(manifest)
    rules = rules_for(gvk.group, gvk.kind)
    if rules is None or rules.pod_template is None:
        return ()
    volumes = sequence(manifest, *rules.pod_template, "spec", "volumes")
    names = {text(volume, "persistentVolumeClaim", "claimName") for volume in volumes}
    return tuple(sorted(names - {""}))

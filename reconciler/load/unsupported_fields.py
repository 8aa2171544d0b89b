"""Fields that Karmada acts on and this version does not: the one list of them, and a warning for each that is set.

They are allowed, because files come from Karmada unchanged, but they must not be ignored silently. Each field has one warning, at
its own line; the fields below it have none. Fields without content (null, false, empty) have no warning, because they request
nothing. Kinds without any effect are listed in `unread_kinds.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.load.schemas.explain_violations import Violation, field_path
from reconciler.model import json_path
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, annotations_of, get, text
from reconciler.model.ownership import DELETION_PROTECTED
from reconciler.model.recreation import AGREED, RECREATE_ANNOTATION, why_never_recreated

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedField:
    """One field without effect."""

    field: str
    """Its path, such as `spec.taints[].timeAdded`."""
    why: str
    """The reason, as a clause of the message."""
    remedy: str = "Remove it, or accept that it has no effect."
    values: tuple[str, ...] = ()
    """The values without effect; empty: all values."""
    of_failover: bool = False
    """Whether it has an effect where `spec.failover` of the Configuration is not off."""


_STATUS = UnsupportedField("status", "the observed status is recorded on the status branch", "Remove it.")
_FROM_THE_CREDENTIAL = "the member's credential says how to reach its server, because no pull request can change it"
FAILOVER_OFF = "FailoverOff"
"""The reason of warnings that hold only while `spec.failover` of the Configuration is off: `assemble.py` leaves them out else."""
_OFF = "spec.failover is off in the Configuration"
_TURN_ON = "To act on it, write spec.failover: {mode: auto} in the Configuration, or mode: propose."
_NO_EVICTION = UnsupportedField(
    "spec.taints[].effect",
    f"{_OFF}, so nothing is evicted; the taint only keeps new copies away, as NoSchedule does",
    _TURN_ON,
    ("NoExecute",),
    of_failover=True,
)

_PROPAGATION = (
    UnsupportedField(
        "spec.failover", f"{_OFF}, so no copy moves when a member or its application fails", _TURN_ON, of_failover=True
    ),
    UnsupportedField(
        "spec.placement.workloadAffinity",
        "each template is placed independently (in Karmada it is behind a feature gate that is off)",
    ),
    UnsupportedField(
        "spec.placement.clusterTolerations[].tolerationSeconds",
        f"{_OFF}, so no taint evicts a copy and no toleration expires",
        _TURN_ON,
        of_failover=True,
    ),
    UnsupportedField("spec.schedulePriority", "every pass schedules all templates, and none gives way to another"),
    UnsupportedField(
        "spec.association",
        "it is the old name of propagateDeps, and Karmada does not read it either",
        "Write spec.propagateDeps.",
    ),
    _STATUS,
)

_OLD_LISTS = "it is an old name, which Karmada does not read either"
_NEW_LISTS = "Write spec.providerClusters and spec.consumerClusters."

FIELDS: Mapping[tuple[str, str], tuple[UnsupportedField, ...]] = {
    ("policy.karmada.io", "PropagationPolicy"): _PROPAGATION,
    ("policy.karmada.io", "ClusterPropagationPolicy"): _PROPAGATION,
    ("policy.karmada.io", "OverridePolicy"): (_STATUS,),
    ("policy.karmada.io", "ClusterOverridePolicy"): (_STATUS,),
    ("policy.karmada.io", "ClusterTaintPolicy"): (_NO_EVICTION, _STATUS),
    ("policy.karmada.io", "FederatedResourceQuota"): (_STATUS,),
    ("networking.karmada.io", "MultiClusterService"): (
        UnsupportedField("spec.range", _OLD_LISTS, _NEW_LISTS),
        UnsupportedField("spec.serviceProvisionClusters", _OLD_LISTS, _NEW_LISTS),
        UnsupportedField("spec.serviceConsumptionClusters", _OLD_LISTS, _NEW_LISTS),
        _STATUS,
    ),
    ("cluster.karmada.io", "Cluster"): (
        UnsupportedField("spec.id", "nothing reads the id of a member"),
        UnsupportedField("spec.impersonatorSecretRef", "the program impersonates no user"),
        UnsupportedField("spec.insecureSkipTLSVerification", _FROM_THE_CREDENTIAL),
        UnsupportedField(
            "spec.taints[].timeAdded",
            f"{_OFF}, so no taint evicts a copy and its time does not matter",
            _TURN_ON,
            of_failover=True,
        ),
        _NO_EVICTION,
        UnsupportedField(
            "spec.taints[].effect",
            "the scheduler does not prefer one cluster to another",
            "Write NoSchedule, or remove the taint.",
            ("PreferNoSchedule",),
        ),
        _STATUS,
    ),
    ("config.karmada.io", "ResourceInterpreterCustomization"): (_STATUS,),
    ("autoscaling.karmada.io", "FederatedHPA"): (_STATUS,),
    ("autoscaling.karmada.io", "CronFederatedHPA"): (_STATUS,),
    ("apps.karmada.io", "WorkloadRebalancer"): (
        UnsupportedField("spec.ttlSecondsAfterFinished", "only commits remove files"),
        _STATUS,
    ),
}
"""(group, kind) → its unsupported fields. A test compares them with docs/policies.md."""


_CLEANED = (
    UnsupportedField(
        "metadata.finalizers",
        "finalizers are removed from a template before it is sent, as in Karmada, because a controller of the member sets them",
    ),
    UnsupportedField(
        "metadata.ownerReferences",
        "they are removed from a template before it is sent, as in Karmada, because the uid of the owner differs in each member",
    ),
)
TEMPLATE_FIELDS: Mapping[tuple[str, str], tuple[UnsupportedField, ...]] = {
    ("batch", "Job"): (
        UnsupportedField(
            "spec.ttlSecondsAfterFinished",
            "it is removed before the Job is sent, as in Karmada, because a Job that the member deletes would be created again",
            "Remove it. When the Job has run, remove its file; the next sync removes the Job and its Pods.",
        ),
    ),
}
"""(group, kind) of a resource template → its unsupported fields, in addition to `_CLEANED`."""


def find_unsupported_in_template(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """A warning (`NotActedOn`) for each field of a resource template that the author sets and no member gets."""
    violations = [
        _warning(unsupported, path, value)
        for unsupported in (*TEMPLATE_FIELDS.get((gvk.group, gvk.kind), ()), *_CLEANED)
        for path, value in _values_at(document, unsupported.field.split("."), ())
        if _has_content(value) and not (path[-1] == "finalizers" and _only_of_kubernetes(value))
    ]
    protection = get(document, *_PROTECTION)
    if protection is not None and protection != "Always":
        why, remedy = "only the value Always protects an object from deletion", "Write Always, or remove the label."
        violations.append(_label_warning(why, remedy))
    violations += _unsupported_recreation(document)
    violations += _rules_of_an_aggregated_role(document, gvk)
    violations += _address_of_a_service(document, gvk)
    return violations


def _rules_of_an_aggregated_role(document: Manifest, gvk: GroupVersionKind) -> Iterator[Violation]:
    is_role = (gvk.group, gvk.kind) == ("rbac.authorization.k8s.io", "ClusterRole")
    if is_role and get(document, "aggregationRule") is not None and "rules" in document:
        message = "rules has no effect here: with an aggregationRule, the controller manager of the member writes them"
        yield Violation(("rules",), Severity.WARNING, "NotActedOn", message, "Leave out rules.")


def _address_of_a_service(document: Manifest, gvk: GroupVersionKind) -> Iterator[Violation]:
    """Service.clean removes it unless it is `None`."""
    if (gvk.group, gvk.kind) == ("", "Service") and text(document, "spec", "clusterIP") not in ("", "None"):
        message = (
            "spec.clusterIP has no effect here: it is removed before the Service is sent, as in Karmada, because each member "
            "allocates an address from its own range"
        )
        remedy = "Remove it. The members keep the addresses that they allocate."
        yield Violation(("spec", "clusterIP"), Severity.WARNING, "NotActedOn", message, remedy)


def _unsupported_recreation(document: Manifest) -> Iterator[Violation]:
    value = annotations_of(document).get(RECREATE_ANNOTATION)
    if value is None:
        return
    why = why_never_recreated(document)
    if value not in AGREED:
        why, remedy = f"only the value {AGREED[0]} lets an object be recreated", f"Write {AGREED[0]}, or remove the annotation."
    else:
        remedy = "Remove it."
    if why:
        path = ("metadata", "annotations", RECREATE_ANNOTATION)
        message = f"the annotation {RECREATE_ANNOTATION} has no effect here: {why}"
        yield Violation(path, Severity.WARNING, "NotActedOn", message, remedy)


def _only_of_kubernetes(finalizers: Any) -> bool:
    """Whether Kubernetes itself sets all of them; exported files contain them, and nobody misses them."""
    return isinstance(finalizers, list) and all(
        isinstance(name, str) and name.partition("/")[0].endswith("kubernetes.io") for name in finalizers
    )


_PROTECTION = ("metadata", "labels", DELETION_PROTECTED)


def _label_warning(why: str, remedy: str) -> Violation:
    message = f"the label {DELETION_PROTECTED} has no effect here: {why}"
    return Violation(_PROTECTION, Severity.WARNING, "NotActedOn", message, remedy)


def find_unsupported(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """A warning for each field that is set and has no effect. The document may have any structure."""
    violations = [
        _warning(unsupported, path, value)
        for unsupported in FIELDS.get((gvk.group, gvk.kind), ())
        for path, value in _values_at(document, unsupported.field.split("."), ())
        if (value in unsupported.values if unsupported.values else _has_content(value))
    ]
    violations += _socks_proxy(document, gvk)
    violations += _unreadable_json_paths(document, gvk)
    if get(document, *_PROTECTION) is not None:
        why = "it protects resource templates; a commit can always remove this file"
        violations.append(_label_warning(why, "Remove it, or protect the branch in your Git server."))
    return violations


def _unreadable_json_paths(document: Manifest, gvk: GroupVersionKind) -> Iterator[Violation]:
    """Karmada accepts any text, and then never evicts."""
    if gvk.kind not in ("PropagationPolicy", "ClusterPropagationPolicy"):
        return
    for kind in ("application", "cluster"):
        field = f"spec.failover.{kind}.statePreservation.rules[].jsonPath"
        for path, value in _values_at(document, field.split("."), ()):
            try:
                json_path.parse(value if isinstance(value, str) else "")
            except json_path.JsonPathError as error:
                message = f"{field_path(path)} is no JSONPath: {error}"
                remedy = (
                    "Write a path below status, such as {.jobStatus.jobID}. Until then, what is to be preserved does not move."
                )
                yield Violation(path, Severity.WARNING, "InvalidJsonPath", message, remedy)


def _socks_proxy(document: Manifest, gvk: GroupVersionKind) -> Iterator[Violation]:
    """The value may contain a password and is not quoted."""
    if gvk.kind == "Cluster" and text(document, "spec", "proxyURL").lower().startswith("socks5:"):
        message = "spec.proxyURL cannot be used: SOCKS proxies are not supported, so the member is not reached"
        remedy = "Write the http:// or https:// address of a proxy that knows CONNECT."
        yield Violation(("spec", "proxyURL"), Severity.WARNING, "NotActedOn", message, remedy)


def _warning(unsupported: UnsupportedField, path: Path, value: Any) -> Violation:
    # The value is quoted only if it is one of the words in the list above: others may be secret.
    subject = f"{field_path(path)}: {value}" if unsupported.values else field_path(path)
    message = f"{subject} has no effect here: {unsupported.why}"
    if unsupported.of_failover:
        return Violation(path, Severity.WARNING, FAILOVER_OFF, message, unsupported.remedy)
    return Violation(path, Severity.WARNING, "NotActedOn", message, unsupported.remedy)


def _has_content(value: Any) -> bool:
    """0 counts as content, because somebody chose that number."""
    return value is not None and value is not False and value not in ("", {}, [])


def _values_at(value: Any, steps: Sequence[str], path: Path) -> Iterator[tuple[Path, Any]]:
    """(path, value) of each place that the steps lead to. A step is `a`, or `b[]` for each item of a list."""
    if not steps:
        yield path, value
        return
    name, rest = steps[0].removesuffix("[]"), steps[1:]
    if not isinstance(value, Mapping) or name not in value:
        return
    if not steps[0].endswith("[]"):
        yield from _values_at(value[name], rest, (*path, name))
    elif isinstance(value[name], list):
        for index, item in enumerate(value[name]):
            yield from _values_at(item, rest, (*path, name, index))

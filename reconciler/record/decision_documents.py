"""A recorded decision ⇄ its document: `bindings/<namespace>/<Kind>.<group>/<name>.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding, RequiredBy
from reconciler.model.capacity import Reserved
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import get, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.moments import time_text
from reconciler.model.policy import Suspension
from reconciler.model.recorded import RecordedDecision
from reconciler.model.suspended import Suspended, until_of
from reconciler.record.descheduling_fields import cap_fields, parse_caps, parse_waiting, waiting_fields
from reconciler.record.document_fields import (
    API_VERSION,
    condition,
    nonempty,
    parse_amounts,
    parse_count,
    parse_items,
    parse_names,
    parse_reference,
    parse_resource,
    parse_targets,
    parse_time,
    reference,
    resource,
    targets,
)
from reconciler.record.eviction_fields import eviction_fields, parse_eviction

KIND = "Binding"
_DEFAULT_CONFLICT = "Abort"


def decision_document(decision: RecordedDecision) -> dict[str, Any]:
    binding = decision.binding
    policy = None if binding.policy is None else reference(binding.policy) | nonempty(file=decision.policy_file)
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": nonempty(namespace=binding.key.namespace, name=binding.key.name),
        "spec": nonempty(
            resource=resource(binding.key),
            template=decision.template_file,
            expandedFrom=None if decision.parent is None else resource(decision.parent),
            policy=policy,
            overridden=dict(sorted(decision.overridden.items())) or None,
            overrides=[reference(ref) | {"file": file} for ref, file in decision.overrides],
            rules=list(decision.rule_files),
            replicas=binding.replicas if binding.workload else None,
            divided=binding.divided or None,
            affinity=binding.affinity_name,
            placement=binding.placement_digest,
            completions=dict(sorted(binding.completions.items())) or None,
            clusters=targets(binding.targets),
            decided=None if decision.decided is None else {"clusters": targets(decision.decided)},
            reserved=[_reserved(name, one) for name, one in sorted(decision.reserved.items())],
            leaving=_since(decision.leaving),
            evictions=[eviction_fields(task) for task in decision.evictions],
            unhealthySince=_since(decision.unhealthy_since),
            waiting=waiting_fields(decision.waiting),
            caps=cap_fields(decision.caps),
            quota={name: str(amount) for name, amount in sorted(decision.counted.items())} or None,
            injectedLabels=dict(sorted(decision.injected.items())) or None,
            limitsDividedBy=_shares(decision.shares),
            preserved=[{"name": name, "labels": dict(sorted(kept.items()))} for name, kept in sorted(decision.preserved.items())],
            requiredBy=[resource(one.key) | {"clusters": targets(one.targets)} for one in decision.required_by],
            suspension=_suspension(decision.suspension),
            preserveResourcesOnDeletion=decision.preserve or None,
            conflictResolution=decision.conflict_resolution if decision.conflict_resolution != _DEFAULT_CONFLICT else None,
            held=decision.held or None,
            heldOn=sorted(decision.held_on),
            activation=nonempty(template=decision.template_digest, policy=decision.policy_digest) or None,
        ),
        "status": nonempty(message=decision.message, conditions=[condition("Scheduled", not decision.message, decision.message)]),
    }


def parse_decision(document: Mapping[str, Any], memo: Memo | None = None) -> RecordedDecision:
    """Raises ValueError for a value that no version of this program writes.

    memo: shares the placements of documents that share their lists of clusters.
    """
    memo = memo or Memo()
    spec = mapping(document, "spec")
    policy, replicas = get(spec, "policy"), get(spec, "replicas")
    others = {attribute: parse(spec) for field, (attribute, parse) in _OTHERS.items() if field in spec}
    return RecordedDecision(
        binding=Binding(
            key=parse_resource(mapping(spec, "resource")),
            policy=None if policy is None else memo(parse_reference, policy),
            targets=memo(parse_targets, parse_items(spec, "clusters"), memo=memo),
            replicas=parse_count(replicas or 0),
            divided=bool(get(spec, "divided")),
            workload=replicas is not None,
            affinity_name=text(spec, "affinity"),
            placement_digest=text(spec, "placement"),
            completions=_counts(spec, "completions"),
        ),
        template_file=text(spec, "template"),
        parent=parse_resource(mapping(spec, "expandedFrom")) if "expandedFrom" in spec else None,
        policy_file=text(policy, "file"),
        overrides=memo(_parse_overrides, parse_items(spec, "overrides")),
        decided=memo(parse_targets, parse_items(spec, "decided", "clusters"), memo=memo) if "decided" in spec else None,
        message=text(document, "status", "message"),
        required_by=tuple(
            RequiredBy(parse_resource(item), memo(parse_targets, parse_items(item, "clusters"), memo=memo))
            for item in parse_items(spec, "requiredBy")
        ),
        template_digest=text(spec, "activation", "template"),
        policy_digest=text(spec, "activation", "policy"),
        **others,
    )


def _since(moments: Mapping[ClusterName, datetime]) -> list[dict[str, str]]:
    return [{"name": name, "since": time_text(since)} for name, since in sorted(moments.items())]


def _parse_overrides(items: Iterable[Any]) -> tuple[tuple[PolicyRef, str], ...]:
    return tuple((parse_reference(item), text(item, "file")) for item in items)


def _reserved(name: ClusterName, reserved: Reserved) -> dict[str, Any]:
    present = None if reserved.present_since is None else time_text(reserved.present_since)
    return nonempty(name=name, replicas=reserved.replicas, presentSince=present)


def _parse_reserved(item: Any) -> tuple[ClusterName, Reserved]:
    present = text(item, "presentSince")
    return ClusterName(text(item, "name")), Reserved(parse_count(get(item, "replicas")), parse_time(present) if present else None)


def _parse_preserved(item: Any) -> tuple[ClusterName, dict[str, str]]:
    return ClusterName(text(item, "name")), _labels(item, "labels")


def _labels(document: Any, field: str) -> dict[str, str]:
    return {label: text(value) for label, value in mapping(document, field).items()}


def _times(document: Any, field: str) -> dict[ClusterName, datetime]:
    """By cluster."""
    return {ClusterName(text(item, "name")): parse_time(text(item, "since")) for item in parse_items(document, field)}


def _counts(document: Any, field: str) -> dict[ClusterName, int]:
    """By cluster."""
    return {ClusterName(name): parse_count(count) for name, count in mapping(document, field).items()}


def _shares(shares: TargetShares | None) -> dict[str, Any] | None:
    if shares is None:
        return None
    return nonempty(
        resource=resource(shares.target),
        replicas=shares.replicas,
        clusters=targets(shares.clusters),
        leaving=sorted(shares.leaving),
    )


def _parse_shares(document: Any) -> TargetShares:
    return TargetShares(
        parse_resource(mapping(document, "resource")),
        parse_targets(parse_items(document, "clusters")),
        parse_count(get(document, "replicas")),
        frozenset(parse_names(document, "leaving")),
    )


def _suspension(suspension: Suspension) -> dict[str, Any] | None:
    """As in the spec of a policy."""
    stated = suspension.stated
    until = time_text(stated.until) if stated is not None and stated.until is not None else None
    return (
        nonempty(
            dispatching=suspension.everywhere or None,
            dispatchingOnClusters=sorted(suspension.clusters),
            byAnnotation=None if stated is None else {"reason": stated.reason, **nonempty(until=until)},
        )
        or None
    )


def _parse_suspension(document: Any) -> Suspension:
    stated = get(document, "byAnnotation")
    return Suspension(
        bool(get(document, "dispatching")),
        frozenset(parse_names(document, "dispatchingOnClusters")),
        None if stated is None else Suspended(text(stated, "reason"), until_of(text(stated, "until"))),
    )


# Fields that most documents lack, each with its attribute: where one is absent, the attribute has its default.
_OTHERS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {
    "rules": ("rule_files", lambda spec: tuple(parse_names(spec, "rules"))),
    "reserved": ("reserved", lambda spec: dict(map(_parse_reserved, parse_items(spec, "reserved")))),
    "leaving": ("leaving", lambda spec: _times(spec, "leaving")),
    "evictions": ("evictions", lambda spec: tuple(map(parse_eviction, parse_items(spec, "evictions")))),
    "unhealthySince": ("unhealthy_since", lambda spec: _times(spec, "unhealthySince")),
    "waiting": ("waiting", parse_waiting),
    "caps": ("caps", parse_caps),
    "quota": ("counted", lambda spec: parse_amounts(spec, "quota")),
    "injectedLabels": ("injected", lambda spec: _labels(spec, "injectedLabels")),
    "limitsDividedBy": ("shares", lambda spec: _parse_shares(mapping(spec, "limitsDividedBy"))),
    "preserved": ("preserved", lambda spec: dict(map(_parse_preserved, parse_items(spec, "preserved")))),
    "suspension": ("suspension", lambda spec: _parse_suspension(mapping(spec, "suspension"))),
    "preserveResourcesOnDeletion": ("preserve", lambda spec: bool(get(spec, "preserveResourcesOnDeletion"))),
    "overridden": ("overridden", lambda spec: _counts(spec, "overridden")),
    "conflictResolution": ("conflict_resolution", lambda spec: text(spec, "conflictResolution") or _DEFAULT_CONFLICT),
    "held": ("held", lambda spec: bool(get(spec, "held"))),
    "heldOn": ("held_on", lambda spec: frozenset(map(ClusterName, parse_names(spec, "heldOn")))),
}

"""The document of a `Configuration` → `Settings`. `schemas/karmada.py` checks its structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.load.duration import parse_duration
from reconciler.load.parse import parse_cluster_affinity
from reconciler.load.parse_inventory import parse_inventory
from reconciler.load.parse_rollout import parse_controls, parse_strategy, parse_window
from reconciler.load.share import parse_share
from reconciler.model.adoption import Adopted
from reconciler.model.failover import FailoverMode, FailoverSettings
from reconciler.model.image_policy import UpdateMode, UpdateSettings
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.selector import LabelSelector
from reconciler.model.settings import DeclaredKind, Mode, Namespaces, PruneGuard, Settings, Unclaimed, Validation
from reconciler.model.survival import DomainKind, MinAvailable, SurvivalRule
from reconciler.model.suspended import Suspended, until_of
from reconciler.model.write_policy import (
    NO_RULES,
    Apply,
    DriftPolicy,
    IgnoreRule,
    Language,
    ObjectSelector,
    Query,
    WriteRule,
    WriteRules,
)


def parse_settings(document: Manifest) -> Settings:
    """The `Configuration`. Absent fields keep their defaults."""
    spec = mapping(document, "spec")
    values: dict[str, Any] = {
        "include": tuple(sequence(spec, "include")) or None,
        "exclude": tuple(sequence(spec, "exclude")) or None,
        "repository": get(spec, "repository"),
        "expand": tuple(sequence(spec, "expand")) or None,
        "kinds": tuple(_declared_kind(item) for item in sequence(spec, "kinds")) or None,
        "validation": Validation(spec["validation"]) if "validation" in spec else None,
        "instance": get(spec, "instance"),
        "status_branch": get(spec, "statusBranch"),
        "prune_guard": _prune_guard(mapping(spec, "pruneGuard")),
        "conflict_resolution": get(spec, "conflictResolution"),
        "former_field_managers": tuple(sequence(spec, "formerFieldManagers")) or None,
        "adopt": tuple(map(Adopted, sequence(spec, "adopt"))) or None,
        "write_rules": _write_rules(spec),
        "unclaimed": Unclaimed(spec["unclaimed"]) if "unclaimed" in spec else None,
        "namespaces": Namespaces(spec["namespaces"]) if "namespaces" in spec else None,
        "empty_workloads": get(spec, "emptyWorkloads") != "Drop",
        "component_sets": get(spec, "componentSets") == "Count",
        "divides_limits": get(spec, "autoscaling", "limits") == "Divide",
        "handover_timeout": parse_duration(get(spec, "handoverTimeout")),
        "endpoints_kept_for": parse_duration(get(spec, "multiClusterServices", "endpointsKeptFor")),
        "gate_timeout": parse_duration(get(spec, "gateTimeout")),
        "failover": _failover_settings(get(spec, "failover")),
        "rollout": parse_strategy(spec["rollout"]) if "rollout" in spec else None,
        "rollouts": {name: parse_strategy(one) for name, one in mapping(spec, "rollouts").items()} or None,
        "rollout_controls": parse_controls(spec),
        "mode": Mode(spec["mode"]) if "mode" in spec else None,
        "suspended": _suspended(get(spec, "suspended")),
        "windows": tuple(map(parse_window, sequence(spec, "windows"))) or None,
        "image_updates": _update_settings(get(spec, "imageUpdates")),
        "source_updates": _update_settings(get(spec, "sourceUpdates")),
        "inventory": parse_inventory(spec["inventory"]) if "inventory" in spec else None,
        "unschedulable_for": parse_duration(get(spec, "descheduler", "unschedulableFor")),
        "survives": tuple(map(_survival_rule, sequence(spec, "survives"))) or None,
        "concurrency": get(spec, "concurrency"),
        "heartbeat": parse_duration(get(spec, "heartbeat")) or None,
        "interval": parse_duration(get(spec, "interval")),
        "autoscaling_interval": parse_duration(get(spec, "autoscaling", "interval")),
    }
    return Settings(**{name: value for name, value in values.items() if value is not None})


def _update_settings(document: Any) -> UpdateSettings | None:
    """YAML reads `off` as false."""
    if document is None:
        return None
    mode = UpdateMode(get(document, "mode") or UpdateMode.OFF)
    return UpdateSettings(mode, parse_duration(get(document, "interval")) or UpdateSettings().interval)


def _declared_kind(document: Any) -> DeclaredKind:
    gvk = GroupVersionKind.parse(text(document, "apiVersion"), text(document, "kind"))
    return DeclaredKind(gvk, get(document, "scope") == "Namespaced")


def _survival_rule(document: Any) -> SurvivalRule:
    selector = get(document, "selector")
    return SurvivalRule(
        tuple(map(DomainKind, sequence(document, "loss"))),
        MinAvailable.parse(str(get(document, "minAvailable", default=1))),
        None if selector is None else LabelSelector.parse(selector),
    )


def _failover_settings(document: Any) -> FailoverSettings | None:
    """`off` without quotes is the boolean false in YAML."""
    if not isinstance(document, Mapping):
        return None
    mode = get(document, "mode")
    values: dict[str, Any] = {
        "mode": FailoverMode(mode) if mode else None,
        "failure_threshold": parse_duration(get(document, "failureThreshold")),
        "success_threshold": parse_duration(get(document, "successThreshold")),
        "gone_after": parse_duration(get(document, "goneAfter")),
        "max_members": parse_share(get(document, "maxMembers")),
        "max_objects": parse_share(get(document, "maxObjects")),
        "cool_down": parse_duration(get(document, "coolDown")),
        "fail_back_after": parse_duration(get(document, "failback", "whenHealthyFor")),
    }
    return FailoverSettings(**{name: value for name, value in values.items() if value is not None})


def _suspended(document: Any) -> Suspended | None:
    return None if document is None else Suspended(text(document, "reason"), until_of(text(document, "until")))


def _write_rules(spec: Mapping[str, Any]) -> WriteRules | None:
    default = text(spec, "driftPolicy")
    rules = WriteRules(
        tuple(map(_ignore_rule, sequence(spec, "ignoreDifferences"))),
        tuple(map(_write_rule, sequence(spec, "writePolicies"))),
        DriftPolicy(default) if default else DriftPolicy.CORRECT,
    )
    return None if rules == NO_RULES else rules


def _ignore_rule(document: Any) -> IgnoreRule:
    queries = [Query(language, query) for field, language in QUERY_FIELDS.items() for query in sequence(document, field)]
    return IgnoreRule(_object_selector(document), tuple(queries), tuple(sequence(document, "managers")))


def _write_rule(document: Any) -> WriteRule:
    apply, policy = text(document, "apply"), text(document, "driftPolicy")
    return WriteRule(_object_selector(document), Apply(apply) if apply else None, DriftPolicy(policy) if policy else None)


def _object_selector(document: Any) -> ObjectSelector:
    target = get(document, "targetCluster")
    return ObjectSelector(
        get(document, "group", default="*"),
        get(document, "kind", default="*"),
        text(document, "namespace"),
        text(document, "name"),
        None if target is None else parse_cluster_affinity(target),
    )


QUERY_FIELDS = {"jsonPointers": Language.POINTER, "jsonPaths": Language.JSONPATH, "jq": Language.JQ}
"""The fields of `ignoreDifferences` that hold queries."""


def _prune_guard(document: Mapping[str, Any]) -> PruneGuard:
    share = parse_share(get(document, "maxShare"))
    allowed = get(document, "alwaysAllowed")
    default = PruneGuard()
    return PruneGuard(
        max_share=default.max_share if share is None else share,
        always_allowed=default.always_allowed if allowed is None else allowed,
    )

"""The document of a `Configuration` → `Settings`. `schemas/karmada.py` checks its structure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reconciler.model.failover import FailoverMode, FailoverSettings
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.selector import LabelSelector
from reconciler.model.settings import DeclaredKind, Namespaces, PruneGuard, Settings, Unclaimed, Validation
from reconciler.model.survival import DomainKind, MinAvailable, SurvivalRule


def parse_settings(document: Manifest) -> Settings:
    """The `Configuration`. Absent fields keep their defaults."""
    spec = mapping(document, "spec")
    values: dict[str, Any] = {
        "include": tuple(sequence(spec, "include")) or None,
        "exclude": tuple(sequence(spec, "exclude")) or None,
        "kinds": tuple(_declared_kind(item) for item in sequence(spec, "kinds")) or None,
        "validation": Validation(spec["validation"]) if "validation" in spec else None,
        "instance": get(spec, "instance"),
        "status_branch": get(spec, "statusBranch"),
        "prune_guard": _prune_guard(mapping(spec, "pruneGuard")),
        "conflict_resolution": get(spec, "conflictResolution"),
        "former_field_managers": tuple(sequence(spec, "formerFieldManagers")) or None,
        "unclaimed": Unclaimed(spec["unclaimed"]) if "unclaimed" in spec else None,
        "namespaces": Namespaces(spec["namespaces"]) if "namespaces" in spec else None,
        "empty_workloads": get(spec, "emptyWorkloads") != "Drop",
        "handover_timeout": _duration(get(spec, "handoverTimeout")),
        "gate_timeout": _duration(get(spec, "gateTimeout")),
        "failover": _failover_settings(get(spec, "failover")),
        "survives": tuple(map(_survival_rule, sequence(spec, "survives"))) or None,
        "concurrency": get(spec, "concurrency"),
        "interval": _duration(get(spec, "interval")),
    }
    return Settings(**{name: value for name, value in values.items() if value is not None})


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
        "failure_threshold": _duration(get(document, "failureThreshold")),
        "success_threshold": _duration(get(document, "successThreshold")),
        "gone_after": _duration(get(document, "goneAfter")),
        "max_members": _share(get(document, "maxMembers")),
        "max_objects": _share(get(document, "maxObjects")),
        "cool_down": _duration(get(document, "coolDown")),
        "fail_back_after": _duration(get(document, "failback", "whenHealthyFor")),
    }
    return FailoverSettings(**{name: value for name, value in values.items() if value is not None})


def _share(value: Any) -> float | None:
    """A percentage as text, or a number from 0 to 1."""
    if isinstance(value, str):
        return float(value.removesuffix("%")) / 100
    return None if value is None else float(value)


def _prune_guard(document: Mapping[str, Any]) -> PruneGuard:
    share = _share(get(document, "maxShare"))
    allowed = get(document, "alwaysAllowed")
    default = PruneGuard()
    return PruneGuard(
        max_share=default.max_share if share is None else share,
        always_allowed=default.always_allowed if allowed is None else allowed,
    )


def _duration(value: Any) -> timedelta | None:
    """A duration of Go, such as `90s` or `1h30m`; None if the value is not text. More than three hundred years are as good as for
    ever, and within the calendar."""
    if not isinstance(value, str):
        return None
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    seconds = sum(float(count) * units[unit] for count, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", value))
    return timedelta(seconds=min(seconds, 10.0**10))

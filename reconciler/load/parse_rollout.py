"""The strategies of rollouts in a Configuration, and what people state about rollouts. `schemas/` checks the structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from reconciler.load.duration import parse_duration
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.rollout import (
    APPROVED_ANNOTATION,
    PAUSED_ANNOTATION,
    PROMOTED_ANNOTATION,
    Limit,
    OnFailure,
    OnNewCommit,
    RolloutControls,
    RolloutGroup,
    RolloutStrategy,
)
from reconciler.model.selector import LabelSelector
from reconciler.model.window import Window, WindowKind


def parse_strategy(document: Any) -> RolloutStrategy:
    """Absent fields keep their defaults."""
    values: dict[str, Any] = {
        "groups": tuple(map(_group, sequence(document, "groups"))) or None,
        "partition_size": _limit(get(document, "partitionSize")) if "groups" not in document else None,
        "max_concurrency": _limit(get(document, "maxConcurrency")),
        "soak": parse_duration(get(document, "soak")),
        "progress_deadline": parse_duration(get(document, "progressDeadline")),
        "max_failures": _limit(get(document, "maxFailures")),
        "on_new_commit": OnNewCommit(document["onNewCommit"]) if "onNewCommit" in document else None,
        "on_failure": OnFailure(document["onFailure"]) if "onFailure" in document else None,
    }
    return RolloutStrategy(**{name: value for name, value in values.items() if value is not None})


def _group(document: Any) -> RolloutGroup:
    selector = get(document, "clusterSelector")
    return RolloutGroup(
        text(document, "name"),
        frozenset(sequence(document, "clusters")),
        None if selector is None else LabelSelector.parse(selector),
        _limit(get(document, "maxConcurrency")),
        parse_duration(get(document, "soak")),
        get(document, "approval", "commit") is True,
        text(document, "approval", "status"),
    )


def parse_window(document: Any) -> Window:
    selector = get(document, "clusterSelector")
    return Window(
        text(document, "name"),
        WindowKind(document["kind"]),
        text(document, "schedule"),
        parse_duration(get(document, "duration")) or timedelta(0),
        text(document, "timeZone") or "UTC",
        tuple(sequence(document, "clusters")),
        None if selector is None else LabelSelector.parse(selector),
        tuple(sequence(document, "namespaces")),
        tuple(sequence(document, "kinds")),
        get(document, "overrun") is True,
        get(document, "manual") is True,
    )


def _limit(value: Any) -> Limit | None:
    return None if value is None else Limit.parse(value)


def parse_controls(spec: Mapping[str, Any]) -> RolloutControls:
    """`spec.rolloutControl` of the Configuration."""
    document = mapping(spec, "rolloutControl")
    paused = get(document, "paused")
    return _controls(paused, sequence(document, "approved"), sequence(document, "promoted"))


def controls_of(annotations: Mapping[str, str]) -> RolloutControls:
    """Those in the annotations of a policy."""
    return _controls(
        annotations.get(PAUSED_ANNOTATION),
        annotations.get(APPROVED_ANNOTATION, "").split(","),
        annotations.get(PROMOTED_ANNOTATION, "").split(","),
    )


def _controls(paused: str | None, approved: Iterable[str], promoted: Iterable[str]) -> RolloutControls:
    return RolloutControls(
        paused,
        frozenset(entry.strip() for entry in approved if entry.strip()),
        frozenset(entry.strip() for entry in promoted if entry.strip()),
    )

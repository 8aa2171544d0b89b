"""What autoscalers made of an object ⇄ its document, and the firings of a CronFederatedHPA ⇄ theirs.

`scales/<namespace>/<Kind>.<group>/<name>.yaml` has one workload, or one FederatedHPA whose limits a cron rule sets;
`schedules/<namespace>/<name>.yaml` has the rules of one CronFederatedHPA, with the fields of Karmada's `status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.documents.writer import dump
from reconciler.model.file_names import path_of, path_part
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.moments import time_text
from reconciler.model.scale import CRON_FEDERATED_HPA, Firing, RecordedCron, RecordedRule, RecordedScale
from reconciler.record.document_fields import (
    API_VERSION,
    condition_document,
    nonempty,
    parse_condition,
    parse_count,
    parse_items,
    parse_optional_time,
    parse_resource,
    parse_time,
    resource,
)

SCALE = "Scale"
CRON = "Schedule"


def scale_file(scale: RecordedScale) -> tuple[str, bytes]:
    """Path and text."""
    document = {
        "apiVersion": API_VERSION,
        "kind": SCALE,
        "spec": {"resource": resource(scale.key), "by": resource(scale.by), **nonempty(rule=scale.rule), **_amounts(scale)},
        "status": nonempty(
            lastScaleTime=None if scale.since is None else time_text(scale.since),
            reasons=list(scale.reasons),
            conditions=[condition_document(one) for one in scale.conditions],
        ),
    }
    return f"scales/{path_of(scale.key)}.yaml", dump(document).encode()


def parse_scale(document: Mapping[str, Any]) -> RecordedScale:
    """Raises ValueError for a value that no version of this program writes."""
    spec, status = mapping(document, "spec"), mapping(document, "status")
    return RecordedScale(
        key=parse_resource(mapping(spec, "resource")),
        by=parse_resource(mapping(spec, "by")),
        rule=text(spec, "rule"),
        replicas=_count(spec, "replicas"),
        minimum=_count(spec, "minReplicas"),
        maximum=_count(spec, "maxReplicas"),
        since=parse_optional_time(status, "lastScaleTime"),
        reasons=tuple(map(str, sequence(status, "reasons"))),
        conditions=tuple(map(parse_condition, parse_items(status, "conditions"))),
    )


def cron_file(cron: RecordedCron) -> tuple[str, bytes]:
    """Path and text."""
    histories = [_rule(name, rule) for name, rule in sorted(cron.rules.items())]
    document = {
        "apiVersion": API_VERSION,
        "kind": CRON,
        "metadata": {"namespace": cron.key.namespace, "name": cron.key.name},
        "status": {"executionHistories": histories},
    }
    return f"schedules/{path_part(cron.key.namespace)}/{path_part(cron.key.name)}.yaml", dump(document).encode()


def parse_cron(document: Mapping[str, Any]) -> RecordedCron:
    """Raises ValueError for a value that no version of this program writes."""
    namespace, name = text(document, "metadata", "namespace"), text(document, "metadata", "name")
    rules = dict(map(_parse_rule, parse_items(document, "status", "executionHistories")))
    return RecordedCron(ResourceKey(*CRON_FEDERATED_HPA, namespace, name), dict(sorted(rules.items())))


def _rule(name: str, rule: RecordedRule) -> dict[str, Any]:
    return nonempty(
        ruleName=name,
        schedule=rule.schedule,
        since=time_text(rule.since),
        successfulExecutions=[_firing(one) for one in rule.successful],
        failedExecutions=[_firing(one) for one in rule.failed],
    )


def _parse_rule(document: Any) -> tuple[str, RecordedRule]:
    firings = [tuple(map(_parse_firing, parse_items(document, field))) for field in ("successfulExecutions", "failedExecutions")]
    return text(document, "ruleName"), RecordedRule(text(document, "schedule"), _required_time(document, "since"), *firings)


def _firing(one: Firing) -> dict[str, Any]:
    applied = {"appliedReplicas": one.replicas, "appliedMinReplicas": one.minimum, "appliedMaxReplicas": one.maximum}
    return nonempty(scheduleTime=time_text(one.due), executionTime=time_text(one.at), **applied, message=one.message)


def _parse_firing(document: Any) -> Firing:
    return Firing(
        due=_required_time(document, "scheduleTime"),
        at=_required_time(document, "executionTime"),
        replicas=_count(document, "appliedReplicas"),
        minimum=_count(document, "appliedMinReplicas"),
        maximum=_count(document, "appliedMaxReplicas"),
        message=text(document, "message"),
    )


def _amounts(scale: RecordedScale) -> dict[str, Any]:
    return nonempty(replicas=scale.replicas, minReplicas=scale.minimum, maxReplicas=scale.maximum)


def _count(document: Any, field: str) -> int | None:
    value = get(document, field)
    return None if value is None else parse_count(value)


def _required_time(document: Any, field: str) -> datetime:
    return parse_time(get(document, field))

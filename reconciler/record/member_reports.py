"""The report of an agent ⇄ the file of its branch, `reconciler/members/<cluster>`. Pure.

The file is JSON, because a leader reads one of each member. It comes from a machine that somebody else may control. So whatever
it says is about its own member, and only what an agent can know is taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from reconciler.model.condition import READY, Condition
from reconciler.model.descheduling import Waiting
from reconciler.model.drift_record import DriftedField, DriftRecord
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get, mapping, text
from reconciler.model.member_report import MemberReport
from reconciler.model.moments import time_text
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.record.cluster_documents import cluster_document, parse_cluster
from reconciler.record.descheduling_fields import parse_pods, pods_fields
from reconciler.record.document_fields import (
    API_VERSION,
    nonempty,
    parse_count,
    parse_items,
    parse_resource,
    parse_time,
    resource,
)
from reconciler.record.report_documents import parse_status, status_fields

FILE = "report.json"
LIMIT = 8 * 1024 * 1024
"""Bytes of one report."""
KIND = "MemberReport"
_SCHEMA = 1
"""Of the files that we write. A change that older leaders cannot read needs a new number."""
_LONGEST_TEXT = 4096
_MOST_CONDITIONS = 32
_MOST_FIELDS = 20
"""Of one drift, and managers of one field."""
_MOST_WAITS = 32
_LONGEST_HEARTBEAT = 3600
"""Seconds. Otherwise a report could say that it never grows old."""
_DEEPEST = 100
"""Levels of mappings and lists: the files of the status branch, which add some, are read up to 200."""
_TOO_DEEP = "it is nested too deeply"


def report_file(report: MemberReport) -> bytes:
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": report.cluster},
        "spec": {"schema": _SCHEMA, "revision": report.revision, "decision": report.decision}
        | nonempty(generation=report.generation),
        "status": {
            "reportedAt": time_text(report.at),
            "heartbeatSeconds": int(report.heartbeat.total_seconds()),
            **nonempty(capacityObservedAt=None if report.capacity_at is None else time_text(report.capacity_at)),
            "cluster": cluster_document(_own_facts(report.cluster, report.facts)),
            "objects": [_object(key, status, report.replicas.get(key)) for key, status in report.statuses.items()],
            **nonempty(podsWithoutNode=[_waiting(key, one) for key, one in sorted(report.waiting.items())]),
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def parse_report_file(cluster: ClusterName, content: bytes) -> MemberReport:
    """cluster: the member that the branch names. Raises ValueError for anything but a report about this member."""
    try:
        document = json.loads(content, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _refuse_unwritable(document)
    if not isinstance(document, dict) or text(document, "kind") != KIND:
        raise ValueError(f"it is not a {KIND}")
    if get(document, "spec", "schema") != _SCHEMA:
        raise ValueError(f"its schema is {get(document, 'spec', 'schema')!r}, and this version reads {_SCHEMA}")
    if text(document, "metadata", "name") != cluster:
        raise ValueError(f"it is about {text(document, 'metadata', 'name')!r}, and its branch is that of {cluster}")
    status = mapping(document, "status")
    heartbeat = parse_count(get(status, "heartbeatSeconds"))
    if not 0 < heartbeat <= _LONGEST_HEARTBEAT:
        raise ValueError("its heartbeatSeconds is out of range")
    facts, generation = parse_cluster(mapping(status, "cluster")), get(document, "spec", "generation")
    objects = parse_items(status, "objects")
    found = dict(_parse_object(cluster, item) for item in objects)
    counted, at = [item for item in objects if get(item, "replicas") is not None], parse_time(text(status, "reportedAt"))
    return MemberReport(
        facts=_own_facts(cluster, facts),
        statuses=dict(sorted(found.items())),
        revision=text(document, "spec", "revision"),
        decision=text(document, "spec", "decision"),
        at=at,
        heartbeat=timedelta(seconds=heartbeat),
        generation=None if generation is None else parse_count(generation),
        capacity_at=parse_time(seen) if (seen := text(status, "capacityObservedAt")) else None,
        replicas={parse_resource(mapping(item, "resource")): _parse_replicas(item) for item in counted},
        waiting=dict(_parse_waiting(item, at) for item in parse_items(status, "podsWithoutNode")),
    )


def _own_facts(cluster: ClusterName, facts: RecordedCluster) -> RecordedCluster:
    """What an agent knows of its member. Where it is, its taints and what it must hold are not for it to say."""
    return RecordedCluster(
        cluster,
        "",
        ready=facts.ready,
        message=facts.message[:_LONGEST_TEXT],
        version=facts.version[:_LONGEST_TEXT],
        id=facts.id[:_LONGEST_TEXT],
        apis=facts.apis,
        custom_kinds=facts.custom_kinds,
        capacity=facts.capacity,
        conditions=_own_conditions(facts.conditions),
    )


def _own_conditions(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Whether the member counts as Ready is for the leader to say."""
    own = [condition for condition in conditions if condition.type != READY][:_MOST_CONDITIONS]
    return tuple(
        replace(
            condition,
            type=condition.type[:_LONGEST_TEXT],
            status=condition.status[:_LONGEST_TEXT],
            reason=condition.reason[:_LONGEST_TEXT],
            message=condition.message[:_LONGEST_TEXT],
        )
        for condition in sorted(own, key=lambda condition: condition.type)
    )


def _object(key: ResourceKey, status: ClusterStatus, replicas: int | None) -> dict[str, Any]:
    fields = status_fields(status)
    return {"resource": resource(key)} | fields | nonempty(replicas=replicas, reflected=status.reflected)


def _waiting(key: ResourceKey, waiting: Waiting | None) -> dict[str, Any]:
    return {"resource": resource(key)} | (pods_fields(waiting) if waiting is not None else {})


def _parse_waiting(item: Any, at: datetime) -> tuple[ResourceKey, Waiting | None]:
    """None of the Pods waits since a time after that of the report."""
    waiting = parse_pods(item) if get(item, "since") is not None else None
    if waiting is not None:
        waiting = replace(waiting, since=tuple(sorted(min(since, at) for since in waiting.since)))
    return parse_resource(mapping(item, "resource")), waiting


def _parse_replicas(item: Any) -> int:
    count = parse_count(get(item, "replicas"))
    if not 0 <= count < 2**31:
        raise ValueError("a number of replicas is out of range")
    return count


def _parse_object(cluster: ClusterName, item: Any) -> tuple[ResourceKey, ClusterStatus]:
    status, reflected = parse_status(item), get(item, "reflected")
    if reflected is not None and not isinstance(reflected, Mapping):
        raise ValueError("a reflected status is not a mapping")
    health = replace(status.health, message=status.health.message[:_LONGEST_TEXT], reason=status.health.reason[:_LONGEST_TEXT])
    return parse_resource(mapping(item, "resource")), replace(
        status,
        cluster=cluster,
        health=health,
        message=status.message[:_LONGEST_TEXT],
        corrected=status.corrected[:_LONGEST_TEXT],
        drift=_shortened(status.drift) if status.drift is not None else None,
        reflected=reflected,
        waits_since=tuple((what[:_LONGEST_TEXT], since) for what, since in status.waits_since[:_MOST_WAITS]),
        log=status.log[:_LONGEST_TEXT],
    )


def _shortened(drift: DriftRecord) -> DriftRecord:
    fields = (
        DriftedField(one.path[:_LONGEST_TEXT], tuple(name[:_LONGEST_TEXT] for name in one.by[:_MOST_FIELDS]))
        for one in drift.fields[:_MOST_FIELDS]
    )
    return replace(drift, what=drift.what[:_LONGEST_TEXT], fields=tuple(fields))


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _refuse_unwritable(value: Any, level: int = 0) -> None:
    """Raises ValueError for what JSON can say and no file of the status branch can hold: it would stop the recording of the whole
    fleet."""
    if level > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("one of its texts is not Unicode: it has half of a surrogate pair")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError("one of its whole numbers has more than 64 bits")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("one of its numbers is too large")
    if isinstance(value, dict):
        for name, item in value.items():
            _refuse_unwritable(name, level + 1)
            _refuse_unwritable(item, level + 1)
    elif isinstance(value, list):
        for item in value:
            _refuse_unwritable(item, level + 1)

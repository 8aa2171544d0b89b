"""The members' report of an object ⇄ its document: `reports/<namespace>/<Kind>.<group>/<name>.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model.drift_record import DriftedField, DriftRecord
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.moments import time_text
from reconciler.model.recorded import ClusterStatus, ObjectReport, StatusGroups
from reconciler.record.document_fields import (
    API_VERSION,
    condition,
    nonempty,
    parse_count,
    parse_items,
    parse_names,
    parse_resource,
    parse_time,
    resource,
)

KIND = "Report"


def report_document(key: ResourceKey, report: ObjectReport) -> dict[str, Any]:
    waiting = [status.cluster for status in report.statuses if not status.applied]
    message = f"not applied on {', '.join(waiting)}" if waiting else ""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": nonempty(namespace=key.namespace, name=key.name),
        "spec": {"resource": resource(key)},
        "status": nonempty(
            conditions=[condition("FullyApplied", not waiting and bool(report.statuses), message)],
            clusters=_statuses(report.statuses),
            aggregated=report.aggregated,
        ),
    }


def parse_report(document: Mapping[str, Any], memo: Memo | None = None) -> tuple[ResourceKey, ObjectReport]:
    """The object and its report. Reads a binding of layout 1, too, which held the same fields. Raises ValueError.

    memo: shares what documents have in common that share parts.
    """
    status = mapping(document, "status")
    groups = _parse_groups(parse_items(status, "clusters"), memo or Memo())
    key = parse_resource(mapping(document, "spec", "resource"))
    return key, ObjectReport.of_groups(groups, mapping(status, "aggregated") or None)


def _statuses(statuses: Iterable[ClusterStatus]) -> list[dict[str, Any]]:
    """Clusters with the same status are one item; items are sorted by their first cluster."""
    groups: dict[ClusterStatus, list[str]] = {}
    for status in statuses:
        drift = status.drift.coarse if status.drift is not None else None
        groups.setdefault(replace(status, cluster=_ANY, reflected=None, drift=drift), []).append(status.cluster)
    return [{"names": names} | status_fields(status) for status, names in sorted(groups.items(), key=lambda group: group[1])]


def status_fields(status: ClusterStatus) -> dict[str, Any]:
    """The fields of a status, without the name of its cluster."""
    health = nonempty(status=str(status.health.status), reason=status.health.reason, message=status.health.message)
    return nonempty(
        applied=status.applied,
        message=status.message,
        health=health,
        digest=status.digest,
        corrected=status.corrected,
        drift=_drift(status.drift) if status.drift is not None else None,
        waitedForSince=time_text(status.waited_for_since) if status.waited_for_since is not None else None,
        waitsSince={what: time_text(since) for what, since in status.waits_since} or None,
        log=status.log,
    )


def _drift(drift: DriftRecord) -> dict[str, Any]:
    coarse = drift.coarse
    return nonempty(
        what=coarse.what,
        fields=[nonempty(path=one.path, by=list(one.by)) for one in coarse.fields],
        corrected=coarse.corrected,
        since=time_text(coarse.since),
        times=coarse.times if coarse.times > 1 else None,
        last=time_text(coarse.last) if coarse.last is not None else None,
        until=time_text(coarse.until) if coarse.until is not None else None,
    )


def _parse_drift(document: Any) -> DriftRecord | None:
    if document is None:
        return None
    last, until = text(document, "last"), text(document, "until")
    return DriftRecord(
        text(document, "what"),
        parse_time(text(document, "since")),
        bool(get(document, "corrected")),
        max(1, parse_count(get(document, "times", default=1))),
        parse_time(last) if last else None,
        parse_time(until) if until else None,
        tuple(DriftedField(text(item, "path"), tuple(parse_names(item, "by"))) for item in parse_items(document, "fields")),
    )


def _parse_groups(documents: Iterable[Any], memo: Memo) -> StatusGroups:
    return tuple((parse_status(document, memo), memo(_names, get(document, "names"))) for document in documents)


def _names(value: Any) -> list[ClusterName]:
    return parse_names({"names": value}, "names")


def parse_status(document: Any, memo: Memo | None = None) -> ClusterStatus:
    """The status that all clusters of an item share; the caller fills in the names. Raises ValueError."""
    common = (
        _ANY,
        bool(get(document, "applied")),
        (memo or Memo())(_parse_health, mapping(document, "health")),
        text(document, "message"),
        text(document, "digest"),
    )
    if _COMMON.issuperset(document):  # Of a large fleet, nearly all.
        return ClusterStatus(*common)
    return ClusterStatus(
        *common,
        corrected=text(document, "corrected"),
        drift=_parse_drift(get(document, "drift")),
        waited_for_since=parse_time(since) if (since := get(document, "waitedForSince")) is not None else None,
        waits_since=tuple(sorted((what, parse_time(since)) for what, since in mapping(document, "waitsSince").items())),
        log=text(document, "log"),
    )


_COMMON = frozenset({"names", "applied", "health", "message", "digest"})


def _parse_health(document: Any) -> Health:
    return Health(HealthStatus(text(document, "status")), text(document, "message"), text(document, "reason"))


_ANY = ClusterName("")

"""A recorded member ⇄ its document: `clusters/<name>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.cluster import Taint
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.moments import time_text
from reconciler.model.observed import Observed
from reconciler.model.recorded import RecordedCluster
from reconciler.record.cluster_facts import facts_of, models_of, parse_facts
from reconciler.record.document_fields import (
    API_VERSION,
    condition_document,
    nonempty,
    parse_condition,
    parse_count,
    parse_items,
    parse_optional_time,
)

KIND = "Cluster"


def cluster_document(cluster: RecordedCluster) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": cluster.name} | nonempty(generation=cluster.generation or None),
        "spec": {"file": cluster.file}
        | nonempty(id=cluster.id, addresses=dict(sorted(cluster.addresses.items())) or None)
        | models_of(cluster.capacity),
        "status": nonempty(
            ready=cluster.ready,
            neverRead=not cluster.read or None,
            message=cluster.message,
            suspended=None if cluster.suspended is None else {"reason": cluster.suspended},
            digest=cluster.digest,
            kubernetesVersion=cluster.version,
            conditions=[condition_document(condition) for condition in cluster.conditions],
            pendingSince=None if cluster.pending_since is None else time_text(cluster.pending_since),
            taints=[_taint(taint) for taint in cluster.taints],
            statedTaints=[_taint(taint) for taint in cluster.stated_taints],
            observed=_observed(cluster.observed),
            objects={"total": cluster.objects, "applied": cluster.applied, "current": cluster.current},
        )
        | facts_of(cluster.apis, cluster.custom_kinds, cluster.capacity),
    }


def parse_cluster(document: Mapping[str, Any], memo: Memo | None = None) -> RecordedCluster:
    """Raises ValueError for a value that no version of this program writes.

    memo: shares the kinds of documents that share their lists of kinds.
    """
    status = mapping(document, "status")
    counts = [parse_count(get(status, "objects", name, default=0)) for name in ("total", "applied", "current")]
    apis, custom_kinds, capacity = parse_facts(document, memo)
    return RecordedCluster(
        name=ClusterName(text(document, "metadata", "name")),
        file=text(document, "spec", "file"),
        ready=bool(get(status, "ready")),
        message=text(status, "message"),
        suspended=text(status, "suspended", "reason") if "suspended" in status else None,
        objects=counts[0],
        applied=counts[1],
        current=counts[2],
        digest=text(status, "digest"),
        taints=tuple(map(_parse_taint, parse_items(status, "taints"))),
        stated_taints=tuple(map(_parse_taint, parse_items(status, "statedTaints"))),
        conditions=tuple(map(parse_condition, parse_items(status, "conditions"))),
        pending_since=parse_optional_time(status, "pendingSince"),
        version=text(status, "kubernetesVersion"),
        id=text(document, "spec", "id"),
        apis=apis,
        custom_kinds=custom_kinds,
        capacity=capacity,
        addresses={name: text(value) for name, value in mapping(document, "spec", "addresses").items()},
        read=not get(status, "neverRead"),
        generation=parse_count(get(document, "metadata", "generation", default=0)),
        observed=_parse_observed(status),
    )


_COUNTS = ("creates", "configures", "prunes", "blocked", "marks", "changes")
"""Fields of `Observed`; 0 is left out."""


def _observed(observed: Observed | None) -> dict[str, Any] | None:
    if observed is None:
        return None
    moments = {"noneSince": observed.none_since, "unreadSince": observed.unread_since}
    times = {name: None if moment is None else time_text(moment) for name, moment in moments.items()}
    counts = {name: getattr(observed, name) or None for name in _COUNTS}
    return nonempty(since=time_text(observed.since), **counts, digest=observed.digest, **times)


def _parse_observed(status: Mapping[str, Any]) -> Observed | None:
    document = get(status, "observed")
    since = parse_optional_time(document, "since") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or since is None:
        return None
    counts = {name: parse_count(get(document, name, default=0)) for name in _COUNTS}
    none_since, unread_since = (parse_optional_time(document, name) for name in ("noneSince", "unreadSince"))
    return Observed(since, **counts, digest=text(document, "digest"), none_since=none_since, unread_since=unread_since)


def _taint(taint: Taint) -> dict[str, Any]:
    added = None if taint.time_added is None else time_text(taint.time_added)
    return nonempty(key=taint.key, value=taint.value, effect=taint.effect, timeAdded=added)


def _parse_taint(document: Any) -> Taint:
    added = parse_optional_time(document, "timeAdded")
    return Taint(text(document, "key"), text(document, "value"), text(document, "effect"), added)

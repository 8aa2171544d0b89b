"""What is recorded of replicas that no node takes ⇄ fields of the document of their workload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.descheduling import Cap, Waiting
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, text
from reconciler.model.moments import time_text
from reconciler.record.document_fields import parse_count, parse_items, parse_names, parse_time


def waiting_fields(waiting: Mapping[ClusterName, Waiting]) -> list[dict[str, Any]]:
    return [{"name": name} | pods_fields(one) for name, one in sorted(waiting.items())]


def parse_waiting(document: Any) -> dict[ClusterName, Waiting]:
    """Raises ValueError."""
    return {ClusterName(text(item, "name")): parse_pods(item) for item in parse_items(document, "waiting")}


def pods_fields(waiting: Waiting) -> dict[str, Any]:
    """Without the name of the member."""
    return {"replicas": waiting.replicas, "ready": waiting.ready, "since": [time_text(since) for since in waiting.since]}


def parse_pods(item: Any) -> Waiting:
    """Raises ValueError."""
    since = tuple(parse_time(since) for since in parse_names(item, "since"))
    return Waiting(parse_count(get(item, "replicas")), parse_count(get(item, "ready")), since)


def cap_fields(caps: Mapping[ClusterName, Cap]) -> list[dict[str, Any]]:
    return [{"name": name, "replicas": cap.replicas, "since": time_text(cap.since)} for name, cap in sorted(caps.items())]


def parse_caps(document: Any) -> dict[ClusterName, Cap]:
    """Raises ValueError."""
    return {
        ClusterName(text(item, "name")): Cap(parse_count(get(item, "replicas")), parse_time(text(item, "since")))
        for item in parse_items(document, "caps")
    }

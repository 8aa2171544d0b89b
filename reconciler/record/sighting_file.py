"""A sign of life ⇄ the file of its branch (`model/sighting.py`). Pure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, mapping, text
from reconciler.model.moments import time_text
from reconciler.model.sighting import Sighting
from reconciler.record.document_fields import API_VERSION, parse_count, parse_names, parse_time

FILE = "seen.json"
LIMIT = 4 * 1024 * 1024
"""Bytes."""
KIND = "Sighting"
_SCHEMA = 1


def sighting_file(sighting: Sighting) -> bytes:
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "spec": {"schema": _SCHEMA, "revision": sighting.revision},
        "status": {
            "seenAt": time_text(sighting.at),
            "heartbeatSeconds": int(sighting.heartbeat.total_seconds()),
            "watched": sorted(sighting.watched),
        },
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def parse_sighting(content: bytes) -> Sighting:
    """Raises ValueError for anything else."""
    document: Any = json.loads(content)
    if text(document, "kind") != KIND or get(document, "spec", "schema") != _SCHEMA:
        raise ValueError(f"it is not a {KIND} of schema {_SCHEMA}")
    status = mapping(document, "status")
    return Sighting(
        parse_time(text(status, "seenAt")),
        timedelta(seconds=parse_count(get(status, "heartbeatSeconds"))),
        frozenset(map(ClusterName, parse_names(status, "watched"))),
        text(document, "spec", "revision"),
    )

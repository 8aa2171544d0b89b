"""Whether an object could be read into Kubernetes' own types at all (first cut: accepts everything)."""

from __future__ import annotations

from datetime import datetime

from reconciler.model.manifest import Manifest


def check(manifest: Manifest, definition: str) -> None:
    """Raises MalformedObjectError if a known field has a wrong type."""


def parse_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""The fields that the schemas know, by path, and the rows of the table that says what each does here.

A part that many fields share, such as a choice of clusters, has its rows once: a path that leads into it is looked up there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler.load.schemas import karmada

TABLE = Path(__file__).parents[3] / "docs" / "policies.md"

KINDS = {
    "PropagationPolicy": "PropagationPolicy",
    "ClusterPropagationPolicy": "PropagationPolicy",
    "OverridePolicy": "OverridePolicy",
    "ClusterOverridePolicy": "OverridePolicy",
}
"""Kinds of two scopes share their rows; every other has its own."""

SHARED = (
    ("every kind", r"(metadata\b.*|apiVersion|kind|status)"),
    ("label selector", r".*\b(?:labelSelector|selector)\.(.+)"),
    ("choice of clusters", r".*(?:targetClusters?|clusterAffinity|clusterAffinities\[\]|overflowAffinities\[\])\.(.+)"),
    ("resource selector", r".*resourceSelectors\[\]\.(.+)"),
    ("overriders", r".*\boverriders\.(.+)"),
    ("state preservation", r".*\bstatePreservation\.(.+)"),
    ("scale target", r".*\b(?:scaleTargetRef|describedObject)\.(.+)"),
    ("metric target", r".*metrics\[\]\.\w+\.target\.(.+)"),
    ("metric", r".*metrics\[\]\.\w+\.metric\.(.+)"),
    ("scaling rules", r".*\b(?:scaleUp|scaleDown)\.(.+)"),
)
"""Parts with rows of their own, and the paths that lead into them; the first that fits counts, if it has such a row."""


def fields_of(node: Any, path: str = "") -> Iterator[str]:
    """`spec.a.b[].c` for every field that a schema describes."""
    if not isinstance(node, dict):
        return
    for name, member in (node.get("properties") or {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner
        yield from fields_of(member, inner)
    yield from fields_of(node.get("items"), f"{path}[]")


def rows() -> list[tuple[str, str, str]]:
    """(part, field, what it does), as they stand in the table."""
    lines = re.findall(r"^\| ([^|]+?) \| `([^`|]+)` \| (.+) \|$", TABLE.read_text(), re.MULTILINE)
    return [(part, field, told.strip()) for part, field, told in lines]


def row_of(kind: str, path: str, known: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """Where the table has a field."""
    for part, pattern in SHARED:
        match = re.fullmatch(pattern, path)
        if match is not None and (part, match[1]) in known:
            return part, match[1]
    return KINDS.get(kind, kind), path


def fields() -> list[tuple[str, str]]:
    """(kind, path) of all the kinds of policies."""
    return [
        (gvk.kind, path)
        for gvk, document in sorted(karmada._schemas().items(), key=str)
        if gvk.group != "reconciler.dev"
        for path in fields_of(document)
    ]

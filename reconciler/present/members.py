"""Members that could not be reached or read, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.keys import ClusterName


def unanswered_lines(reasons: Mapping[ClusterName, str]) -> Iterator[str]:
    """`member1: reason` for each member. Most reasons begin with the member's name already."""
    for name, reason in reasons.items():
        yield reason if reason.startswith((f"{name}: ", f"{name} ")) else f"{name}: {reason}"

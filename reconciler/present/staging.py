"""The groups of clusters that get a change one after the other, for `diff`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.wording import first_few, plural
from reconciler.present.causes import object_names
from reconciler.present.document import object_document
from reconciler.present.style import Line, Span, Style
from reconciler.review.staged_changes import StagedChange, StagedGroup, Staging

_NAMED = 2
"""Clusters of a group that are named; more are counted."""


def staging_lines(staging: Staging) -> Iterator[Line]:
    """`Rollout: canary (m1) → europe (2 clusters, after an approval) → rest (17 clusters)`, one line for each rollout that the
    change begins, and one about what is not staged."""
    for one in staging.rollouts:
        of = "" if one.is_everything else f" of {one.name}"
        meets = f"; it {one.meets}" if one.meets else ""
        yield _line(f"Rollout{of}", f"{' → '.join(map(_group, one.groups))}{meets}")
    if staging.at_once:
        yield _line("Not staged", f"{object_names(staging.at_once)}: on all clusters at once")


def _line(what: str, text: str) -> Line:
    return Line((Span(what, Style.HEADING), Span(f": {text}")))


def _group(group: StagedGroup) -> str:
    names = first_few(group.clusters, _NAMED) if len(group.clusters) <= _NAMED else plural(len(group.clusters), "cluster")
    few = f"{first_few(group.untaken, _NAMED)} in no other group" if group.untaken else ""
    return f"{group.name} ({', '.join(filter(None, [names, few, group.gate]))})"


def staging_document(staging: Staging) -> dict[str, Any]:
    return {
        "staged": list(map(_document, staging.rollouts)),
        "atOnce": [object_document(key) for key in staging.at_once],
    }


def _document(one: StagedChange) -> dict[str, Any]:
    return {
        "name": one.name,
        "groups": [
            {"name": group.name, "clusters": list(group.clusters), "inNoGroup": list(group.untaken), "gate": group.gate}
            for group in one.groups
        ],
        "objects": [object_document(key) for key in one.objects],
        "meets": one.meets,
    }

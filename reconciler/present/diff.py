"""Differences for people: one block per object, with the members it is about; Secrets masked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import typer

from reconciler.documents.writer import dump
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, without
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.model.wording import first_few, plural
from reconciler.model.work import RenderedManifest
from reconciler.plan.mask import mask
from reconciler.present.members import print_troubles
from reconciler.present.style import styled
from reconciler.review.diff import Comparison, Difference
from reconciler.review.diff_live import LiveDiff

_COLOURS = {"+": typer.colors.GREEN, "-": typer.colors.RED, "@": typer.colors.CYAN}
_NAMED = 5
"""Members named in a heading before the rest is counted."""


def print_differences(comparison: Comparison) -> None:
    print_blocks(comparison.differences, comparison.members)
    typer.echo(summary(comparison.differences))


def print_live(comparison: LiveDiff) -> None:
    """Blocks as above, what would not be written, and, to stderr, which members were not asked."""
    print_blocks(comparison.differences, comparison.members)
    for skipped in comparison.skipped:
        heading = f"skip {skipped.key} on {_named(skipped.clusters, comparison.members)}"
        typer.echo(f"{styled(heading, bold=True)}: {skipped.reason}")
    found = summary(comparison.differences)
    typer.echo(f"{found.removesuffix('.')}, {len(comparison.skipped)} skipped" if comparison.skipped else found)
    for remark in comparison.remarks:
        typer.echo(remark, err=True)
    print_troubles({**comparison.offline, **comparison.unanswered})


def print_blocks(all_differences: Sequence[Difference], members: int) -> None:
    """One block per object: what moves is named as a move, what changes is shown line by line."""
    for _, group in groupby(all_differences, key=lambda difference: difference.key):
        differences = list(group)
        if {change_word(difference) for difference in differences} == {"create", "remove"}:
            typer.echo(styled(_move(differences), bold=True))
            continue
        for difference in differences:
            typer.echo(styled(_heading(difference, members), bold=True))
            print_lines(manifest_diff(_manifest(difference.before), _manifest(difference.after)))


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(styled(line, colour=_COLOURS.get(line[:1])))


def manifest_diff(before: Manifest | None, after: Manifest | None) -> list[str]:
    """Lines of a unified diff of the two as YAML, without file headers. What is created or goes is named by its heading alone."""
    if before is None or after is None:
        return []
    # The digest changes with every change; that something changed is what the other lines say.
    old, new = (without(masked, ("metadata", "annotations", DIGEST_ANNOTATION)) for masked in mask(before, after))
    return list(difflib.unified_diff(_lines(old), _lines(new), lineterm="", n=3))[2:]


def differences_document(comparison: Comparison) -> dict[str, Any]:
    return {
        "base": comparison.base.sha,
        "head": comparison.head.sha,
        "differences": [difference_document(difference) for difference in comparison.differences],
    }


def live_document(comparison: LiveDiff) -> dict[str, Any]:
    return {
        "base": comparison.base.sha,
        "head": comparison.head.sha,
        "differences": [{**difference_document(found), "reason": found.reason} for found in comparison.differences],
        "skipped": [
            {"object": _object(skipped.key), "clusters": list(skipped.clusters), "reason": skipped.reason}
            for skipped in comparison.skipped
        ],
        "offline": comparison.offline,
        "unanswered": comparison.unanswered,
    }


def difference_document(difference: Difference) -> dict[str, Any]:
    before, after = mask(_manifest(difference.before), _manifest(difference.after))
    return {
        "object": _object(difference.key),
        "change": change_word(difference),
        "clusters": list(difference.clusters),
        "before": before,
        "after": after,
    }


def change_word(difference: Difference) -> str:
    if difference.before is None:
        return "create"
    return "remove" if difference.after is None else "change"


def _heading(difference: Difference, members: int) -> str:
    word = change_word(difference)
    origin = (difference.after or difference.before).origin  # type: ignore[union-attr]
    replicas = difference.after.replicas if difference.after else None
    count = f", {replicas} replicas" if replicas is not None and word == "create" else ""
    place = f" ({origin})" if origin.file else ""
    why = f": {difference.reason}" if difference.reason else ""
    return f"{word} {difference.key} on {_named(difference.clusters, members)}{count}{place}{why}"


def _move(differences: Sequence[Difference]) -> str:
    """`move KEY: member1 → member2 (2 replicas)`; make before break is what a sync then does."""
    old = sorted(name for difference in differences if difference.after is None for name in difference.clusters)
    new = sorted(
        f"{name} ({difference.after.replicas} replicas)" if difference.after.replicas is not None else name
        for difference in differences
        if difference.after is not None
        for name in difference.clusters
    )
    origin = next(difference.after.origin for difference in differences if difference.after is not None)
    return f"move {differences[0].key}: {', '.join(old)} → {', '.join(new)} ({origin})"


def _named(clusters: Sequence[str], members: int) -> str:
    if len(clusters) == members and members > 1:
        return f"all {members} clusters"
    return first_few(clusters, _NAMED)


def summary(differences: Sequence[Difference]) -> str:
    if not differences:
        return "No differences."
    counts = [
        f"{count} to {word}"
        for word in ("create", "change", "remove")
        if (count := sum(len(found.clusters) for found in differences if change_word(found) == word))
    ]
    clusters = {name for difference in differences for name in difference.clusters}
    return f"{', '.join(counts)} on {plural(len(clusters), 'cluster')}"


def _object(key: ResourceKey) -> dict[str, str]:
    return {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}


def _manifest(rendered: RenderedManifest | None) -> Manifest | None:
    return rendered.manifest if rendered else None


def _lines(manifest: Any) -> list[str]:
    return dump(manifest).splitlines()

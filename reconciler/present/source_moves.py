"""What `update` changes in the lock file, as lines and as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.source_lock import LockedSource, SourceKind, described
from reconciler.model.wording import plural
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Block, Page, Section
from reconciler.sources.update import Move

_SHORT = 12


def move_lines(moves: Sequence[Move]) -> list[str]:
    """`podinfo of https://charts.example.com 6.5.0 → 6.7.1`, one line for each source that moves."""
    return [_line(move) for move in moves if move.is_move]


def _line(move: Move) -> str:
    source = move.source
    place = described(source.url, source.name)
    if move.before is None:
        return f"{place} {_shown(source)} (new)"
    if move.after is None:
        return f"{place} {_shown(source)} (not wanted any more)"
    before, after = _shown(move.before), _shown(move.after)
    if move.before.digest != move.after.digest and before == after:
        return f"{place} {after}: published again, {_digest(move.before)} → {_digest(move.after)}"
    if before == after:
        return f"{place} {after}, wanted as {move.after.version} and not as {move.before.version}"
    return f"{place} {before} → {after}"


def _shown(source: LockedSource) -> str:
    """The version; of a branch its commit, too."""
    if source.kind is SourceKind.GIT and source.resolved != source.digest:
        return f"{source.resolved} ({source.digest[:_SHORT]})"
    return source.resolved


def _digest(source: LockedSource) -> str:
    return source.digest.removeprefix("sha256:")[:_SHORT]


def moves_text(moves: Sequence[Move], marker: str) -> str:
    """The Markdown of the pull request. marker: as the first line."""
    lines = move_lines(moves)
    blocks = tuple(Block("source", line, (), (), (), ()) for line in lines)
    page = Page(
        f"Update {plural(len(lines), 'source')}",
        "Merge this to use what is newer. `diff` shows what it changes on the members.",
        (),
        (Section("Sources", blocks),),
        ("When it is closed, it is opened again only with something newer.",),
    )
    return markdown_text(page, marker=marker)


def moves_document(moves: Sequence[Move]) -> list[dict[str, Any]]:
    """All sources that were looked at (`docs/output.md`: SOURCE)."""
    return [
        {
            "kind": str(move.source.kind),
            "url": move.source.url,
            "name": move.source.name,
            "version": move.source.version,
            "change": _change(move),
            "before": _state(move.before),
            "after": _state(move.after),
        }
        for move in moves
    ]


def _change(move: Move) -> str:
    if move.before is None:
        return "added"
    if move.after is None:
        return "removed"
    return "moved" if move.is_move else "unchanged"


def _state(source: LockedSource | None) -> dict[str, str] | None:
    return None if source is None else {"resolved": source.resolved, "digest": source.digest}

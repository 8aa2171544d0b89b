"""A proposed failover as the Markdown of a pull request: why, what moves, and the commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.membership.failover_proposal import Move, Proposal
from reconciler.model.binding import TargetCluster
from reconciler.model.wording import first_few, plural
from reconciler.present.line_diff import line_diff
from reconciler.present.review_page.markdown import markdown_text
from reconciler.present.review_page.page import Block, Page, Section

_NAMED = 200
"""Moves that the text lists."""
_CLUSTERS = 10
"""Clusters of one placement that are named."""


def failover_text(proposal: Proposal, before: Mapping[str, str], marker: str) -> str:
    """before: the texts of the files that the commit changes, by path. marker: the first line."""
    after = {path: data.decode() for path, data in proposal.edited(before).items()}
    moves = [_block("move", _moved(move)) for move in proposal.moves[:_NAMED]]
    if len(proposal.moves) > _NAMED:
        moves.append(_block("move", f"{len(proposal.moves) - _NAMED} more"))
    causes = [_block("fails", f"{name}: {cause}") for name, found in proposal.causes.items() for cause in found]
    sections = (
        Section("Why", tuple(causes)),
        Section("What moves", tuple(moves)),
        Section("The commit", tuple(changes(before, after))),
    )
    page = Page(
        f"{plural(len(proposal.moves), 'object')} can leave {plural(len(proposal.annotations), 'member')}",
        "Merge this to move them. Without it, they stay where they are.",
        (),
        sections,
        (
            "What fails later than the time in the annotation needs another pull request.",
            "When nothing is to be moved any more, this one is closed. If you close it, none is opened for the same failure.",
        ),
    )
    return markdown_text(page, marker=marker)


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Block]:
    """What a commit changes in files. before, after: their texts, by path."""
    for path in sorted(after):
        lines = tuple(line_diff(before.get(path, "").splitlines(), after[path].splitlines(), 3))
        yield Block("change", path, lines, (), (), ())


def _moved(move: Move) -> str:
    return f"{move.key}: {_places(move.before)} → {_places(move.after)}"


def _places(targets: tuple[TargetCluster, ...]) -> str:
    named = [f"{one.name}:{one.replicas}" if one.replicas else one.name for one in targets]
    return first_few(named, _CLUSTERS) or "nowhere"


def _block(effect: str, text: str) -> Block:
    return Block(effect, text, (), (), (), ())

"""The tree of one object: template, binding, members, and everything below each copy, with its health."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.health import Health, HealthStatus
from reconciler.model.wording import plural
from reconciler.present.document import object_document
from reconciler.present.health import health_cell
from reconciler.present.style import Line, Style
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.live.object_tree import MemberBranch, ObjectTree
from reconciler.review.live.owned_objects import Owned

SHOWN = 10
"""Objects of one kind below one object that are all Current and listed; of more, the others are counted."""
_COLUMNS = (Column("OBJECT", least=30), Column("HEALTH"), Column("REASON", rank=1, least=20))


_NO_HEALTH = Cell(("",))


@dataclass(frozen=True, slots=True)
class Item:
    """One line, and those below it. Of the lines of a page, too."""

    text: str
    health: Cell = _NO_HEALTH
    reason: str = ""
    below: tuple[Item, ...] = ()


def tree_table(trees: Iterable[ObjectTree], room: Room = WHOLE, *, everything: bool = False) -> list[Line]:
    """One below the other. everything: whether each object has its line, however many are alike."""
    return table(_COLUMNS, [row for tree in trees for row in _rows(tree, everything=everything)], room)


def _rows(tree: ObjectTree, *, everything: bool) -> list[list[Cell | str]]:
    binding = Item(
        tree.policy or "no policy",
        reason=": ".join(filter(None, (tree.policy_file, tree.message))),
        below=tuple(_member(branch, everything=everything) for branch in tree.branches),
    )
    root = Item(str(tree.key), reason=tree.template, below=(binding,))
    rows: list[list[Cell | str]] = [[f"{stem}{item.text}", item.health, item.reason] for stem, item in _lines(root)]
    rows[0][-1] = Cell((tree.template, f"…/{tree.template.rpartition('/')[2]}"))  # The line is what an editor is opened at.
    return rows


def tree_document(tree: ObjectTree) -> dict[str, Any]:
    """`docs/output.md`: tree."""
    return {
        "object": object_document(tree.key),
        "template": tree.template,
        "policy": {"name": tree.policy, "file": tree.policy_file} if tree.policy else None,
        "message": tree.message,
        "reasons": list(tree.reasons),
        "clusters": [
            {
                "name": branch.cluster,
                "replicas": branch.replicas,
                "answered": branch.answered,
                "problem": branch.problem,
                "recorded": None if branch.recorded is None else branch.recorded.word,
                "objects": [_owned_document(root) for root in branch.roots],
            }
            for branch in tree.branches
        ],
    }


def _owned_document(owned: Owned) -> dict[str, Any]:
    return {
        "object": object_document(owned.key),
        "health": owned.health.word,
        "reason": owned.health.reason,
        "message": owned.health.message,
        "owned": [_owned_document(one) for one in owned.owned],
    }


def _member(branch: MemberBranch, *, everything: bool) -> Item:
    number = "" if branch.replicas is None else f" ({plural(branch.replicas, 'replica')})"
    if not branch.answered:
        last = f"recorded as {branch.recorded.word}; " if branch.recorded is not None else ""
        return Item(f"{branch.cluster}{number}", Cell(("Unanswered",), Style.BAD), f"{last}{_without_name(branch)}")
    below = tuple(owned_item(root, everything=everything) for root in branch.roots)
    return Item(f"{branch.cluster}{number}", reason=_without_name(branch), below=below)


def _without_name(branch: MemberBranch) -> str:
    return branch.problem.removeprefix(f"{branch.cluster}: ").replace("\n", " ")


def owned_item(owned: Owned, *, everything: bool) -> Item:
    """everything: as for `tree_table`."""
    return Item(
        f"{owned.key.kind} {owned.key.name}",
        health_cell(owned.health),
        _reason(owned.health),
        tuple(_folded(owned.owned, everything=everything)),
    )


def _folded(items: Sequence[Owned], *, everything: bool) -> Iterator[Item]:
    """What is not Current is always shown; of many that are, the first ones."""
    shown: dict[str, int] = {}
    hidden: dict[str, int] = {}
    for item in items:
        is_leaf = item.health.status is HealthStatus.CURRENT and not item.owned
        if is_leaf and not everything and shown.get(item.key.kind, 0) >= SHOWN:
            hidden[item.key.kind] = hidden.get(item.key.kind, 0) + 1
            continue
        shown[item.key.kind] = shown.get(item.key.kind, 0) + is_leaf
        yield owned_item(item, everything=everything)
    for kind, count in sorted(hidden.items()):
        yield Item(f"and {count} more {kind}", Cell(("Current",), Style.GOOD))


def _reason(health: Health) -> str:
    return ": ".join(filter(None, (health.reason if health.reason != health.word else "", health.message)))


def _lines(item: Item, stem: str = "", follows: str = "") -> Iterator[tuple[str, Item]]:
    """Each line with what is drawn before it. follows: what is drawn before the lines below it."""
    yield stem, item
    for place, below in enumerate(item.below):
        is_last = place + 1 == len(item.below)
        yield from _lines(below, follows + ("└─ " if is_last else "├─ "), follows + ("   " if is_last else "│  "))

"""What moves from where to where: on the left what members lose, in the middle the workloads, on the right what members get.

A band is as wide as the number of copies that it stands for. It leads from a member to a workload and from there to another
member, because of several members that lose and get copies of the same workload nobody can say which copy became which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.wording import plural
from reconciler.pictures.folding import Group, folded, member_stem
from reconciler.pictures.svg import NAME_WIDTH, Tone, columns, counted, drawing, fitted, number, text


@dataclass(frozen=True, slots=True)
class Move:
    """What one workload loses and gets, by member: numbers above zero."""

    name: str
    """`shop/web`."""
    lost: Mapping[str, int]
    got: Mapping[str, int]


_MOST = 14
"""Members on each side, and workloads; more are folded."""
_MARGIN, _TOP = 16, 70
_LEAST, _GAP = 20, 8
"""Height of what is small, and the room between two of them."""
_TALLEST = 420
"""About the height of a side, without its gaps."""
_NAME = 26
_BAND = 90
"""Length of a band."""
_BAR = 8
"""Width of a member."""


@dataclass(frozen=True, slots=True)
class _Node:
    label: str
    count: int
    y: float
    height: float

    def part(self, start: int, count: int) -> tuple[float, float]:
        """Where the copies from `start` on are: the upper and the lower end."""
        step = self.height / self.count
        return self.y + start * step, self.y + (start + count) * step

    @property
    def middle(self) -> float:
        return self.y + self.height / 2 + 4


@dataclass(frozen=True, slots=True)
class _Bands:
    """Of one side: member and workload → number of copies."""

    members: tuple[_Node, ...]
    counts: Mapping[tuple[int, int], int]
    """By the place of the member and of the workload."""


def flow_text(title: str, moves: Iterable[Move], *, alone: bool = True) -> str:
    """The drawing. alone: as for `drawing`."""
    ordered = sorted(moves, key=lambda move: move.name)
    things = folded(ordered, _MOST, lambda move: move.name[: move.name.find("/") + 1], lambda move: move.name)
    heights = [max(_count(group, "lost"), _count(group, "got")) for group in things]
    total = max(sum(heights), 1)
    middle = _nodes([(group.label, count) for group, count in zip(things, heights, strict=True)], total)
    lost, got = _side(things, "lost", total), _side(things, "got", total)
    left = _MARGIN + _room(lost.members) + (8 if lost.members else 0)
    box = left + _BAR + _BAND
    after = box + max([columns(fitted(node.label, _NAME)) for node in middle], default=0) * NAME_WIDTH + 20
    right = after + _BAND
    width = right + _BAR + 8 + _room(got.members) + _MARGIN
    height = (
        max([node.y + node.height for nodes in (middle, lost.members, got.members) for node in nodes], default=_TOP) + _MARGIN
    )
    said = f"{_copies(lost)} leave, {_copies(got)} come"
    body = [
        text(_MARGIN, 26, title, "head"),
        text(_MARGIN, 44, said, "dim"),
        *_bands(lost, middle, left + _BAR, box, Tone.FAILING),
        *_bands(got, middle, right, after, Tone.WELL),
        *_members(lost.members, left, Tone.FAILING, "−", at_left=True),
        *_members(got.members, right, Tone.WELL, "+", at_left=False),
        *_workloads(middle, box, after),
    ]
    return drawing(max(width, _MARGIN * 2 + len(title) * 8, 320), height, f"{title}: {said}", body, alone=alone)


def _count(group: Group[Move], side: str) -> int:
    return sum(sum(getattr(move, side).values()) for move in group.members)


def _copies(side: _Bands) -> str:
    return plural(sum(node.count for node in side.members), "copy", "copies")


def _nodes(named: Sequence[tuple[str, int]], total: int) -> tuple[_Node, ...]:
    """One below the other. total: of the largest column, for the scale."""
    nodes, y = [], float(_TOP)
    for label, count in named:
        height = max(_LEAST, count * _TALLEST / max(total, 30))
        nodes.append(_Node(label, count, y, height))
        y += height + _GAP
    return tuple(nodes)


def _side(things: Sequence[Group[Move]], side: str, total: int) -> _Bands:
    names = sorted({name for group in things for move in group.members for name in getattr(move, side)})
    groups = folded(names, _MOST, member_stem)
    places = {name: at for at, group in enumerate(groups) for name in group.members}
    counts: Counter[tuple[int, int]] = Counter()
    for thing, group in enumerate(things):
        for move in group.members:
            for name, count in getattr(move, side).items():
                counts[places[name], thing] += count
    sums = Counter[int]()
    for (member, _), count in counts.items():
        sums[member] += count
    return _Bands(_nodes([(group.label, sums[at]) for at, group in enumerate(groups)], total), counts)


def _bands(side: _Bands, things: Sequence[_Node], x: float, to: float, tone: Tone) -> Iterator[str]:
    """From the members at `x` to the workloads at `to`, whichever of them is further left."""
    at_members, at_things = Counter[int](), Counter[int]()
    for (member, thing), count in sorted(side.counts.items()):
        top, bottom = side.members[member].part(at_members[member], count)
        other_top, other_bottom = things[thing].part(at_things[thing], count)
        at_members[member] += count
        at_things[thing] += count
        half = number((x + to) / 2)
        there = f"M{number(x)} {number(top)}C{half} {number(top)} {half} {number(other_top)} {number(to)} {number(other_top)}"
        back = f"V{number(other_bottom)}C{half} {number(other_bottom)} {half} {number(bottom)} {number(x)} {number(bottom)}z"
        yield f'<path class="{tone.style} band" d="{there}{back}"/>'


def _members(nodes: Sequence[_Node], x: float, tone: Tone, sign: str, *, at_left: bool) -> Iterator[str]:
    for node in nodes:
        size = f'width="{_BAR}" height="{number(node.height)}"'
        yield f'<rect class="{tone.style}" x="{number(x)}" y="{number(node.y)}" {size} rx="2"/>'
        where, anchor = (x - 8, ' text-anchor="end"') if at_left else (x + _BAR + 8, "")
        yield text(where, node.middle, _told(node, sign), "name", more=anchor)


def _told(node: _Node, sign: str) -> str:
    return f"{fitted(node.label, _NAME)} {sign}{counted(node.count)}"


def _room(nodes: Sequence[_Node]) -> float:
    return max([columns(_told(node, "+")) for node in nodes], default=0) * NAME_WIDTH


def _workloads(nodes: Sequence[_Node], x: float, to: float) -> Iterator[str]:
    for node in nodes:
        size = f'width="{number(to - x)}" height="{number(node.height)}"'
        yield f'<rect class="card" x="{number(x)}" y="{number(node.y)}" {size} rx="4"/>'
        yield text((x + to) / 2, node.middle, fitted(node.label, _NAME), "name", more=' text-anchor="middle"')

"""What if: the fleet without some of its members, and what would move. Nothing is written, and no member is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.dashboard.addresses import with_query
from reconciler.dashboard.page import Asked, Crumb, Page
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.questions import MovedObject, Questions, WhatIf
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.wording import plural
from reconciler.pictures.flow import Move
from reconciler.record.placement_map import workload_label


@dataclass(frozen=True, slots=True)
class Region:
    """Members that may be lost together."""

    name: str
    members: int
    href: str


@dataclass(frozen=True, slots=True)
class Moves:
    """What is different without the members that are lost."""

    part: Part[MovedObject]
    heading: str
    """Of the drawing."""
    drawn: tuple[Move, ...]
    """All that move, for the drawing."""
    unplaced: tuple[tuple[ResourceKey, str], ...]
    unplaced_total: int
    leave: int
    come: int
    others: int
    """Objects without replicas that lose a copy, and get none elsewhere."""

    @property
    def in_short(self) -> str:
        leave, come = plural(self.leave, "copy leaves", "copies leave"), plural(self.come, "comes", "come")
        moved = f"{plural(self.part.total, 'object')} would move: {leave}, {come}." if self.part.total else "Nothing moves."
        others = f"{plural(self.others, 'object')} without replicas would only lose copies." if self.others else ""
        unplaced = f"{plural(self.unplaced_total, 'object')} could not be placed." if self.unplaced_total else ""
        return " ".join(filter(None, [moved, others, unplaced]))


@dataclass(frozen=True, slots=True)
class Simulation:
    words: str
    """What was asked for, as it was written."""
    unknown: tuple[str, ...]
    """Names that no member has."""
    lost: tuple[str, ...]
    members: tuple[str, ...]
    """All names, for the field to offer."""
    regions: tuple[Region, ...]
    moves: Moves | None
    """None where nothing was asked for."""
    title: str = "What if"
    crumbs: tuple[Crumb, ...] = ()


_OFFERED = 200
"""Names that the field offers, and objects that are listed as not placed: a page of a large fleet stays small."""


def lost_members(asked: Asked) -> tuple[list[ClusterName], list[str]]:
    """The members that `lose` names, with commas or spaces between them, sorted; and the names that no member has."""
    words = sorted({word for word in asked.word("lose").replace(",", " ").split() if word})
    known = asked.facts.clusters
    return [ClusterName(word) for word in words if word in known], [word for word in words if word not in known]


async def gather(questions: Questions, asked: Asked) -> WhatIf | None:
    lost, unknown = lost_members(asked)
    return await questions.without(frozenset(lost)) if lost and not unknown else None


def view(asked: Asked, found: WhatIf | None) -> Simulation:
    lost, unknown = lost_members(asked)
    clusters = asked.facts.clusters
    regions = Counter(one.region for one in clusters.values() if one.region)
    offered = [
        Region(
            name,
            count,
            with_query("/simulate", lose=",".join(sorted(one.name for one in clusters.values() if one.region == name))),
        )
        for name, count in sorted(regions.items())
        if count <= _TOGETHER and len(regions) > 1
    ]
    return Simulation(
        words=asked.word("lose"),
        unknown=tuple(unknown),
        lost=tuple(lost),
        members=tuple(sorted(clusters)[:_OFFERED]),
        regions=tuple(offered[:_REGIONS]),
        moves=None if found is None else _moves(asked, found, lost),
    )


_TOGETHER, _REGIONS = 40, 12
"""Members of a region that is offered: their names are in the address."""


def _moves(asked: Asked, found: WhatIf, lost: Collection[str]) -> Moves:
    moved = [one for one in found.moved if one.got or (one.lost and one.has_replicas)]
    drawn = [Move(workload_label(one.key), _by_name(one.lost), _by_name(one.got)) for one in moved]
    title = f"Without {plural(len(lost), 'member')}" if len(lost) > 1 else f"Without {next(iter(lost))}"
    unplaced = sorted(found.unplaced.items())
    return Moves(
        part=part_of(moved, asked.query, asked.address),
        heading=title,
        drawn=tuple(drawn),
        unplaced=tuple(unplaced[:_OFFERED]),
        unplaced_total=len(unplaced),
        others=sum(bool(one.lost) for one in found.moved) - sum(bool(one.lost) for one in moved),
        leave=sum(sum(one.lost.values()) for one in moved),
        come=sum(sum(one.got.values()) for one in moved),
    )


def _by_name(counts: Mapping[ClusterName, int]) -> dict[str, int]:
    return {str(name): count for name, count in counts.items()}


PAGES = (Page("/simulate", "simulate.html.jinja", view, gather, menu="What if"),)

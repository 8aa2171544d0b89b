"""The members: all of them with health, capacity and version; and one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.pages.choices import Choice, choices_of
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.summaries import ObjectSummary
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.present.capacity import capacity_text
from reconciler.present.rollup import ClusterRow, cluster_rows, with_remedies
from reconciler.present.style import Style


@dataclass(frozen=True, slots=True)
class Member:
    """One member, as a row."""

    row: ClusterRow
    word: str
    role: Style

    @property
    def name(self) -> str:
        return self.row.cluster.name

    @property
    def version(self) -> str:
        return self.row.recorded.version if self.row.recorded is not None else ""

    @property
    def requested(self) -> str:
        """What of its capacity is requested; empty where it is not known."""
        return capacity_text(self.row.recorded.capacity if self.row.recorded is not None else None)

    @property
    def message(self) -> str:
        return self.row.message

    @property
    def place(self) -> str:
        """Provider and region."""
        return " · ".join(filter(None, [self.row.cluster.provider, self.row.cluster.region]))


def members(facts: Facts, now: datetime) -> list[Member]:
    """Those that HEAD declares, in its order: by name."""
    rows = cluster_rows(facts.desired.clusters, facts.state, facts.reports, now)
    return [_member(with_remedies(row, facts.desired.remedies)) for row in rows]


def _member(row: ClusterRow) -> Member:
    if row.ready is None:
        return Member(row, "Unknown", Style.CAUTION)
    if not row.ready:
        return Member(row, "Not ready", Style.BAD)
    recorded = row.recorded
    if recorded is not None and recorded.suspended is not None:
        return Member(row, "Suspended", Style.PLAIN)
    return Member(row, "Ready", Style.GOOD)


@dataclass(frozen=True, slots=True)
class Fleet:
    part: Part[Member]
    healths: tuple[Choice, ...]
    regions: tuple[Choice, ...]
    versions: tuple[Choice, ...]
    has_capacity: bool
    """Whether the capacity of any of the members is known."""
    words: str
    """What the names are searched for."""
    filtered: bool
    chosen: tuple[tuple[str, str], ...]
    """The choices that hold, for the form of the search."""
    title: str = "Fleet"
    crumbs: tuple[Crumb, ...] = ()


def view_fleet(asked: Asked, _: Any) -> Fleet:
    everything = members(asked.facts, asked.now)
    words = asked.word("q").lower()
    chosen = {name: asked.word(name) for name in ("health", "region", "version")}
    facets = {
        "health": [one.word for one in everything],
        "region": [one.row.cluster.region for one in everything],
        "version": [one.version for one in everything],
    }
    found = [
        one
        for place, one in enumerate(everything)
        if all(not word or facets[name][place] == word for name, word in chosen.items()) and (not words or _matches(one, words))
    ]
    query = {**chosen, "q": asked.word("q")}
    roles = {one.word: one.role for one in everything}
    return Fleet(
        part=part_of(found, asked.query, "/members"),
        healths=choices_of(facets["health"], "health", query, "/members", roles),
        regions=choices_of(facets["region"], "region", query, "/members"),
        versions=choices_of(facets["version"], "version", query, "/members"),
        has_capacity=any(one.requested for one in everything),
        words=query["q"],
        filtered=any(query.values()),
        chosen=tuple((name, word) for name, word in chosen.items() if word),
    )


def _matches(member: Member, words: str) -> bool:
    """Whether the name, the place or a label contains it. words: in lower case."""
    cluster = member.row.cluster
    labels = (f"{name}={value}" for name, value in cluster.labels.items())
    return any(words in text.lower() for text in (member.name, cluster.provider, cluster.region, *cluster.zones, *labels))


@dataclass(frozen=True, slots=True)
class OneMember:
    member: Member
    cluster: Cluster
    objects: Part[ObjectSummary]
    """What it must hold, or still holds."""
    title: str
    crumbs: tuple[Crumb, ...] = (Crumb("Fleet", "/members"),)


def view_member(asked: Asked, _: Any) -> OneMember:
    facts, name = asked.facts, ClusterName(asked.path["name"])
    cluster = facts.clusters.get(name)
    if cluster is None:
        raise NotThereError(f"no member {name}")
    row = next(iter(cluster_rows([cluster], facts.state, facts.reports, asked.now)))
    held = [one for one in facts.objects if _holds(one, name)]
    return OneMember(
        _member(with_remedies(row, facts.desired.remedies)), cluster, part_of(held, asked.query, asked.address), title=name
    )


def _holds(one: ObjectSummary, name: ClusterName) -> bool:
    return name in one.decision.cluster_names or _reports(one.report.groups, name)


def _reports(groups: Iterable[tuple[Any, Iterable[ClusterName]]], name: ClusterName) -> bool:
    return any(name in clusters for _, clusters in groups)


PAGES = (
    Page("/members", "fleet.html.jinja", view_fleet, menu="Fleet"),
    Page("/members/{name}", "member.html.jinja", view_member, section="Fleet"),
)

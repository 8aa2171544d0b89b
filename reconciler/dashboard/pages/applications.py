"""Applications as a tree: namespaces, the applications in one of them, their objects, and where the copies of each are.

An application is a Chart or Kustomize with what it was expanded to, or the objects that state the same application by the labels
that Kubernetes recommends (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/). An object that
states none is one of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.addresses import CLUSTER_SCOPED, with_query
from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.pages.choices import Choice
from reconciler.dashboard.pages.counts import ORDER, Count, counted
from reconciler.dashboard.paging import PAGE_SIZE, Part, part_of
from reconciler.dashboard.summaries import ObjectSummary
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import labels_of
from reconciler.present.health import health_cell
from reconciler.present.style import Style
from reconciler.review.live.owned_objects import may_have_pods

_LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app")
"""In this order, the first one that an object has."""
_APPLICATIONS = 12
"""Of one part of the list."""
_OBJECTS = 10
"""Of an application that are shown among others; those that need attention first."""
_NAMED = 6
"""Members that are named for an object before the others are counted."""


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    """Empty: what is in none."""
    counts: tuple[Count, ...]
    total: int
    problems: int


@dataclass(frozen=True, slots=True)
class Applications:
    """All namespaces, or the objects that are not well."""

    namespaces: Part[Namespace] | None
    unwell: Part[ObjectSummary] | None
    views: tuple[Choice, ...]
    title: str = "Applications"
    crumbs: tuple[Crumb, ...] = ()


def view_all(asked: Asked, _: Any) -> Applications:
    facts = asked.facts
    unwell = [one for one in facts.objects if needs_attention(one)]
    only_unwell = asked.word("health") == "unwell"
    views = (
        Choice("Namespaces", len(facts.namespaces), "/applications", not only_unwell),
        Choice("Needs attention", len(unwell), with_query("/applications", health="unwell"), only_unwell),
    )
    if only_unwell:
        unwell.sort(key=lambda one: (ORDER[one.role], one.key))
        return Applications(None, part_of(unwell, asked.query, "/applications"), views)
    by_namespace: defaultdict[str, list[ObjectSummary]] = defaultdict(list)
    for one in facts.objects:
        by_namespace[one.key.namespace].append(one)
    rows = [_namespace(name, by_namespace[name]) for name in facts.namespaces]
    return Applications(part_of(rows, asked.query, "/applications"), None, views)


def needs_attention(one: ObjectSummary) -> bool:
    """Whether it is not well; that nobody claims it and no member has it is only a warning."""
    return not one.well and not (one.decision.is_unclaimed and not one.members)


def _namespace(name: str, objects: Sequence[ObjectSummary]) -> Namespace:
    counts = counted((one.word, one.role) for one in objects)
    return Namespace(name, counts, len(objects), sum(map(needs_attention, objects)))


@dataclass(frozen=True, slots=True)
class Node:
    """An object in the tree, and where its copies are."""

    one: ObjectSummary
    members: tuple[tuple[str, str, Style, int | None], ...]
    """Name, health in a word, its role, and replicas: the first members, those with the worst health first."""
    others: int
    """Members that are not among these."""

    @property
    def has_pods(self) -> bool:
        """Whether members may have Pods below a copy."""
        return may_have_pods(self.one.key)


@dataclass(frozen=True, slots=True)
class Application:
    name: str
    parent: ResourceKey | None
    """The Chart or Kustomize; None for objects that share a label."""
    nodes: tuple[Node, ...]
    total: int
    """Its objects; more than there are nodes where there are many."""
    href: str
    """Of all of them."""
    role: Style
    word: str
    is_open: bool
    """Whether the tree is open there at first: something in it needs attention, or there is little of it."""


@dataclass(frozen=True, slots=True)
class InNamespace:
    part: Part[Application]
    name: str
    undeclared: int
    """Recorded objects that HEAD does not declare."""
    waiting: tuple[ResourceKey, ...]
    """Templates that nothing is recorded of."""
    title: str
    crumbs: tuple[Crumb, ...]


def view_namespace(asked: Asked, _: Any) -> InNamespace:
    facts, shown = asked.facts, asked.path["namespace"]
    namespace = "" if shown == CLUSTER_SCOPED else shown
    if namespace not in facts.namespaces:
        raise NotThereError(f"no namespace {namespace}")
    objects = [one for one in facts.objects if one.key.namespace == namespace]
    wanted = asked.word("application")
    groups = [(name, one) for name, one in _grouped(facts, objects).items() if wanted in ("", name[0])]
    groups.sort(key=lambda item: item[0][0])
    waiting = [key for key in facts.templates if key.namespace == namespace and key not in facts.state.decisions]
    found = part_of(groups, asked.query, asked.address, _APPLICATIONS)
    few = len(objects) <= _APPLICATIONS * 2
    return InNamespace(
        part=found.with_rows(_application(asked, *name, ones, few or bool(wanted)) for name, ones in found.rows),
        name=namespace,
        undeclared=sum(one.key not in facts.templates and one.decision.parent is None for one in objects),
        waiting=tuple(waiting) if not wanted else (),
        title=wanted or namespace or "Without a namespace",
        crumbs=(*_ALL, Crumb(namespace or "Without a namespace", asked.address)) if wanted else _ALL,
    )


_ALL = (Crumb("Applications", "/applications"),)


def _grouped(facts: Facts, objects: Iterable[ObjectSummary]) -> Mapping[tuple[str, ResourceKey | None], list[ObjectSummary]]:
    """By the name of the application, and its Chart or Kustomize."""
    found: defaultdict[tuple[str, ResourceKey | None], list[ObjectSummary]] = defaultdict(list)
    for one in objects:
        parent = one.decision.parent or (one.key if one.key.kind in ("Chart", "Kustomize") else None)
        found[_name(facts, one) if parent is None else parent.name, parent].append(one)
    return found


def _name(facts: Facts, one: ObjectSummary) -> str:
    template = facts.templates.get(one.key)
    labels = labels_of(template.manifest) if template is not None else {}
    return next((labels[label] for label in _LABELS if labels.get(label)), one.key.name)


def _application(asked: Asked, name: str, parent: ResourceKey | None, objects: Sequence[ObjectSummary], few: bool) -> Application:
    worst = min(objects, key=lambda one: (not needs_attention(one), ORDER[one.role]))
    ranked = sorted(objects, key=lambda one: (not needs_attention(one), one.key.kind, one.key.name))
    shown = ranked[: PAGE_SIZE if asked.word("application") else _OBJECTS]
    return Application(
        name=name,
        parent=parent,
        nodes=tuple(map(_node, shown)),
        total=len(objects),
        href=with_query(asked.address, application=name),
        role=worst.role,
        word=worst.word,
        is_open=few or needs_attention(worst),
    )


def _node(one: ObjectSummary) -> Node:
    placed = []
    for status, clusters in one.report.groups:
        cell = health_cell(status.health)
        placed += [(ORDER[cell.style], str(name), cell.forms[0], cell.style) for name in clusters]
    told = {name for _, name, _, _ in placed}
    placed += [
        (ORDER[Style.CAUTION], str(name), "Unknown", Style.CAUTION) for name in one.decision.cluster_names if name not in told
    ]
    shown = sorted(placed)[:_NAMED]
    return Node(
        one,
        tuple((name, word, role, one.decision.replicas_on(name)) for _, name, word, role in shown),
        len(placed) - len(shown),
    )


PAGES = (
    Page("/applications", "applications.html.jinja", view_all, menu="Applications"),
    Page("/applications/{namespace}", "namespace.html.jinja", view_namespace, section="Applications"),
)

"""What somebody asks to see of a member, and the answer: rows as its server would show them to kubectl, or whole objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, labels_of, text
from reconciler.model.selector_text import parse_selector_text


@dataclass(frozen=True, slots=True)
class Selection:
    """Objects of one kind, in kubectl's terms."""

    kind: str
    """As it was typed, in lower case: a short name, singular or plural, where need be with the group, or version and group,
    behind a dot."""
    meant: frozenset[str]
    """The kinds in lower case that this may mean, for a member that has no list of kinds to ask."""
    names: tuple[str, ...] = ()
    """Empty: all of them."""
    namespace: str = ""
    """Empty: in all of them. Without effect on kinds that live in none."""
    labels: str = ""
    """As `-l` writes them."""
    whole: bool = False
    """Whether the objects themselves are asked for, rather than rows about them."""

    @property
    def word(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def group(self) -> str:
        """What is behind the dot; empty where none was typed."""
        return self.kind.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    wide: bool = False
    """Whether it is shown only to those who ask for more (a priority above 0)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object."""

    cells: tuple[Any, ...]
    """JSON values, one for each column."""
    object: Manifest
    """At least its metadata; all of it where that was asked for."""

    @property
    def namespace(self) -> str:
        return text(self.object, "metadata", "namespace")

    @property
    def name(self) -> str:
        return text(self.object, "metadata", "name")


@dataclass(frozen=True, slots=True)
class Listing:
    """Objects of one kind that a member holds, in the member's own order."""

    gvk: GroupVersionKind
    """In the version in which the member shows them."""
    namespaced: bool
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


NAME = Column("Name")


def by_name(gvk: GroupVersionKind, namespaced: bool, objects: Iterable[Manifest]) -> Listing:
    """Where nobody makes a table: the name is all that is told."""
    return Listing(gvk, namespaced, (NAME,), tuple(Row((text(item, "metadata", "name"),), item) for item in objects))


def selected(selection: Selection, objects: Iterable[Manifest]) -> list[Listing]:
    """What is selected of the objects of a member that cannot be asked such a question. Raises InvalidSelectorError."""
    labels = parse_selector_text(selection.labels)
    found = sorted(
        (item for item in objects if _is_meant(selection, item) and labels.matches(labels_of(item))),
        key=lambda item: (gvk_of(item), text(item, "metadata", "namespace"), text(item, "metadata", "name")),
    )
    return list(_by_kind(found))


def _by_kind(objects: Iterable[Manifest]) -> Iterator[Listing]:
    for gvk, group in groupby(objects, key=gvk_of):
        items = list(group)
        yield by_name(gvk, any(text(item, "metadata", "namespace") for item in items), items)


def _is_meant(selection: Selection, item: Manifest) -> bool:
    gvk, namespace = gvk_of(item), text(item, "metadata", "namespace")
    return (
        gvk.kind.lower() in selection.meant
        and (gvk.group.startswith(selection.group) or selection.group == f"{gvk.version}.{gvk.group}")
        and (not selection.names or text(item, "metadata", "name") in selection.names)
        and (not selection.namespace or namespace in ("", selection.namespace))
    )

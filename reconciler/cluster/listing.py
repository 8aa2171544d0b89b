"""What `get` requests from a member, and the result: rows as its server prints them for kubectl, or whole objects; and what
happens to them later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from reconciler.model.field_selector import parse_field_selector
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, labels_of, text
from reconciler.model.selector_text import parse_selector_text


@dataclass(frozen=True, slots=True)
class Selection:
    """Objects of one kind, in kubectl's terms."""

    kind: str
    """The argument of the user, in lower case: a short name, singular or plural; optionally with a dot and the group, or
    version and group."""
    meant: frozenset[str]
    """The kinds in lower case that this can mean, for a member without discovery."""
    names: tuple[str, ...] = ()
    """Empty: all objects."""
    namespace: str = ""
    """Empty: all namespaces. It has no effect on cluster-scoped kinds."""
    labels: str = ""
    """A label selector, as in the option `-l`."""
    whole: bool = False
    """Whether whole objects are requested instead of rows."""
    fields: str = ""
    """A field selector, as in the option `--field-selector`."""
    objects: bool = False
    """Whether rows come with their whole objects."""

    @property
    def word(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def group(self) -> str:
        """The text after the dot; empty if there is none."""
        return self.kind.partition(".")[2]

    def means(self, gvk: GroupVersionKind) -> bool:
        """Whether the word can mean this kind."""
        is_group = gvk.group.startswith(self.group) or self.group == f"{gvk.version}.{gvk.group}"
        return gvk.kind.lower() in self.meant and is_group


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    wide: bool = False
    """Whether it is only in wide output (its priority is above 0)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object."""

    cells: tuple[Any, ...]
    """JSON values, one for each column."""
    object: Manifest
    """At least its metadata; the whole object if that was requested."""

    @property
    def namespace(self) -> str:
        return text(self.object, "metadata", "namespace")

    @property
    def name(self) -> str:
        return text(self.object, "metadata", "name")


@dataclass(frozen=True, slots=True)
class Listing:
    """Objects of one kind in a member, in the order of the member."""

    gvk: GroupVersionKind
    """In the version that the member returned."""
    namespaced: bool
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    version: str = ""
    """The resourceVersion from which changes can be followed; empty where there is none."""


class Event(StrEnum):
    """What happened to an object (Kubernetes: `watch.EventType`)."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


NAME = Column("Name")


def by_name(gvk: GroupVersionKind, namespaced: bool, objects: Iterable[Manifest]) -> Listing:
    """A listing with only the name, for servers that return no table."""
    return Listing(gvk, namespaced, (NAME,), tuple(Row((text(item, "metadata", "name"),), item) for item in objects))


def selected(selection: Selection, objects: Iterable[Manifest]) -> list[Listing]:
    """The selected objects, one listing for each kind, for a member without an API server. Raises InvalidSelectorError."""
    labels, fields = parse_selector_text(selection.labels), parse_field_selector(selection.fields)
    matching = sorted(
        (one for one in objects if _is_meant(selection, one) and labels.matches(labels_of(one)) and fields.matches(one)),
        key=lambda item: (gvk_of(item), text(item, "metadata", "namespace"), text(item, "metadata", "name")),
    )
    return list(_by_kind(matching))


def _by_kind(objects: Iterable[Manifest]) -> Iterator[Listing]:
    for gvk, group in groupby(objects, key=gvk_of):
        items = list(group)
        yield by_name(gvk, any(text(item, "metadata", "namespace") for item in items), items)


def _is_meant(selection: Selection, item: Manifest) -> bool:
    namespace = text(item, "metadata", "namespace")
    return (
        selection.means(gvk_of(item))
        and (not selection.names or text(item, "metadata", "name") in selection.names)
        and (not selection.namespace or namespace in ("", selection.namespace))
    )

"""libyaml's events → one plain document, as go-yaml v2 and sigs.k8s.io/yaml would build it.

No stock loader reads as kubectl does, in either version of YAML, so the tree is built here: resolution is
`scalars.py`'s, `<<` acts where it stands and what comes later overwrites, tags other than YAML's own scalars are
ignored. Stricter than kubectl in one point: a key written twice is a complaint. Keys that only become equal when
resolved (`yes`, `true`), or that a merge brought, are not: what stands later counts.

Aliases share their value, so a bomb costs nothing here; it is refused all the same, by go-yaml's own ratio, because
everyone after us walks the values. Depth is bounded for the same reason: nobody who walks a document runs out of
stack, nor down a chain of aliases of which each stands deep within the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from reconciler.documents.complaints import FLATTEN, Complaints
from reconciler.documents.scalars import (
    HINTS,
    MERGE_TAG,
    Scalar,
    as_json,
    key_text,
    resolve,
    tagged,
)

MAX_DEPTH = 200
"""Mappings and lists within each other. Kubernetes' own objects stay far below; orjson stops at 254."""

_QUOTE = "Quote it if it is a name."


@dataclass(slots=True)
class _Anchored:
    value: Any = None
    weight: int = 0
    """Nodes visited below it, as go-yaml counts them."""
    height: int = 0
    """Mappings and lists within each other, from this one on."""
    complete: bool = False


class Construction:
    """Builds documents from the events that `next_event` hands out, one at a time.

    Complaints that leave the shape of a document intact are collected, so that a file is told all of them at once.
    """

    __slots__ = ("_aliased", "_anchors", "_complaints", "_deepest", "_last_wins", "_next", "_visited")

    def __init__(self, next_event: Callable[[], Any], complaints: Complaints, *, last_wins: bool = False) -> None:
        """last_wins: a key written twice is no complaint."""
        self._next = next_event
        self._complaints = complaints
        self._last_wins = last_wins

    def document(self, root: Any) -> Any:
        """The document whose first event after its start is `root`. Raises DocumentError where going on makes no sense."""
        self._anchors: dict[str, _Anchored] = {}
        # go-yaml's two counters: nodes visited, and those of them that were visited through an alias.
        self._visited = self._aliased = 0
        self._deepest = 0  # of what was read so far, or since the anchor that is being read
        return self.value(root, 0)

    def value(self, event: Any, depth: int) -> Any:
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        if event.anchor is None:
            return self._node(event, depth)
        before, deepest, self._deepest = self._visited, self._deepest, depth
        # Known from here on: an alias inside refers to this very node, and is refused.
        anchored = self._anchors[event.anchor] = _Anchored()
        anchored.value = self._node(event, depth)
        anchored.weight, anchored.height, anchored.complete = self._visited - before, self._deepest - depth, True
        self._deepest = max(deepest, self._deepest)
        return anchored.value

    def _node(self, event: Any, depth: int) -> Any:
        self._visited += 1
        kind = type(event)
        if kind is ScalarEvent:
            return self._sendable(event, self._resolved(event))
        self._reach(event, depth + 1)
        return self._mapping(depth + 1) if kind is MappingStartEvent else self._sequence(depth + 1)

    def _reach(self, event: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._complaints.at(event, "TooDeep", f"more than {MAX_DEPTH} mappings and lists within each other", FLATTEN)
        self._deepest = max(self._deepest, depth)

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            items.append(self.value(event, depth))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        # Names that were not written as text, with their spelling: resolved from `yes` or 0x10, or merged (None).
        unwritten: dict[str, str | None] = {}
        next_event = self._next
        while type(event := next_event()) is not MappingEndEvent:
            # Nearly every key is plain text, nearly every value a plain scalar: they are not worth a call.
            name = None
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None:
                name = _text_key(event.value) if event.implicit[0] else event.value
            if name is None:
                self._odd_member(event, members, unwritten, depth)
                continue
            if name in members and unwritten.pop(name, self) is self:
                self._twice(event, name)
            event = next_event()
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None:
                self._visited += 2
                value: Scalar = event.value
                if event.implicit[0] and event.value[:1] in HINTS:
                    value = self._sendable(event, resolve(event.value))
                members[name] = value
            else:
                self._visited += 1
                members[name] = self.value(event, depth)
        return members

    def _odd_member(self, key: Any, members: dict[str, Any], unwritten: dict[str, str | None], depth: int) -> None:
        """A member whose key is a merge, resolves to something else than text, or is not a scalar at all."""
        self._visited += 1
        scalar = type(key) is ScalarEvent
        if scalar and key.value == "<<" and (key.implicit[0] or key.tag == MERGE_TAG):
            self._merge(members, unwritten, depth)
            return
        resolved = self.value(key, depth) if key.anchor is not None or not scalar else None
        if scalar:
            resolved = self._resolved(key)  # Again, as a key: there 1e3 is still a float, and infinity is allowed.
        name = key_text(resolved) if isinstance(resolved, Scalar) else None
        if name is None:
            self._complaints.add(key, "UnsupportedKey", "a key is null, a number beyond 63 bits, a list or a mapping", _QUOTE)
        elif name in members and unwritten.get(name, self) == key.value:
            self._twice(key, name)
        value = self.value(self._next(), depth)
        if name is not None:
            members[name] = value
            if not isinstance(resolved, str):
                unwritten[name] = key.value

    def _merge(self, members: dict[str, Any], unwritten: dict[str, str | None], depth: int) -> None:
        """`<<`: a mapping, or a list of them of which the earlier win. It overwrites what stands before it."""
        event = self._next()
        value = self.value(event, depth)
        sources = value if isinstance(value, list) and type(event) is not AliasEvent else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._complaints.add(event, "BadMerge", "<< takes a mapping or a list of mappings", 'Quote it ("<<") as a name.')
            return
        for source in reversed(sources):
            for name, item in source.items():
                if name not in members:
                    unwritten[name] = None
                members[name] = item

    def _alias(self, event: Any, depth: int) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None or not anchored.complete:
            # The anchor is not named: text that only begins with an asterisk, such as a password, reads as an alias, too.
            wrong = "is not defined before it is used" if anchored is None else "contains itself"
            remedy = "Write the value out; text that begins with * belongs in quotes."
            self._complaints.add(event, "UnknownAnchor", f"the anchor that is named here {wrong}", remedy)
            return None
        self._visited += 1 + anchored.weight
        self._aliased += anchored.weight
        if self._aliased > 100 and self._visited > 1000 and self._aliased > self._visited * _allowed(self._visited):
            raise self._complaints.at(event, "AliasBomb", "aliases multiply the document beyond measure", "Write it out.")
        self._reach(event, depth + anchored.height)
        return anchored.value

    def _resolved(self, event: Any) -> Scalar:
        """What a scalar stands for, before JSON."""
        if event.tag is None:
            return resolve(event.value) if event.implicit[0] else event.value
        try:
            return tagged(event.tag, event.value)
        except ValueError:
            short = event.tag.removeprefix("tag:yaml.org,2002:")
            self._complaints.add(event, "BadTag", f"the value cannot be read as !!{short}", "Remove the tag.")
            return None

    def _sendable(self, event: Any, value: Scalar) -> Scalar:
        if not isinstance(value, float):
            return value
        try:
            return as_json(value)
        except ValueError as error:
            self._complaints.add(event, "UnsupportedValue", str(error), "Quote it if it is text.")
            return None

    def _twice(self, event: Any, name: str) -> None:
        if not self._last_wins:
            self._complaints.add(event, "DuplicateKey", f"the key {name!r} is written twice in one mapping", "Remove one.")


@lru_cache(maxsize=16384)
def _text_key(text: str) -> str | None:
    """A plain key that is text, always as the same object: a fleet's manifests repeat their keys. None for any other."""
    return None if text == "<<" or not isinstance(resolve(text), str) else text


def _allowed(visited: int) -> float:
    """The share of nodes that aliases may bring: 99 % of up to 400,000 nodes, falling to 10 % at 4 million."""
    return 0.99 - 0.89 * min(max(visited - 400_000, 0) / 3_600_000, 1)

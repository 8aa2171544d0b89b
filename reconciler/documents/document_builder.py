"""Events of libyaml → one plain document, as go-yaml v2 and sigs.k8s.io/yaml build it.

No loader of PyYAML or ruamel.yaml reads YAML as kubectl does, so the document is built here. `scalars.py` resolves scalars.
`<<` takes effect at its position, and later keys overwrite it. Tags other than those of YAML's scalars are ignored. One rule is
stricter than kubectl: a key that is written twice is an error. Keys that are equal only after resolution (`yes`, `true`), or
that come from a merge, are not an error: the last one counts.

Aliases share their value, so an alias bomb costs nothing here. It is refused anyway, with the limits of go-yaml, because other
code iterates over the values. The depth is limited for the same reason, also through chains of aliases, so that no recursion
over a document exhausts the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from reconciler.documents.errors import FLATTEN, RENDER, ErrorCollector
from reconciler.documents.scalars import (
    HINTS,
    MERGE_TAG,
    Scalar,
    Spelled,
    SpelledKey,
    as_json,
    key_text,
    resolve,
    tagged,
)

MAX_DEPTH = 200
"""Levels of nested mappings and lists. Objects of Kubernetes need far fewer; orjson supports 254."""


@dataclass(slots=True)
class _Anchored:
    value: Any = None
    weight: int = 0
    """Number of nodes below it, as go-yaml counts them."""
    height: int = 0
    """Levels of nested mappings and lists, including this one."""
    complete: bool = False


class Construction:
    """Builds documents from the events that `next_event` returns, one at a time.

    Errors that leave the structure of a document intact are collected, so that all errors of a file are reported together.
    """

    __slots__ = ("_aliased", "_anchors", "_collector", "_deepest", "_last_wins", "_next", "_visited")

    def __init__(self, next_event: Callable[[], Any], collector: ErrorCollector, *, last_wins: bool = False) -> None:
        """last_wins: a key that is written twice is not an error; the last one counts."""
        self._next = next_event
        self._collector = collector
        self._last_wins = last_wins

    def document(self, root: Any) -> Any:
        """The document whose root node begins with the event `root`. Raises DocumentError if the rest cannot be read."""
        self._anchors: dict[str, _Anchored] = {}
        # go-yaml's two counters: nodes visited, and those of them that were visited through an alias.
        self._visited = self._aliased = 0
        self._deepest = 0  # deepest level since the beginning, or since the anchor that is being read
        return self.value(root, 0)

    def value(self, event: Any, depth: int) -> Any:
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        if event.anchor is None:
            return self._node(event, depth)
        before, deepest, self._deepest = self._visited, self._deepest, depth
        # Registered before its value is read: an alias inside refers to this node, and is refused.
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
            raise self._collector.at(event, "TooDeep", f"more than {MAX_DEPTH} levels of nested mappings and lists", FLATTEN)
        self._deepest = max(self._deepest, depth)

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            items.append(self.value(event, depth))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        # Names that are not written as text → their spelling: resolved from `yes` or 0x10, or None if they come from a merge.
        derived: dict[str, str | None] = {}
        next_event = self._next
        while type(event := next_event()) is not MappingEndEvent:
            # Nearly all keys are plain text and nearly all values plain scalars: a call for each would be slow.
            name = None
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None:
                name = _text_key(event.value) if event.implicit[0] else event.value
            if name is None:
                self._special_member(event, members, derived, depth)
                continue
            if name in members and derived.pop(name, self) is self:
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

    def _special_member(self, key: Any, members: dict[str, Any], derived: dict[str, str | None], depth: int) -> None:
        """Reads a member whose key is a merge, does not resolve to text, or is not a scalar."""
        self._visited += 1
        scalar = type(key) is ScalarEvent
        if scalar and key.value == "<<" and (key.implicit[0] or key.tag == MERGE_TAG):
            self._merge(members, derived, depth)
            return
        resolved = self.value(key, depth) if key.anchor is not None or not scalar else None
        if scalar:
            resolved = self._resolved(key)  # Resolve it again as a key: there 1e3 is still a float, and infinity is allowed.
        name = key_text(resolved) if isinstance(resolved, Scalar) else None
        if name is None:
            self._collector.add(key, "UnsupportedKey", *_refused_key(key, resolved))
        elif name in members and derived.get(name, self) == key.value:
            self._twice(key, name)
        value = self.value(self._next(), depth)
        if name is not None:
            members[name] = value
            if not isinstance(resolved, str):
                derived[name] = key.value

    def _merge(self, members: dict[str, Any], derived: dict[str, str | None], depth: int) -> None:
        """Reads the value of `<<`: a mapping, or a list of mappings of which earlier ones win. It overwrites earlier members."""
        event = self._next()
        value = self.value(event, depth)
        sources = value if isinstance(value, list) and type(event) is not AliasEvent else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._collector.add(event, "BadMerge", "<< takes a mapping or a list of mappings", 'Quote it ("<<") as a name.')
            return
        for source in reversed(sources):
            for name, item in source.items():
                if name not in members:
                    derived[name] = None
                members[name] = item

    def _alias(self, event: Any, depth: int) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None or not anchored.complete:
            # The message does not name the anchor: text that begins with an asterisk, such as a password, is read as an alias
            # too.
            problem = "is not defined before this alias" if anchored is None else "contains this alias"
            remedy = "Write the value instead of the alias, or quote it if it is text that begins with *."
            self._collector.add(event, "UnknownAnchor", f"the anchor of this alias {problem}", remedy)
            return None
        self._visited += 1 + anchored.weight
        self._aliased += anchored.weight
        if self._aliased > 100 and self._visited > 1000 and self._aliased > self._visited * _allowed(self._visited):
            message = "aliases make the document excessively large"
            raise self._collector.at(event, "AliasBomb", message, "Write the values instead of aliases.")
        self._reach(event, depth + anchored.height)
        return anchored.value

    def _resolved(self, event: Any) -> Scalar:
        """The value of a scalar, before conversion to JSON."""
        if event.tag is None:
            return resolve(event.value) if event.implicit[0] else event.value
        try:
            return tagged(event.tag, event.value)
        except ValueError:
            short = event.tag.removeprefix("tag:yaml.org,2002:")
            self._collector.add(event, "BadTag", f"the value cannot be read as !!{short}", "Remove the tag.")
            return None

    def _sendable(self, event: Any, value: Scalar) -> Scalar:
        if not isinstance(value, float):
            return value
        try:
            return as_json(value)
        except ValueError as error:
            self._collector.add(event, "UnsupportedValue", str(error), "Quote it if it is text.")
            return None

    def _twice(self, event: Any, name: str) -> None:
        if not self._last_wins:
            remedy = "Remove one, or is `---` missing before this line?" if name in _FIRST_KEYS else "Remove one."
            self._collector.add(event, "DuplicateKey", f"the key {name!r} is written twice in one mapping", remedy)


class SpelledConstruction(Construction):
    """Builds documents whose keys, and scalars other than text, stay as they are written (`Spelled`); null is None.

    So `y` and `on` are two keys, and `1.5` differs from `1.50`. Merges and aliases are carried out.
    """

    __slots__ = ()

    def _node(self, event: Any, depth: int) -> Any:
        if type(event) is not ScalarEvent:
            return super()._node(event, depth)
        self._visited += 1
        if event.tag is not None:
            return Spelled(f"{event.tag} {event.value}")
        value = resolve(event.value) if event.implicit[0] else event.value
        return value if value is None or isinstance(value, str) else Spelled(event.value)

    def _mapping(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        derived: dict[str, str | None] = {}
        while type(event := self._next()) is not MappingEndEvent:
            self._special_member(event, members, derived, depth)
        return members

    def _resolved(self, event: Any) -> Scalar:
        """Of a key."""
        plain = event.tag is None and event.implicit[0]
        return SpelledKey(event.value) if plain and not isinstance(resolve(event.value), str) else str(event.value)


@lru_cache(maxsize=16384)
def _text_key(text: str) -> str | None:
    """The plain key if it is text, always as the same object, because manifests repeat their keys. None for other keys."""
    return None if text == "<<" or not isinstance(resolve(text), str) else text


def _allowed(visited: int) -> float:
    """The maximum share of nodes that come from aliases: 99 % up to 400,000 nodes, falling to 10 % at 4 million (go-yaml)."""
    return 0.99 - 0.89 * min(max(visited - 400_000, 0) / 3_600_000, 1)


def _refused_key(key: Any, resolved: Any) -> tuple[str, str]:
    """What is wrong with a key that is no name, and the remedy. Braces inside of braces, as in `{{ .Values.replicas }}`, are a
    mapping with a mapping as its key."""
    if type(key) is MappingStartEvent and key.flow_style:
        return "a value with {{ }} is the text of a template, not YAML", RENDER
    kinds: dict[type, str] = {type(None): "null", list: "a list", dict: "a mapping"}
    return f"a key is {kinds.get(type(resolved), 'a number beyond 63 bits')}", "Quote it if it is a name."


_FIRST_KEYS = ("apiVersion", "kind")
"""The keys with which an object begins."""

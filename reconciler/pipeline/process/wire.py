"""Two processes that tell each other values, each value once.

What one side has told the other, both remember under a number; told again, it is the number. So a message costs what is new in
it, and, as important, the listener gets the very object that it had: whoever remembers by identity (`model/memo.py`) recognises
what comes back, in either direction. Decide, send, get back, decide again: nothing is computed anew for having travelled.

This is pickle with a memory that outlives the message. (Pickle's own would do that, too, but in one direction, and it cannot
forget.) What is worth remembering is what the project's memo goes by: our frozen nouns, and the tuples and sets that are their
fields. Manifests and other documents travel inside the noun that holds them; a reference to a noun deeper than a field's items
is told in full or by its number as any other, but does not keep the noun in memory.

**Forgetting** follows the memo as well: at the end of a pass goes what neither this pass nor the one before spoke of, unless
something remembered holds it. Both sides decide that by what was said, never by what they otherwise hold, so they come to
the same. Told again after that, a value is sent in full and is a new object: a loss of time, not of truth.

The two take turns: a message is read before the next is written. One that could not be written was never said. One that could not
be read ends the correspondence, since nobody knows any more what the other remembers.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, auto
from itertools import count
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Taint
from reconciler.model.health import Health
from reconciler.model.issues import Issue
from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.policy import NOT_SUSPENDED
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import ClusterStatus
from reconciler.model.tree import Oversized, TreeEntry
from reconciler.model.work import AppliedRule
from reconciler.pipeline.compiled import Compiled
from reconciler.schedule.dependencies import NOT_REQUIRED
from reconciler.schedule.workload_affinity import NO_WORKLOAD_AFFINITY
from reconciler.transition.suspension import FREE

CONSTANTS = (FREE, NOT_SUSPENDED, NOT_REQUIRED, NO_WORKLOAD_AFFINITY)
"""Known to both sides from the start: the program asks whether something *is* one of them."""

_PASSING = frozenset({TargetCluster, ClusterStatus, Health, Origin, AppliedRule, Quantity, TreeEntry, Oversized, Compiled})
"""Told in full each time: so small and so many that a number would cost as much, or never told twice."""
_EQUAL = frozenset({GroupVersionKind, ResourceKey, PolicyRef, Taint, Issue})
"""Recognised by what they say: they are made anew in every pass. All other nouns are recognised by identity."""


class Correspondence:
    """One side of it. Not safe for use by several threads."""

    def __init__(self, *, begins: bool) -> None:
        """begins: on one side, not on the other; it keeps their numbers apart."""
        self._numbers = count(0 if begins else 1, 2)
        self._kept: dict[int, _Kept] = {}
        # An object's identity, or the object itself where it is recognised by what it says → its number.
        self._numbered: dict[Any, int] = {}
        self._spoken_of: set[int] = set()
        self._spoken_of_before: set[int] = set()
        self._remember({-number: thing for number, thing in enumerate(CONSTANTS, 1)}, ())
        for kept in self._kept.values():
            kept.holders = 1

    def write(self, message: Any) -> bytes:
        """Raises what pickle raises for something that cannot travel; then nothing was said."""
        page = io.BytesIO()
        writer = _Writer(page, self._numbered, self._numbers)
        writer.dump(message)
        self._remember(dict(writer.told.values()), writer.again)
        return page.getvalue()

    def read(self, page: bytes) -> Any:
        reader = _Reader(page, self._kept)
        message = reader.load()
        self._remember(reader.told, reader.spoken_of)
        return message

    def next_pass(self) -> None:
        """Forget what only passes before the last one spoke of. Both sides, after the same message."""
        stale = self._spoken_of_before - self._spoken_of
        self._spoken_of, self._spoken_of_before = set(), self._spoken_of
        waiting = list(stale)
        while waiting:
            number = waiting.pop()
            kept = self._kept.get(number)
            if kept is None or kept.holders or number in self._spoken_of_before:
                continue
            del self._kept[number], self._numbered[_place(kept.thing)]
            for part in kept.parts:
                self._kept[part].holders -= 1
            waiting.extend(kept.parts)

    @property
    def memory(self) -> Mapping[int, tuple[int, ...]]:
        """The number of everything that is remembered, and what it holds of the rest; the same on both sides."""
        return {number: kept.parts for number, kept in sorted(self._kept.items())}

    def _remember(self, told: Mapping[int, Any], again: Iterable[int]) -> None:
        for number, thing in told.items():
            self._kept[number] = _Kept(thing)
            self._numbered[_place(thing)] = number
        for number in told:
            kept = self._kept[number]
            kept.parts = tuple(sorted(self._numbered[place] for place in _parts(kept.thing)))
            for part in kept.parts:
                self._kept[part].holders += 1
        self._spoken_of.update(told, again)


@dataclass(slots=True)
class _Kept:
    thing: Any
    """Kept alive, so that its identity is nobody else's."""
    parts: tuple[int, ...] = ()
    holders: int = 0
    """How many others hold it."""


class _Kind(Enum):
    PASSING = auto()
    EQUAL = auto()
    IDENTICAL = auto()


@dataclass(frozen=True, slots=True)
class _Form:
    """How the objects of one class are told."""

    kind: _Kind
    values: Callable[[Any], tuple[Any, ...]]
    """Of its fields, in the order in which the class takes them."""


class _Forms(dict[type, _Form | None]):
    """Class → its form; None for what is no noun, which pickle knows how to tell."""

    def __missing__(self, cls: type) -> _Form | None:
        self[cls] = _form_of(cls)
        return self[cls]


_FORMS = _Forms()


def _form_of(cls: type) -> _Form | None:
    if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return None
    names = [field.name for field in fields(cls) if field.init]
    values = attrgetter(*names) if len(names) > 1 else lambda thing: tuple(getattr(thing, name) for name in names)
    kind = _Kind.PASSING if cls in _PASSING else _Kind.EQUAL if cls in _EQUAL else _Kind.IDENTICAL
    return _Form(kind, values)


@dataclass(slots=True)
class _Items:
    """Stands for a tuple or a set while it is written: pickle asks nobody about those themselves."""

    items: tuple[Any, ...] | frozenset[Any]


class _Writer(pickle.Pickler):
    """pickle asks `reducer_override` about everything but plain data, and about each object once per message."""

    def __init__(self, page: io.BytesIO, numbered: Mapping[Any, int], numbers: Iterator[int]) -> None:
        super().__init__(page, pickle.HIGHEST_PROTOCOL)
        self._numbered = numbered
        self._numbers = numbers
        self.told: dict[Any, tuple[int, Any]] = {}
        self.again: set[int] = set()

    def reducer_override(self, obj: Any) -> Any:
        cls = type(obj)
        if cls is _Items:
            return self._known(id(obj.items)) or (_Reader.items, (self._new(id(obj.items), obj.items), obj.items))
        form = _FORMS[cls]
        if form is None:
            return _as_plain_data(obj)
        if form.kind is _Kind.PASSING:
            return cls, form.values(obj)
        place = obj if form.kind is _Kind.EQUAL else id(obj)
        known = self._known(place)
        if known is not None:
            return known
        values = [_Items(value) if type(value) in _COLLECTIONS and value else value for value in form.values(obj)]
        return _Reader.noun, (self._new(place, obj), cls, *values)

    def _known(self, place: Any) -> tuple[Any, ...] | None:
        number = self._numbered.get(place)
        if number is None:
            found = self.told.get(place)
            if found is None:
                return None
            number = found[0]
        self.again.add(number)
        return _Reader.known, (number,)

    def _new(self, place: Any, thing: Any) -> int:
        number = next(self._numbers)
        self.told[place] = (number, thing)
        return number


def _as_plain_data(obj: Any) -> Any:
    if isinstance(obj, ReconcilerError):  # pickle would call its class with `args`, which need not be what it takes.
        return _error, (type(obj), obj.args, obj.__dict__)
    if isinstance(obj, MappingProxyType):  # pickle does not know it by this name.
        return _read_only, (dict(obj),)
    return NotImplemented


def _error(cls: type[ReconcilerError], arguments: tuple[Any, ...], state: Mapping[str, Any]) -> ReconcilerError:
    """As it was, without its cause and its traceback."""
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(state)
    return error


def _read_only(members: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(members)


class _Reader(pickle.Unpickler):
    """Its methods are what the writer names as makers of objects."""

    def __init__(self, page: bytes, kept: Mapping[int, _Kept]) -> None:
        super().__init__(io.BytesIO(page))
        self._kept = kept
        self.told: dict[int, Any] = {}
        self.spoken_of: set[int] = set()

    def find_class(self, module: str, name: str) -> Any:
        """Those methods of this very reader; the rest by its name."""
        owner, _, method = name.partition(".")
        return getattr(self, method) if module == __name__ and owner == _Reader.__name__ else super().find_class(module, name)

    def noun(self, number: int, cls: type, *values: Any) -> Any:
        thing = self.told[number] = cls(*values)
        return thing

    def items(self, number: int, items: Any) -> Any:
        self.told[number] = items
        return items

    def known(self, number: int) -> Any:
        self.spoken_of.add(number)
        return self.told[number] if number in self.told else self._kept[number].thing


def _place(thing: Any) -> Any:
    """By what it is recognised."""
    form = _FORMS[type(thing)]
    return thing if form is not None and form.kind is _Kind.EQUAL else id(thing)


def _parts(thing: Any) -> Iterator[Any]:
    """The places of what it holds, as far as that is remembered by itself."""
    form = _FORMS[type(thing)]
    if form is None:
        yield from _nouns(thing)
        return
    values = form.values(thing)
    yield from _nouns(values)
    for value in values:
        if type(value) in _COLLECTIONS:
            if value:
                yield id(value)
        elif type(value) is dict:
            yield from _nouns(value)
            yield from _nouns(value.values())


def _nouns(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        form = _FORMS[type(value)]
        if form is not None and form.kind is not _Kind.PASSING:
            yield value if form.kind is _Kind.EQUAL else id(value)


_COLLECTIONS = frozenset({tuple, frozenset})

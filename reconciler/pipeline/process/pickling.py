"""How the values of a message are written and read: pickle, with numbers in place of values that both sides know.

pickle calls `Encoder.reducer_override` for everything but plain data, once per object and message. Three kinds of values:

- Nouns (our frozen dataclasses) and the tuples and sets that are their fields get a number when they are sent for the first time.
  After that only the number is sent.
- Objects of a few classes are sent in full each time: they are so small and so many that a number would cost as much, or the same
  object is never sent twice.
- Everything else, such as manifests, is plain data, which is sent inside the noun that holds it.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, auto
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
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import ClusterStatus
from reconciler.model.tree import Oversized, TreeEntry
from reconciler.model.work import AppliedRule
from reconciler.pipeline.compiled import Compiled

_IN_FULL = frozenset({TargetCluster, ClusterStatus, Health, Origin, AppliedRule, Quantity, TreeEntry, Oversized, Compiled})
"""Classes whose objects are sent in full each time."""
_BY_VALUE = frozenset({GroupVersionKind, ResourceKey, PolicyRef, Taint, Issue})
"""Nouns that every pass creates again, so equal ones count as the same. All other nouns are compared by identity."""
_NAMED_TUPLES = frozenset({GroupVersionKind, ResourceKey, TargetCluster})
"""Nouns that are no dataclasses. They have different numbers of fields, so that none is equal to one of another class."""
_COLLECTIONS = frozenset({tuple, frozenset})


class _Kind(Enum):
    IN_FULL = auto()
    BY_VALUE = auto()
    BY_IDENTITY = auto()


@dataclass(frozen=True, slots=True)
class _Form:
    """How the objects of one class are sent."""

    kind: _Kind
    values: Callable[[Any], tuple[Any, ...]]
    """Gives the fields of an object, in the order in which its class takes them."""


class _Forms(dict[type, _Form | None]):
    """Class → its form; None for classes that are no nouns: pickle sends their objects."""

    def __missing__(self, cls: type) -> _Form | None:
        self[cls] = _form_of(cls)
        return self[cls]


_FORMS = _Forms()


def _form_of(cls: type) -> _Form | None:
    kind = _Kind.IN_FULL if cls in _IN_FULL else _Kind.BY_VALUE if cls in _BY_VALUE else _Kind.BY_IDENTITY
    if cls in _NAMED_TUPLES:
        return _Form(kind, tuple)
    if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return None
    names = [field.name for field in fields(cls) if field.init]
    values = attrgetter(*names) if len(names) > 1 else lambda noun: tuple(getattr(noun, name) for name in names)
    return _Form(kind, values)


def sameness(value: Any) -> Any:
    """What decides whether a value is the same as another one: its identity, or the value itself (`_BY_VALUE`)."""
    form = _FORMS[type(value)]
    return value if form is not None and form.kind is _Kind.BY_VALUE else id(value)


def parts_of(value: Any) -> Iterator[Any]:
    """The sameness of everything in a noun or collection that has a number of its own; not what lies deeper."""
    form = _FORMS[type(value)]
    if form is None:
        yield from _nouns_in(value)
        return
    values = form.values(value)
    yield from _nouns_in(values)
    for item in values:
        if type(item) in _COLLECTIONS:
            if item:
                yield id(item)
        elif type(item) is dict:
            yield from _nouns_in(item)
            yield from _nouns_in(item.values())


def _nouns_in(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        form = _FORMS[type(value)]
        if form is not None and form.kind is not _Kind.IN_FULL:
            yield value if form.kind is _Kind.BY_VALUE else id(value)


@dataclass(slots=True)
class _Items:
    """Stands for a tuple or a set while it is written, because pickle does not call `reducer_override` for those."""

    items: tuple[Any, ...] | frozenset[Any]


class Encoder(pickle.Pickler):
    """Writes one message."""

    def __init__(self, buffer: io.BytesIO, numbers: Mapping[Any, int], new_numbers: Iterator[int]) -> None:
        """numbers: sameness → number, of everything that was sent before."""
        super().__init__(buffer, pickle.HIGHEST_PROTOCOL)
        self._numbers = numbers
        self._new_numbers = new_numbers
        self.new: dict[Any, tuple[int, Any]] = {}
        """Sameness → number and value, of what this message sends for the first time."""
        self.mentioned: set[int] = set()
        """Numbers that this message sends in place of values."""

    def reducer_override(self, obj: Any) -> Any:
        cls = type(obj)
        if cls is _Items:
            return self._number_of(id(obj.items)) or (Received.collection, (self._assign(id(obj.items), obj.items), obj.items))
        form = _FORMS[cls]
        if form is None:
            return _as_plain_data(obj)
        if form.kind is _Kind.IN_FULL:
            return cls, form.values(obj)
        key = obj if form.kind is _Kind.BY_VALUE else id(obj)
        known = self._number_of(key)
        if known is not None:
            return known
        values = [_Items(value) if type(value) in _COLLECTIONS and value else value for value in form.values(obj)]
        return Received.noun, (self._assign(key, obj), cls, *values)

    def _number_of(self, key: Any) -> tuple[Any, ...] | None:
        number = self._numbers.get(key)
        if number is None:
            new = self.new.get(key)
            if new is None:
                return None
            number = new[0]
        self.mentioned.add(number)
        return Received.known, (number,)

    def _assign(self, key: Any, value: Any) -> int:
        number = next(self._new_numbers)
        self.new[key] = (number, value)
        return number


def _as_plain_data(obj: Any) -> Any:
    if isinstance(obj, ReconcilerError):  # pickle would call its class with `args`, which may not be its parameters.
        return _error, (type(obj), obj.args, obj.__dict__)
    if isinstance(obj, MappingProxyType):  # pickle does not know it by this name.
        return _read_only, (dict(obj),)
    return NotImplemented


def _error(cls: type[ReconcilerError], arguments: tuple[Any, ...], state: Mapping[str, Any]) -> ReconcilerError:
    """The same error, without its cause and its traceback."""
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(state)
    return error


def _read_only(members: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(members)


class Received:
    """What one message brings. Its methods are the functions that the encoder names as makers of objects.

    They do not belong to the decoder, which keeps them: that would be a cycle, and what the message brought would stay in memory
    until the garbage collector comes, which is rare (`cli/main.py`).
    """

    __slots__ = ("_values", "mentioned", "new")

    def __init__(self, values: Callable[[int], Any]) -> None:
        """values: gives the value of a number that was sent in an earlier message."""
        self._values = values
        self.new: dict[int, Any] = {}
        """Number → value, of what this message sends for the first time."""
        self.mentioned: set[int] = set()
        """Numbers that this message sends in place of values."""

    def noun(self, number: int, cls: type, *values: Any) -> Any:
        noun = self.new[number] = cls(*values)
        return noun

    def collection(self, number: int, items: Any) -> Any:
        self.new[number] = items
        return items

    def known(self, number: int) -> Any:
        self.mentioned.add(number)
        return self.new[number] if number in self.new else self._values(number)


class Decoder(pickle.Unpickler):
    """Reads one message."""

    def __init__(self, message: bytes, received: Received) -> None:
        super().__init__(io.BytesIO(message))
        self._received = received

    def find_class(self, module: str, name: str) -> Any:
        """The makers of objects are those of this very message; everything else is found by its name."""
        owner, _, method = name.partition(".")
        if module == __name__ and owner == Received.__name__:
            return getattr(self._received, method)
        return super().find_class(module, name)

"""A memo: results of pure functions, remembered by the identity of the arguments.

Git names content, so an unchanged file gives the same parsed object in every revision, and each stage can return the same result
for the same objects. Comparing identities costs nothing, however large the objects are. `memo(function, a, b)` is `function(a,
b)`, computed once for these objects.

A result that two passes in a row did not use is forgotten, so that a long-lived process remembers at most two revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Results of pure functions for two passes. Not safe for several threads."""

    __slots__ = ("_current", "_previous")

    def __init__(self) -> None:
        # Key → (the arguments, kept alive so that their identities cannot be reused; the result).
        self._current: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        self._previous: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def __call__(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`, remembered. Strings, numbers and names are compared by value, all else by identity.

        aside: arguments that the result does not depend on.
        """
        key = (function, *[argument if type(argument) in _BY_VALUE else id(argument) for argument in arguments])
        entry = self._current.get(key)
        if entry is None:
            entry = self._previous.get(key)
            if entry is None:
                entry = (arguments, function(*arguments, **aside))
            self._current[key] = entry
        return entry[1]

    def tuple(self, items: Iterable[T]) -> tuple[T, ...]:
        """A tuple of these items. The same objects in the same order give the same tuple object as before."""
        values = tuple(items)
        key = (tuple, *map(id, values))
        entry = self._current.get(key) or self._previous.get(key) or (values, values)
        self._current[key] = entry
        return entry[1]

    def next_pass(self) -> None:
        """Ends a pass: forgets the results that only the previous pass used."""
        self._previous = self._current
        self._current = {}


_BY_VALUE = frozenset({str, int, bool, type(None), GroupVersionKind, ResourceKey, PolicyRef})

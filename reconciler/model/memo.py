"""Remembering the results of pure functions by the identity of what they were given.

Git names content, so an unchanged file yields the same parsed object in every revision; each stage that is given the same
objects may then return the same result. Comparing identities costs nothing however large the objects are. `Memo` makes that
explicit: `memo(function, a, b)` is `function(a, b)`, computed once for these very objects.

What one pass did not ask for is forgotten at the end of the next, so a long-lived process holds two revisions at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Results of pure functions for two generations of passes. Not safe for use by several threads."""

    __slots__ = ("_current", "_previous")

    def __init__(self) -> None:
        # Key → (the arguments, kept alive so that their identities cannot be reused; the result).
        self._current: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        self._previous: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def __call__(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`, remembered. Text, numbers and names are compared by value, all else by identity.

        aside: what the result, if it is remembered, does not depend on.
        """
        key = (function, *[argument if type(argument) in _BY_VALUE else id(argument) for argument in arguments])
        found = self._current.get(key)
        if found is None:
            found = self._previous.get(key)
            if found is None:
                found = (arguments, function(*arguments, **aside))
            self._current[key] = found
        return found[1]

    def tuple(self, items: Iterable[T]) -> tuple[T, ...]:
        """A tuple of these items; the very same tuple as before if the items are the same objects in the same order."""
        values = tuple(items)
        key = (tuple, *map(id, values))
        found = self._current.get(key) or self._previous.get(key) or (values, values)
        self._current[key] = found
        return found[1]

    def next_pass(self) -> None:
        """Forget what the pass before this one asked for and this one did not."""
        self._previous = self._current
        self._current = {}


_BY_VALUE = frozenset({str, int, bool, type(None), GroupVersionKind, ResourceKey, PolicyRef})

"""A memo: results of pure functions, remembered by the identity of the arguments.

Git names content, so an unchanged file gives the same parsed object in every revision, and each stage can return the same result
for the same objects. Comparing identities costs nothing, however large the objects are. `memo(function, a, b)` is `function(a,
b)`, computed once for these objects.

A result that two passes in a row did not use is forgotten, so that a long-lived process remembers at most two revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Results of pure functions for two passes. Not safe for several threads."""

    __slots__ = ("_entries", "_pass")

    def __init__(self) -> None:
        # Key → [the last pass that used it; the result; the arguments, kept alive so that their identities cannot be reused].
        self._entries: dict[tuple[Any, ...], list[Any]] = {}
        self._pass = 0

    def __call__(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`, remembered. Strings, numbers and names are compared by value, all else by identity.

        aside: arguments that the result does not depend on.
        """
        key = (function, *[argument if type(argument) in _BY_VALUE else id(argument) for argument in arguments])
        entry = self._entries.get(key)
        if entry is None:
            result = function(*arguments, **aside)
            self._entries[key] = [self._pass, result, arguments]
            return result
        entry[0] = self._pass
        return entry[1]  # type: ignore[no-any-return]

    def blocks(self, items: Iterable[T]) -> list[tuple[T, ...]]:
        """The items in their order, some dozens in each block; the same objects give the same blocks.

        For functions that cost less than remembering their result for each item: after an edit, they see one block again.
        """
        rest = iter(items)
        return [self.tuple(block) for block in iter(lambda: tuple(islice(rest, _BLOCK)), ())]

    def tuple(self, items: Iterable[T]) -> tuple[T, ...]:
        """A tuple of these items. The same objects in the same order give the same tuple object as before."""
        values = tuple(items)
        entry = self._entries.setdefault((tuple, *map(id, values)), [self._pass, values])
        entry[0] = self._pass
        return entry[1]  # type: ignore[no-any-return]

    def next_pass(self) -> None:
        """Ends a pass: forgets the results that it did not use."""
        for key in [key for key, entry in self._entries.items() if entry[0] != self._pass]:
            del self._entries[key]
        self._pass += 1


_BLOCK = 64
_BY_VALUE = frozenset({str, int, bool, type(None), GroupVersionKind, ResourceKey, PolicyRef})

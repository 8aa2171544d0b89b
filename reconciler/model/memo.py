"""A memo: results of pure functions, remembered by the identity of the arguments.

Git names content, so an unchanged file gives the same parsed object in every revision, and each stage can return the same result
for the same objects. Comparing identities costs nothing, however large the objects are. `memo(function, a, b)` is `function(a,
b)`, computed once for these objects.

A result that two passes in a row did not use is forgotten, so that a long-lived process remembers at most two revisions. It
counts as used while the results of a block of rows that asked for it are used (`Memo.each`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Any, ParamSpec, TypeVar

from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Results of pure functions for two passes. Not safe for several threads."""

    __slots__ = ("_asked", "_blocks", "_entries", "_pass")

    def __init__(self) -> None:
        # Key → [the last pass that used it; the result; the arguments, kept alive so that their identities cannot be reused].
        self._entries: dict[tuple[Any, ...], list[Any]] = {}
        # The same for blocks of rows, and the entries that these rows asked for.
        self._blocks: dict[tuple[Any, ...], list[Any]] = {}
        self._asked: list[list[Any]] | None = None
        """The entries that the rows of a block asked for so far; None outside of one."""
        self._pass = 0

    def __call__(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`, remembered. Strings, numbers and names are compared by value, all else by identity.

        aside: arguments that the result does not depend on.
        """
        key = (function, *[argument if type(argument) in _BY_VALUE else id(argument) for argument in arguments])
        entry = self._entries.get(key)
        if entry is None:
            asked, self._asked = self._asked, None
            try:
                entry = self._entries[key] = [self._pass, function(*arguments, **aside), arguments]
            finally:
                self._asked = asked
        entry[0] = self._pass
        if self._asked is not None:
            self._asked.append(entry)
        return entry[1]  # type: ignore[no-any-return]

    def each(self, function: Callable[..., T], columns: Sequence[Sequence[Any]], *shared: Any, **aside: Any) -> list[T]:
        """`function(*row, *shared, **aside)` for each row of the columns, in their order.

        For functions that ask this memo for all that costs something. Rows are looked at some dozens at once: while none of them
        changes, they ask for nothing, and what they asked for before is remembered. So an edit costs one block, and not all.
        """
        results: list[T] = []
        for start in range(0, len(columns[0]), _BLOCK):
            rows = [column[start : start + _BLOCK] for column in columns]
            key = (function, *map(id, chain(*rows, shared)))
            block = self._blocks.get(key)
            if block is None:
                asked: list[list[Any]] = []
                outer, self._asked = self._asked, asked
                try:
                    made = [function(*row, *shared, **aside) for row in zip(*rows, strict=True)]
                finally:
                    self._asked = outer
                block = self._blocks[key] = [self._pass, made, (rows, shared), asked]
            block[0] = self._pass
            results += block[1]
        return results

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
        if self._asked is not None:
            self._asked.append(entry)
        return entry[1]  # type: ignore[no-any-return]

    def next_pass(self) -> None:
        """Ends a pass: forgets the results that it did not use."""
        for block in self._blocks.values():
            if block[0] == self._pass:
                for entry in block[3]:
                    entry[0] = self._pass
        for remembered in (self._blocks, self._entries):
            for key in [key for key, entry in remembered.items() if entry[0] != self._pass]:
                del remembered[key]
        self._pass += 1


_BLOCK = 64
_BY_VALUE = frozenset({str, int, bool, type(None), GroupVersionKind, ResourceKey, PolicyRef})

"""One cause is told once: what has the same cause becomes one line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from reconciler.model.keys import ResourceKey
from reconciler.model.wording import first_few

T = TypeVar("T")
_NAMED = 3
"""Objects that a line names before it counts the rest."""


def by_cause(items: Iterable[T], cause: Callable[[T], Hashable]) -> list[list[T]]:
    """The items with equal causes together, in the order of the first of each. A cause of None is shared with no other item."""
    groups: dict[Hashable, list[T]] = {}
    for number, item in enumerate(items):
        why = cause(item)
        groups.setdefault(("alone", number) if why is None else ("shared", why), []).append(item)
    return list(groups.values())


def object_names(keys: Iterable[ResourceKey]) -> str:
    """`Deployment.apps default/web, Deployment.apps default/api and 3 more`, sorted."""
    return first_few(sorted(keys), _NAMED)

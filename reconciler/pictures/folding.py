"""Many things as few groups, in their order: what does not fit a drawing is added up, and nothing is left out.

Names with the same stem (`edge-` of `edge-17`, the namespace of `shop/web`) stay together, and a stem with few names keeps each
of them alone. So one more name changes the groups of its own stem only, as long as there are no more stems than groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """What is shown as one."""

    label: str
    """`edge-17`; `edge-17 +62` for this one and 62 that follow it; `edge-*` for all of a stem."""
    members: tuple[T, ...]
    """At least one."""


def member_stem(name: str) -> str:
    """The name of a member without the digits at its end."""
    return name.rstrip("0123456789")


def folded(ordered: Sequence[T], most: int, stem: Callable[[T], str], label: Callable[[T], str] = str) -> tuple[Group[T], ...]:
    """At most so many groups that have all of it. ordered: sorted, so that what has the same stem is together."""
    if len(ordered) <= most:
        return tuple(Group(label(one), (one,)) for one in ordered)
    by_stem: dict[str, list[T]] = {}
    for one in ordered:
        by_stem.setdefault(stem(one), []).append(one)
    if len(by_stem) > most:
        return tuple(_cut(ordered, most, label))
    room = most // len(by_stem)
    return tuple(group for name, found in by_stem.items() for group in _of_stem(name, found, room, label))


def _of_stem(stem: str, found: Sequence[T], room: int, label: Callable[[T], str]) -> Iterator[Group[T]]:
    """room: how many groups there may be."""
    if room == 1 and len(found) > 1:
        yield Group(f"{stem}*", tuple(found))
    else:
        yield from _cut(found, room, label)


def _cut(found: Sequence[T], most: int, label: Callable[[T], str]) -> Iterator[Group[T]]:
    """Equal parts, each named by what it begins with and the number of the others."""
    size = -(-len(found) // most)
    for start in range(0, len(found), size):
        part = tuple(found[start : start + size])
        yield Group(label(part[0]) if len(part) == 1 else f"{label(part[0])} +{len(part) - 1}", part)

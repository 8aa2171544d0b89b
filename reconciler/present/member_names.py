"""Many members in few words: names that follow each other as a range, then only how many they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from reconciler.model.wording import plural


@dataclass(frozen=True, slots=True)
class Placed:
    """A member, and the copy there."""

    name: str
    replicas: int | None = None
    """The number that is stated in the copy; None where none is."""
    share: int | None = None
    """Its share, where an override policy states another number."""

    @property
    def number(self) -> str:
        """`7`, `10 (share 3)`; empty where no number is stated."""
        if self.replicas is None:
            return ""
        return str(self.replicas) if self.share in (None, self.replicas) else f"{self.replicas} (share {self.share})"


def member_forms(placed: Sequence[Placed]) -> tuple[str, ...]:
    """The same members in shorter and shorter forms, to the last one that is only a number: `m1:7,m2:7,m3:7`, `m1..m3: 7 each`,
    `3 clusters: 7 each`, `3 clusters`, `3`.

    placed: in the order of the first form. A form that is not shorter than the one before it is left out.
    """
    if not placed:
        return ("",)
    count = plural(len(placed), "cluster")
    whole = ",".join(f"{one.name}:{one.number}" if one.number else one.name for one in placed)
    forms = [whole]
    for form in (_ranges(placed), f"{count}{_numbers(placed)}", count, str(len(placed))):
        if len(form) < len(forms[-1]):
            forms.append(form)
    return tuple(forms)


def _numbers(placed: Sequence[Placed]) -> str:
    """`: 7 each` where all say the same, else `: 140 replicas`; empty where no number is stated."""
    numbers = {one.number for one in placed}
    if len(numbers) == 1:
        return _each(next(iter(numbers)))
    return f": {plural(sum(one.replicas or 0 for one in placed), 'replica')}"


def _ranges(placed: Sequence[Placed]) -> str:
    """`m0..m2, m5: 7 each` where all have the same number, else `m0..m2: 7 each, m5:4`."""
    numbers = {one.number for one in placed}
    if len(numbers) > 1:
        return ", ".join(_runs(placed))
    return ", ".join(_runs([Placed(one.name) for one in placed])) + _each(next(iter(numbers)))


def _runs(placed: Sequence[Placed]) -> Iterator[str]:
    """`m0..m9: 7 each` for three and more members in a row with the same number, else each one alone."""
    counted = enumerate(sorted(placed, key=lambda one: (*_numbered(one.name), one.name)))
    for _, group in groupby(counted, key=lambda pair: _row(*pair)):
        members = [one for _, one in group]
        if len(members) >= _FEW:
            yield f"{members[0].name}..{members[-1].name}{_each(members[0].number)}"
        else:
            yield from (f"{one.name}:{one.number}" if one.number else one.name for one in members)


def _row(place: int, one: Placed) -> tuple[object, ...]:
    """Members that follow each other in the list and in their numbers have the same row."""
    prefix, number = _numbered(one.name)
    return prefix, number - place, one.number


def _numbered(name: str) -> tuple[str, int]:
    """The name without its last digits, and these; the whole name and -1 where there are none."""
    match = re.fullmatch(r"(.*?)([0-9]{1,9})", name)
    return (match[1], int(match[2])) if match else (name, -1)


def _each(number: str) -> str:
    return f": {number} each" if number else ""


_FEW = 3
"""Fewer members than this are no range."""

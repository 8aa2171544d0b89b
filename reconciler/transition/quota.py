"""Which decisions may come into force, so that no quota is exceeded. Pure.

Karmada checks a binding when it is written, and what was written first has the room (pkg/webhook/resourcebinding). Here every
pass decides about all workloads of a namespace together, from what each has now and what it asks for:

1. Who asks for nothing more keeps what it has, also where the quota has become smaller than what is used: a quota stops growth,
   and takes nothing away.
2. Whoever needs less frees room for the others of the same pass.
3. Those that need more are admitted in the order of their keys, each as a whole or not at all. A large one that does not fit
   does not hold up a small one behind it.

So what is used is at most the limit, or at most what was used before. The result depends on no order of events, and one that was
admitted stays admitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

Amounts: TypeAlias = Mapping[str, int]
"""By resource name, in one unit that all of them share; what is missing is 0."""
Key = TypeVar("Key")
Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Demand(Generic[Key]):
    """What one workload asks for."""

    key: Key
    held: Amounts
    """What it counts as now; empty for a new one."""
    wanted: Amounts
    """What it would count as by its new decision."""


@dataclass(frozen=True, slots=True)
class Limit(Generic[Name]):
    """One quota of the namespace."""

    name: Name
    hard: Amounts


@dataclass(frozen=True, slots=True)
class Excess(Generic[Name]):
    """One limit that a decision would break."""

    limit: Name
    resource: str
    used: int
    """By all workloads, after this pass."""
    more: int
    """What the decision asks for in addition."""
    by: int
    """How much too many that would be."""


@dataclass(frozen=True, slots=True)
class Admitted(Generic[Key, Name]):
    """What comes into force."""

    used: Amounts = field(default_factory=dict)
    """By all workloads of the namespace."""
    refused: Mapping[Key, tuple[Excess[Name], ...]] = field(default_factory=dict)
    """Those whose decision waits, in the order of the demands, each with all limits that it would break. They keep what they
    have."""


def admit(demands: Sequence[Demand[Key]], limits: Sequence[Limit[Name]]) -> Admitted[Key, Name]:
    """demands: one for each workload of the namespace, those that change nothing included; sorted by key. limits: sorted."""
    used = _total(demand.held for demand in demands)
    waiting: list[tuple[Demand[Key], Amounts]] = []
    for demand in demands:
        difference = _difference(demand)
        if any(more > 0 for more in difference.values()):
            waiting.append((demand, difference))
        else:
            _add(used, difference)
    while True:
        # An admitted one may need less of another resource, and so make room for one before it.
        open_ones = []
        for demand, difference in waiting:
            if next(_excesses(difference, used, limits), None) is None:
                _add(used, difference)
            else:
                open_ones.append((demand, difference))
        if len(open_ones) == len(waiting):
            break
        waiting = open_ones
    refused = {demand.key: tuple(_excesses(difference, used, limits)) for demand, difference in waiting}
    return Admitted(dict(sorted(used.items())), refused)


def _difference(demand: Demand[Key]) -> Amounts:
    names = sorted({*demand.held, *demand.wanted})
    differences = {name: demand.wanted.get(name, 0) - demand.held.get(name, 0) for name in names}
    return {name: more for name, more in differences.items() if more}


def _excesses(difference: Amounts, used: Amounts, limits: Iterable[Limit[Name]]) -> Iterator[Excess[Name]]:
    for limit in limits:
        for name, hard in sorted(limit.hard.items()):
            more, now = difference.get(name, 0), used.get(name, 0)
            if more > 0 and now + more > hard:
                yield Excess(limit.name, name, now, more, now + more - hard)


def _total(amounts: Iterable[Amounts]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in amounts:
        _add(total, each)
    return total


def _add(total: dict[str, int], amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0) + amount

"""Division of whole seats by weight: Webster's method as in Karmada (pkg/util/helper/webstermethod.go, binding.go).

Each seat goes to the party with the largest quotient `weight / (2 · seats + 1)`, in IEEE doubles. If quotients are equal, the
party with fewer seats comes first, then the name: in ascending order if the uid is empty or its 32-bit FNV-1a hash is even, else
in descending order. Used for replicas (`schedule/`) and for a Job's completions (`interpreter/job.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Name = TypeVar("Name", bound=str)

_EXACT_IN_DOUBLES = 1 << 53
"""Smaller whole numbers are different doubles if they are different numbers."""
_FNV_OFFSET, _FNV_PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF


def fnv1a_32(data: bytes) -> int:
    value = _FNV_OFFSET
    for byte in data:
        value = ((value ^ byte) * _FNV_PRIME) & _32_BITS
    return value


def divide_by_weight(
    seats: int, weights: Mapping[Name, int], uid: str = "", initial: Mapping[Name, int] | None = None
) -> dict[Name, int]:
    """Seats per party, sorted by name. initial: seats that parties have already; they keep them, and `seats` come on top.

    A party of weight 0 never wins against one with a positive weight. Without any positive weight, no seat is distributed.
    """
    result = dict(sorted({name: (initial or {}).get(name, 0) for name in weights}.items()))
    if not any(weight > 0 for weight in weights.values()):
        return result
    seats -= _distribute_certain_seats(result, seats, weights)
    rank = _ranks(result, uid)
    queue = [(-weights[name] / (2 * count + 1), count, rank[name], name) for name, count in result.items()]
    heapq.heapify(queue)
    for _ in range(seats):
        _, count, place, name = queue[0]
        result[name] = count + 1
        heapq.heapreplace(queue, (-weights[name] / (2 * count + 3), count + 1, place, name))
    return result


def winners_by_weight(seats: int, weights: Mapping[Name, int], uid: str = "") -> dict[Name, int]:
    """`divide_by_weight` without initial seats, and without the parties that get none."""
    no_seat_is_certain = 2 * seats <= len(weights)
    if no_seat_is_certain and max(weights.values(), default=0) < _EXACT_IN_DOUBLES:
        # As many parties as there are seats have the largest weights; each of them gets a seat before any other party does.
        names = sorted(weights, reverse=_descending(uid))
        weights = {name: weights[name] for name in sorted(names, key=weights.__getitem__, reverse=True)[:seats]}
    return {name: count for name, count in divide_by_weight(seats, weights, uid).items() if count}


@dataclass(frozen=True, slots=True)
class LastSeat(Generic[Name]):
    """Why the last seat went to its party."""

    winner: Name
    rival: Name
    """The party that comes next."""
    quotients: tuple[float, float]
    """`weight / (2 · seats + 1)` of the two, before this seat."""
    reason: str
    """Why the winner comes first, as a clause."""


def last_seat(shares: Mapping[Name, int], weights: Mapping[Name, int], uid: str = "") -> LastSeat[Name] | None:
    """Explains a result of `divide_by_weight` without initial seats; None if fewer than two parties could get the seat."""
    rank = _ranks(sorted(shares), uid)
    seated = [_bid(name, shares[name] - 1, weights, rank) for name in shares if shares[name] > 0]
    if not seated:
        return None
    won = max(seated)  # The smallest bid gets the first seat.
    rivals = [_bid(name, shares[name], weights, rank) for name in shares if name != won[3] and weights[name] > 0]
    if not rivals:
        return None
    lost = min(rivals)
    return LastSeat(won[3], lost[3], (-won[0], -lost[0]), _winning_reason(won, lost, uid))


_Bid: TypeAlias = tuple[float, int, int, Name]


def _bid(name: Name, seats: int, weights: Mapping[Name, int], rank: Mapping[Name, int]) -> _Bid[Name]:
    """A sort key: the smallest bid gets the next seat."""
    return (-weights[name] / (2 * seats + 1), seats, rank[name], name)


def _winning_reason(won: _Bid[Name], lost: _Bid[Name], uid: str) -> str:
    if won[0] != lost[0]:
        return "its quotient is larger"
    if won[1] != lost[1]:
        return "the quotients are equal, and it has fewer seats"
    return "a tie, broken by a hash of the object's identity" if uid else "a tie, broken by the order of the names"


def _ranks(names: Iterable[Name], uid: str) -> dict[Name, int]:
    """The order of parties that are equal otherwise; the smallest rank comes first. names: sorted."""
    step = -1 if _descending(uid) else 1
    return {name: step * place for place, name in enumerate(names)}


def _descending(uid: str) -> bool:
    return bool(uid) and fnv1a_32(uid.encode()) % 2 == 1


def _distribute_certain_seats(result: dict[Name, int], seats: int, weights: Mapping[Name, int]) -> int:
    """Adds to `result` most of the seats that each party certainly gets, and returns their number.

    The seats go to the largest of all quotients `weight / (2 · place + 1)`. With W the sum of weights and P parties, at most
    `seats` of the quotients are above W / (2 · seats - P), so all of these get a seat. Each party's last such place is rounded
    down, which keeps a distance of one whole place, so that the rounding of doubles does not matter. Two billion replicas then
    take no longer than a few.
    """
    total = sum(weight for weight in weights.values() if weight > 0)
    bound = max(2 * seats - len(result), 0)
    distributed = 0
    for name, count in result.items():
        certain = int(weights[name] * bound / (2 * total) - 0.5)
        if certain > count:
            result[name] = certain
            distributed += certain - count
    return distributed

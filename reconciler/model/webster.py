"""Sharing out whole seats by weight: Webster's method as Karmada does it (pkg/util/helper/webstermethod.go, binding.go).

One seat at a time goes to the party with the largest `weight / (2 · seats + 1)` in IEEE doubles. A tie goes to fewer seats, then
to the name: ascending if the uid is empty or its 32-bit FNV-1a hash is even, else descending. Used for replicas (`schedule/`)
and for a Job's completions (`interpreter/job.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Name = TypeVar("Name", bound=str)

_FNV_OFFSET, _FNV_PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF


def fnv1a_32(data: bytes) -> int:
    value = _FNV_OFFSET
    for byte in data:
        value = ((value ^ byte) * _FNV_PRIME) & _32_BITS
    return value


def share_out(
    seats: int, weights: Mapping[Name, int], uid: str = "", initial: Mapping[Name, int] | None = None
) -> dict[Name, int]:
    """Seats per party, sorted by name; those of `initial` are kept and count as handed out already.

    Every party takes part, also those of weight 0, but they never win against a positive one. Without any positive weight
    nothing is handed out.
    """
    held = dict(sorted({name: (initial or {}).get(name, 0) for name in weights}.items()))
    if not any(weight > 0 for weight in weights.values()):
        return held
    seats -= _hand_out_sure_ones(held, seats, weights)
    rank = _ranks(held, uid)
    queue = [(-weights[name] / (2 * count + 1), count, rank[name], name) for name, count in held.items()]
    heapq.heapify(queue)
    for _ in range(seats):
        _, count, place, name = queue[0]
        held[name] = count + 1
        heapq.heapreplace(queue, (-weights[name] / (2 * count + 3), count + 1, place, name))
    return held


@dataclass(frozen=True, slots=True)
class LastSeat(Generic[Name]):
    """How the last seat that was handed out found its party."""

    winner: Name
    rival: Name
    """Who would have had it otherwise."""
    claims: tuple[float, float]
    """`weight / (2 · seats + 1)` of the two, before that seat."""
    reason: str
    """What decided, as a clause."""


def last_seat(shares: Mapping[Name, int], weights: Mapping[Name, int], uid: str = "") -> LastSeat[Name] | None:
    """Told from what `share_out` gave without initial seats; None where fewer than two parties could have had it."""
    rank = _ranks(sorted(shares), uid)
    given = [_bid(name, shares[name] - 1, weights, rank) for name in shares if shares[name] > 0]
    if not given:
        return None
    won = max(given)  # Seats are handed out from the smallest bid up.
    rivals = [_bid(name, shares[name], weights, rank) for name in shares if name != won[3] and weights[name] > 0]
    if not rivals:
        return None
    lost = min(rivals)
    return LastSeat(won[3], lost[3], (-won[0], -lost[0]), _what_decided(won, lost, uid))


_Bid: TypeAlias = tuple[float, int, int, Name]


def _bid(name: Name, seats: int, weights: Mapping[Name, int], rank: Mapping[Name, int]) -> _Bid[Name]:
    """The smaller comes first."""
    return (-weights[name] / (2 * seats + 1), seats, rank[name], name)


def _what_decided(won: _Bid[Name], lost: _Bid[Name], uid: str) -> str:
    if won[0] != lost[0]:
        return "its quotient is larger"
    if won[1] != lost[1]:
        return "the quotients are equal, and it has fewer seats"
    order = "last to first" if _descending(uid) else "first to last"
    return f"the quotients and seats are equal, and this object's uid orders names from {order}"


def _ranks(names: Iterable[Name], uid: str) -> dict[Name, int]:
    """names: sorted. Who comes first among equals has the smallest number."""
    step = -1 if _descending(uid) else 1
    return {name: step * place for place, name in enumerate(names)}


def _descending(uid: str) -> bool:
    return bool(uid) and fnv1a_32(uid.encode()) % 2 == 1


def _hand_out_sure_ones(held: dict[Name, int], seats: int, weights: Mapping[Name, int]) -> int:
    """Adds to `held` most of what every party is sure to get, and returns how many seats that were.

    The seats go to the largest of all the `weight / (2 · place + 1)`. With W the sum of weights and P parties, at most `seats` of
    these are above W / (2 · seats - P), so whatever is above is handed out. A party's last such place is rounded down, which
    keeps clear of that bar by a whole place, so the doubles' rounding decides nothing here. Two billion replicas then
    take no longer than a few.
    """
    total = sum(weight for weight in weights.values() if weight > 0)
    bar = max(2 * seats - len(held), 0)
    given = 0
    for name, count in held.items():
        sure = int(weights[name] * bar / (2 * total) - 0.5)
        if sure > count:
            held[name] = sure
            given += sure - count
    return given

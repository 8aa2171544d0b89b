"""How many requests of each source, and which were received before. Both have a bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field

_BURST = 60.0
"""Requests that one source may send at once."""
_PER_SECOND = 1.0
"""Requests that it may send in the long run."""
_SOURCES = 1024
"""Sources that are remembered. The one that was silent for the longest time is forgotten first."""
_DELIVERIES = 10_000
_REMEMBERED = 24 * 3600.0
"""Seconds for which a delivery is remembered."""


def source_of(peer: str, forwarded: str, proxies: int) -> str:
    """The address from which a request came. peer: who is connected to us. forwarded: the values of `X-Forwarded-For`, to which
    each proxy adds the address of its own peer. proxies: how many of them are ours; what stands before their entries is whatever
    the sender wrote."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return hops[-proxies] if 0 < proxies <= len(hops) else peer


@dataclass(slots=True)
class RateLimit:
    """A token bucket for each source."""

    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """Source → (requests that it may send now, when that was computed)."""

    def wait(self, source: str, now: float) -> float:
        """Counts a request. Returns 0 if it is within the limit, else the seconds to wait. now: by any clock that never goes
        back."""
        source = _network(source)
        left, since = self._buckets.pop(source, (_BURST, now))
        left = min(_BURST, left + (now - since) * _PER_SECOND)
        is_allowed = left >= 1.0
        self._buckets[source] = (left - 1.0 if is_allowed else left, now)
        if len(self._buckets) > _SOURCES:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1.0 - left) / _PER_SECOND

    def give_back(self, source: str) -> None:
        """The last request of this source does not count."""
        source = _network(source)
        if source in self._buckets:
            left, since = self._buckets[source]
            self._buckets[source] = (min(_BURST, left + 1.0), since)


@dataclass(slots=True)
class Deliveries:
    """What was received before."""

    _seen: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """Delivery → when it was received, oldest first."""

    def is_new(self, delivery: str, now: float) -> bool:
        """Whether a delivery is received for the first time; from now on it is not."""
        while self._seen and (len(self._seen) >= _DELIVERIES or next(iter(self._seen.values())) < now - _REMEMBERED):
            self._seen.popitem(last=False)
        if delivery in self._seen:
            return False
        self._seen[delivery] = now
        return True

    def forget(self, delivery: str) -> None:
        """It was received in vain, and may come again."""
        self._seen.pop(delivery, None)


def _network(source: str) -> str:
    """The address; for IPv6 its network of 64 bits, because one sender has all addresses of that."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))

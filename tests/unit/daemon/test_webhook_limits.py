"""What strangers may send: so much for each source, nothing twice, and never more memory than so much."""

from __future__ import annotations

import pytest

from reconciler.daemon import webhook_limits
from reconciler.daemon.webhook_limits import Deliveries, RateLimit, source_of


def test_a_source_has_a_burst_and_a_rate() -> None:
    limit = RateLimit()
    burst = int(webhook_limits._BURST)
    assert [limit.wait("10.0.0.1", 0.0) for _ in range(burst)] == [0.0] * burst
    assert 0 < limit.wait("10.0.0.1", 0.0) <= 1 / webhook_limits._PER_SECOND
    assert limit.wait("10.0.0.2", 0.0) == 0.0
    assert limit.wait("10.0.0.1", 1 / webhook_limits._PER_SECOND) == 0.0
    assert limit.wait("10.0.0.1", 1 / webhook_limits._PER_SECOND) > 0
    assert [limit.wait("10.0.0.1", 1e6) for _ in range(burst + 1)].count(0.0) == burst


def test_one_network_of_ipv6_is_one_source() -> None:
    limit = RateLimit()
    waits = [limit.wait(f"2001:db8::{number:x}", 0.0) for number in range(int(webhook_limits._BURST) + 1)]
    assert waits[-1] > 0
    assert limit.wait("2001:db8:0:1::1", 0.0) == 0.0


def test_sources_without_number_do_not_fill_the_memory() -> None:
    limit = RateLimit()
    for number in range(5 * webhook_limits._SOURCES):
        limit.wait(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(limit._buckets) == webhook_limits._SOURCES


def test_a_delivery_is_new_once() -> None:
    deliveries = Deliveries()
    assert [deliveries.is_new(name, 0.0) for name in ("a", "b", "a")] == [True, True, False]
    assert not deliveries.is_new("a", webhook_limits._REMEMBERED - 1)
    assert deliveries.is_new("a", webhook_limits._REMEMBERED + 1)


def test_deliveries_without_number_do_not_fill_the_memory() -> None:
    deliveries = Deliveries()
    for number in range(2 * webhook_limits._DELIVERIES):
        assert deliveries.is_new(str(number), 0.0)
    assert len(deliveries._seen) == webhook_limits._DELIVERIES
    assert not deliveries.is_new(str(2 * webhook_limits._DELIVERIES - 1), 0.0)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "source"),
    [
        ("", 0, "peer"),
        ("1.1.1.1", 0, "peer"),
        ("1.1.1.1", 1, "1.1.1.1"),
        ("forged, 1.1.1.1", 1, "1.1.1.1"),
        ("forged,1.1.1.1, 2.2.2.2", 2, "1.1.1.1"),
        ("", 1, "peer"),
        ("1.1.1.1", 2, "peer"),
    ],
)
def test_only_our_own_proxies_say_where_a_request_came_from(forwarded: str, proxies: int, source: str) -> None:
    assert source_of("peer", forwarded, proxies) == source

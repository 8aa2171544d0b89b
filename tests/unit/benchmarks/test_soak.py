"""What a soak calls flat."""

from __future__ import annotations

import random

from benchmarks.soak_trends import Sample, trends


def samples(growth: float, *, noise: float = 1.0) -> list[Sample]:
    """An hour, one sample every ten seconds. growth: MiB per hour after the warm-up, and a tenth of it in descriptors."""
    chance = random.Random(1)  # noqa: S311 - no secret
    taken = []
    for seconds in range(0, 3600, 10):
        warm_up = 30 * min(1.0, seconds / 600)
        main = 60 + warm_up + growth * seconds / 3600 + chance.uniform(-noise, noise)
        taken.append(Sample(seconds, main, 40.0, 20 + int(growth / 10 * seconds / 3600), 5))
    return taken


def test_a_warm_up_and_noise_are_flat() -> None:
    assert all(one.flat for one in trends(samples(0, noise=3)))


def test_what_shrinks_is_flat() -> None:
    assert all(one.flat for one in trends(samples(-20)))


def test_slow_growth_is_not() -> None:
    figures = {one.name: one for one in trends(samples(20))}
    memory, descriptors = figures["memory, main (MiB)"], figures["descriptors"]
    assert not memory.flat
    assert abs(memory.per_hour - 20) < 1
    assert memory.last - memory.first > 10
    assert not descriptors.flat
    assert figures["memory, compiler (MiB)"].flat
    assert figures["threads"].flat

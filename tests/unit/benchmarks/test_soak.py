"""What a soak calls flat, and what it calls wrong."""

from __future__ import annotations

import math
import random
from dataclasses import asdict
from typing import Any

import pytest

from benchmarks.soak import table, verdict
from benchmarks.soak_trends import Sample, trends


def samples(growth: float, *, noise: float = 1.0) -> list[Sample]:
    """An hour, one sample every ten seconds. growth: MiB per hour after the warm-up, and as many descriptors. In the
    warm-up, caches fill, more and more slowly. Connections come and go."""
    chance = random.Random(1)  # noqa: S311 - no secret
    taken = []
    for seconds in range(0, 3600, 10):
        warm_up = 30 * (1 - math.exp(-seconds / 600))
        main = 60 + warm_up + growth * seconds / 3600 + chance.uniform(-noise, noise)
        descriptors = 20 + int(growth * seconds / 3600) + chance.choice([0, 0, 3, 7])
        taken.append(Sample(seconds, main, 40.0, descriptors, chance.choice([5, 6])))
    return taken


def test_a_warm_up_and_noise_are_flat() -> None:
    assert all(one.flat for one in trends(samples(0, noise=3)))


def test_a_collector_that_comes_late_is_flat() -> None:
    """Garbage waits until there are 50,000 objects of it, which is 5 MiB."""
    saw = [Sample(seconds, 95 + min(5.0, 5 * seconds / 1500), 40.0, 20, 5) for seconds in range(0, 1800, 5)]
    assert all(one.flat for one in trends(saw))


def test_what_shrinks_is_flat() -> None:
    assert all(one.flat for one in trends(samples(-20)))


def test_slow_growth_is_not() -> None:
    figures = {one.name: one for one in trends(samples(40))}
    memory, descriptors = figures["memory, main (MiB)"], figures["descriptors"]
    assert not memory.flat
    assert abs(memory.per_hour - 40) < 5
    assert memory.last - memory.first > 10
    assert not descriptors.flat
    assert figures["memory, compiler (MiB)"].flat
    assert figures["threads"].flat


def figures(growth: float = 0.0, **more: Any) -> dict[str, Any]:
    """Of a soak in which nothing is wrong, unless told otherwise."""
    taken = samples(growth)
    process = {
        "lives": 2,
        "leads": True,
        "seconds": 3590,
        "start": asdict(taken[0]),
        "end": asdict(taken[-1]),
        "judged": True,
        "trends": [asdict(one) | {"flat": one.flat} for one in trends(taken)],
    }
    return {
        "minutes": 60.0,
        "seed": 1,
        "happened": {"edit": 3},
        "commits": 4,
        "status commits": 5,
        "passes": {"ok": 6},
        "processes": {"a": process},
        "errors": {"run: drift corrected": 7},
        "unexpected": [],
        "last good commit": "3f2c1ab",
        "differences": [],
        "ended by themselves": [],
        "exit codes": {"a": 0},
    } | more


def test_a_soak_without_a_finding_says_what_all_members_hold() -> None:
    assert verdict(figures()) == []
    assert table(figures()).splitlines()[-1] == "all members hold what 3f2c1ab, the last good commit, renders"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"differences": ["m1: c7: missing"]}, "m1: c7: missing"),
        ({"ended by themselves": ["e1"]}, "e1 ended by itself"),
        ({"exit codes": {"a": -9}}, "a ended with exit code -9"),
        ({"unexpected": ["Traceback (most recent call last):"]}, 'unexpected: "Traceback (most recent call last):"'),
        ({"growth": 40.0}, "a: memory, main (MiB) grows"),
    ],
)
def test_each_finding_is_wrong(found: dict[str, Any], told: str) -> None:
    wrong = verdict(figures(**found))
    assert told in wrong
    assert f"WRONG: {told}" in table(figures(**found))

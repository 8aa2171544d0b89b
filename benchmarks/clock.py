"""Seconds, and what they are worth on this machine at this moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    spent: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def plain_loop() -> float:
    """CPU seconds of a fixed piece of plain Python: calls, dictionaries, text. The best of three."""

    def once() -> float:
        with stopwatch() as spent:
            table: dict[str, int] = {}
            for number in range(400_000):
                key = f"{number % 5000}"
                table[key] = table.get(key, 0) + len(key)
        return spent["cpu"]

    return min(once() for _ in range(3))

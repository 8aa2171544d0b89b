"""How the memory and the descriptors of a process develop: samples, and what counts as flat."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_WARM_UP = 1 / 2
"""The share of the measured life that is not judged: caches fill, and the allocators take what they need at most."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the process. Memory is resident, in MiB."""

    seconds: float
    """Since the process was started."""
    main: float
    worker: float
    """Of the process that compiles; 0 where there is none."""
    descriptors: int
    """Of the main process."""
    threads: int
    """Of the main process."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How one figure developed after the warm-up."""

    name: str
    first: float
    """The median of the first quarter of the judged time."""
    last: float
    """Of the last quarter: the median, or the lowest where a figure goes up and down."""
    per_hour: float
    """The rise from one to the other, per hour."""
    allowed: float
    """The largest rise that counts as flat."""

    @property
    def flat(self) -> bool:
        return self.last - self.first <= self.allowed


def trends(samples: Sequence[Sample]) -> list[Trend]:
    """The trend of each figure. samples: of one process, in the order of time; at least one.

    Memory hardly ever shrinks, and rises by steps of 1 MiB, the arenas of CPython's allocator. Descriptors and threads come and
    go with connections: what leaks shows in their lowest number.
    """
    judged = [sample for sample in samples if sample.seconds >= samples[-1].seconds * _WARM_UP]
    return [
        _trend(judged, "memory, main (MiB)", lambda one: one.main, statistics.median, share=0.03),
        _trend(judged, "memory, compiler (MiB)", lambda one: one.worker, statistics.median, share=0.03),
        _trend(judged, "descriptors", lambda one: one.descriptors, min, least=1.0),
        _trend(judged, "threads", lambda one: one.threads, min, least=1.0),
    ]


def _trend(
    samples: Sequence[Sample],
    name: str,
    figure: Callable[[Sample], float],
    of_last: Callable[[Sequence[float]], float],
    *,
    share: float = 0.0,
    least: float = 0.0,
) -> Trend:
    """of_last: see `Trend.last`. share, least: the rise that is allowed, as a share of the figure and at least."""
    values = [figure(sample) for sample in samples]
    quarter = max(1, len(values) // 4)
    first, last = statistics.median(values[:quarter]), of_last(values[-quarter:])
    hours = (samples[-1].seconds - samples[0].seconds) * (1 - quarter / len(values)) / 3600
    per_hour = (last - first) / hours if hours else 0.0
    return Trend(name, first, last, per_hour, max(least, share * first))


def sample(pid: int, seconds: float) -> Iterator[Sample]:
    """Nothing where the process has ended. seconds: since it was started."""
    process = Path(f"/proc/{pid}")
    with suppress(OSError, IndexError, ValueError):  # A process that is just ending has an empty statm.
        worker = max((_resident(child) for child in _children_of(pid)), default=0.0)
        descriptors, threads = len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
        yield Sample(seconds, _resident(pid), worker, descriptors, threads)


def _children_of(pid: int) -> Iterator[int]:
    """The compiler's processes: children that run Python (others run git for a moment)."""
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if not folder.name.isdigit() or f"PPid:\t{pid}\n" not in (folder / "status").read_text():
                continue
            if b"python" in (folder / "cmdline").read_bytes().partition(b"\0")[0]:
                yield int(folder.name)


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

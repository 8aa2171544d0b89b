"""How the memory and the descriptors of a process develop: samples, and what counts as flat."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_WARM_UP = 1 / 4
"""The share of the measured life that is not judged: caches fill, and the allocator takes its arenas."""


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
    """The median of the first tenth."""
    last: float
    """The median of the last tenth."""
    per_hour: float
    """The slope of the line through all samples (Theil-Sen: the median of the slopes of pairs), per hour."""
    allowed: float
    """The largest slope that counts as flat."""

    @property
    def flat(self) -> bool:
        return self.per_hour <= self.allowed


def trends(samples: Sequence[Sample]) -> list[Trend]:
    """The trend of each figure. samples: of one process, in the order of time; at least one."""
    judged = [sample for sample in samples if sample.seconds >= samples[-1].seconds * _WARM_UP]
    return [
        _trend(judged, "memory, main (MiB)", lambda one: one.main, share=0.03),
        _trend(judged, "memory, compiler (MiB)", lambda one: one.worker, share=0.03),
        _trend(judged, "descriptors", lambda one: one.descriptors, least=1.0),
        _trend(judged, "threads", lambda one: one.threads, least=0.5),
    ]


def _trend(
    samples: Sequence[Sample], name: str, figure: Callable[[Sample], float], *, share: float = 0.0, least: float = 0.0
) -> Trend:
    """share, least: the slope that is allowed, as a share of the figure and at least."""
    values = [figure(sample) for sample in samples]
    tenth = max(1, len(values) // 10)
    step = max(1, len(samples) // 300)
    thin = samples[::step]
    apart = max(1, len(thin) // 4)  # Near neighbours say nothing about the slope.
    slopes = [
        (figure(later) - figure(earlier)) / (later.seconds - earlier.seconds)
        for index, earlier in enumerate(thin)
        for later in thin[index + apart :]
    ]
    per_hour = statistics.median(slopes) * 3600 if slopes else 0.0
    allowed = max(least, share * statistics.median(values))
    return Trend(name, statistics.median(values[:tenth]), statistics.median(values[-tenth:]), per_hour, allowed)


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

"""What a process and all that it started use now, from /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of all processes together."""

    memory: int = 0
    """Bytes in memory that no file backs."""
    threads: int = 0


def usage_of(pid: int) -> Usage:
    """What a process and its descendants use; what ends meanwhile uses nothing."""
    memory = threads = 0
    for process in descendants(pid):
        with suppress(OSError, ValueError, IndexError):
            folder = Path("/proc", str(process))
            _, resident, shared, *_ = (folder / "statm").read_text().split()
            memory += (int(resident) - int(shared)) * _PAGE
            threads += int((folder / "stat").read_text().rpartition(")")[2].split()[17])
    return Usage(memory, threads)


def descendants(pid: int) -> tuple[int, ...]:
    """The process itself, and all below it, as far as they are alive."""
    found, queue = [], [pid]
    while queue:
        process = queue.pop()
        found.append(process)
        with suppress(OSError):
            for task in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208 - some tens of times a second
                queue.extend(map(int, Path(f"/proc/{process}/task/{task}/children").read_text().split()))
    return tuple(found)

"""How the C library of a process that stays keeps memory that was freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD of malloc.h."""
_LARGE = 128 * 1024
"""Bytes; glibc's own value at the start of a process."""


def return_large_blocks() -> None:
    """From now on, each large block goes back to the system when it is freed.

    By itself, glibc takes large blocks from the heap after the first one was freed (mallopt(3): the threshold is dynamic). There,
    small blocks that stay keep the space of large ones that were freed: 4 MB of an agent, which reads the definitions of
    Kubernetes' kinds once, and as much of a worker. Other C libraries have no such threshold: nothing happens.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)

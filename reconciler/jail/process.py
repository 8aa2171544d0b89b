"""One process of the launcher, from its start to the end of everything that it became."""

from __future__ import annotations

import asyncio
import marshal
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from reconciler.jail.failures import Limit, LimitError
from reconciler.jail.program import Limits
from reconciler.jail.request import launcher_command
from reconciler.jail.usage import usage_of

_HEAD = _TAIL = 32 * 1024
"""Bytes of standard error that are kept, of its beginning and of its end."""
_CHUNK = 64 * 1024
_LOOK_EVERY = 0.05
"""Seconds. What grows faster than that is stopped by the kernel, see `launcher.py`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    """Exit code; negative: the number of the signal that ended it."""
    stdout: bytes
    stderr: bytes
    status: str
    """What the launcher, or bubblewrap, wrote about the start."""
    peak: int = 0
    """Bytes of memory: the most that was seen."""


@dataclass(slots=True)
class Peak:
    """The most memory that was seen, in bytes."""

    memory: int = 0


async def launch(name: str, request: Mapping[str, Any], limits: Limits, stdin: bytes) -> Ended:
    """Runs the launcher. No process of it is left when this returns or raises. name: of the program, for messages.

    Raises LimitError, and OSError where no process can be started.
    """
    with ExitStack() as opened:
        order = os.memfd_create("request", os.MFD_CLOEXEC)
        opened.callback(os.close, order)
        os.write(order, marshal.dumps(dict(request)))
        os.lseek(order, 0, os.SEEK_SET)
        reads, writes = os.pipe()
        opened.callback(os.close, reads)
        try:
            process = await asyncio.create_subprocess_exec(
                *launcher_command(order, writes),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                pass_fds=(order, writes),
                env={},
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(writes)
        peak = Peak()
        stdout, stderr = await _to_its_end(name, process, limits, stdin, peak)
        status = _read_all(reads)
    assert process.returncode is not None  # noqa: S101 - `_to_its_end` has waited for it
    return Ended(process.returncode, stdout, stderr, status, peak.memory)


async def _to_its_end(name: str, process: Process, limits: Limits, stdin: bytes, peak: Peak) -> tuple[bytes, bytes]:
    work = asyncio.ensure_future(_communicate(name, process, limits, stdin))
    watch = asyncio.ensure_future(_watch(name, process.pid, limits, peak))
    try:
        done, _ = await asyncio.wait({work, watch}, timeout=limits.seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise _reached(Limit.TIME, f"{name} was ended after {limits.seconds:g} seconds")
        if watch in done:
            watch.result()
        return await work
    finally:
        work.cancel()
        watch.cancel()
        await asyncio.gather(work, watch, return_exceptions=True)
        await _end(process)


async def _communicate(name: str, process: Process, limits: Limits, stdin: bytes) -> tuple[bytes, bytes]:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - they are pipes
    stdout, stderr, _, _ = await asyncio.gather(
        _read(name, process.stdout, limits), _read_ends(process.stderr), _feed(process.stdin, stdin), process.wait()
    )
    return stdout, stderr


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    """A program may end without reading all of it."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    stream.close()


async def _read(name: str, stream: asyncio.StreamReader, limits: Limits) -> bytes:
    read = bytearray()
    while chunk := await stream.read(_CHUNK):
        read += chunk
        if len(read) > limits.output:
            raise _reached(Limit.OUTPUT, f"{name} was ended because it printed more than {limits.output:,} bytes")
    return bytes(read)


async def _read_ends(stream: asyncio.StreamReader) -> bytes:
    """The beginning and the end of a stream."""
    head, tail, cut = b"", b"", False
    while chunk := await stream.read(_CHUNK):
        taken = _HEAD - len(head)
        head += chunk[:taken]
        tail += chunk[taken:]
        if len(tail) > _TAIL:
            tail, cut = tail[-_TAIL:], True
    return head + (b"\n[...]\n" if cut else b"") + tail


async def _watch(name: str, pid: int, limits: Limits, peak: Peak) -> None:
    """Returns only by LimitError."""
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        used = usage_of(pid)
        peak.memory = max(peak.memory, used.memory)
        if used.memory > limits.memory:
            raise out_of_memory(name, limits)
        if used.threads > limits.threads:
            raise _reached(Limit.PROCESSES, f"{name} was ended because it has more than {limits.threads} threads")


def out_of_memory(name: str, limits: Limits) -> LimitError:
    return _reached(Limit.MEMORY, f"{name} was ended because it needs more than {limits.memory:,} bytes of memory")


def started_another(name: str) -> LimitError:
    return LimitError(
        Limit.PROCESSES,
        f"{name} was ended because it tried to start another process",
        remedy="Remove what runs programs, such as plugins and functions: nothing but the program itself runs while rendering.",
    )


def out_of_time(name: str, limits: Limits) -> LimitError:
    return _reached(Limit.TIME, f"{name} was ended because it computed for more than {limits.seconds:g} seconds on every core")


def _reached(limit: Limit, message: str) -> LimitError:
    return LimitError(
        limit, message, remedy="Look for a loop, or for a template that includes itself; or divide what it renders."
    )


async def _end(process: Process) -> None:
    """Kills what is left. All of it is in the session that the launcher began: nothing there may begin another one."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        while stream and await stream.read(_CHUNK):  # Its end: the last process that could write there is gone.
            pass
    await process.wait()
    if process.stdin:
        process.stdin.close()


def _read_all(place: int) -> str:
    """What is in a pipe that nobody can write to any more."""
    parts = []
    while part := os.read(place, _CHUNK):
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")

"""Which means of isolation work here: each is tried, because only a trial knows what kernel, image and seccomp profile allow."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.jail import folder
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.program import Limits, Program

_TRIAL = """
import socket, sys
try:
    open(sys.argv[1])
    sys.exit("files outside can be read")
except OSError:
    pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sys.exit("the network can be reached")
except OSError:
    pass
open(sys.argv[2]).close()
"""
_LIMITS = Limits(seconds=20)


async def isolation_here(*, unsafe: bool = False, search: str | None = None) -> Isolation:
    """The best means that works in this process. Ask once: an answer takes some tenths of a second. Folders that a killed process
    left are removed as well.

    unsafe: whether programs may run without isolation where no means works (--unsafe-render). search: the folders in which bwrap
    is looked for, as PATH names them; those of PATH without it.
    """
    await asyncio.to_thread(folder.remove_abandoned)
    missing: list[str] = []
    bubblewrap = shutil.which("bwrap", path=search)
    if not bubblewrap:
        missing.append("bubblewrap: bwrap is not in PATH")
    for means in (Means.BUBBLEWRAP, Means.NAMESPACES, Means.LANDLOCK):
        if means is Means.BUBBLEWRAP and not bubblewrap:
            continue
        isolation = Isolation(
            means, Path(bubblewrap) if bubblewrap and means is Means.BUBBLEWRAP else None, tuple(missing), unsafe
        )
        problem = await why_not(isolation)
        if not problem:
            return isolation
        missing.append(f"{means.value}: {problem}")
    return Isolation(Means.NONE, None, tuple(missing), unsafe)


async def why_not(isolation: Isolation) -> str:
    """Why a means does not isolate here; empty if it does: this interpreter tries to read a file outside, and make a socket."""
    with tempfile.NamedTemporaryFile(prefix="reconciler-trial-") as outside:
        arguments = ("-I", "-S", "-c", _TRIAL, outside.name, "inside")
        program = Program(Path(sys.executable), arguments, reads=(Path(sys.base_prefix),))
        try:
            await run(program, {"inside": b""}, limits=_LIMITS, isolation=isolation)
        except ReconcilerError as error:
            return error.message
    return ""

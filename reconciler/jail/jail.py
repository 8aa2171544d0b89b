"""`run`: one program on some files, isolated and bounded."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from reconciler.jail import folder as private_folder
from reconciler.jail.failures import InputError, JailError, ProgramError
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.launcher import FILES
from reconciler.jail.process import Ended, launch, out_of_memory, out_of_time, started_another
from reconciler.jail.program import Limits, Output, Program
from reconciler.jail.request import request_for

T = TypeVar("T")

WITHOUT = (
    "Install bubblewrap, or allow what is missing: docs/how-to/isolation.md says what a Pod needs. With --unsafe-render, "
    "programs run without isolation: only for repositories whose every author may read what this process can read."
)
_TEMPORARY = "Let this process write to /dev/shm, or to the folder for temporary files (/tmp)."
_OUT_OF_MEMORY = re.compile(
    r"^(fatal error: .*(out of memory|cannot allocate|cannot map pages|stack overflow)|MemoryError)", re.MULTILINE
)
_CRASHED = re.compile(r"^(SIG[A-Z]+: |fatal error: )", re.MULTILINE)
"""How Go says that its own code failed, which it does where the kernel refuses it memory."""


async def run(
    program: Program,
    files: Mapping[str, bytes] | Path,
    *,
    limits: Limits,
    isolation: Isolation,
    stdin: bytes = b"",
    in_memory: bool = False,
) -> Output:
    """What the program prints about the files. When this returns, raises or is cancelled, no process and no file of it is left.

    files: path inside the folder → content, or a folder, whose files must not change meanwhile. In both cases the program can
    read them and not write to them. in_memory: whether the files hold secrets, and are never written to a disk; then they are
    refused where the memory (/dev/shm) has no room. Raises JailError, InputError, LimitError, ProgramError.
    """
    if not isolation.suffices:
        missing = "; ".join(isolation.missing) or "no means of isolation was looked for"
        raise JailError(f"{program.path.name} is not run, because it cannot be isolated here: {missing}", remedy=WITHOUT)
    if isinstance(files, Path):
        await asyncio.to_thread(private_folder.check_folder, files, limits)
    else:
        private_folder.check_names(files, limits)
    name = program.path.name
    async with _prepared(files, in_memory) as (private, folder):
        request = request_for(program, isolation, private, folder, limits)
        try:
            ended = await launch(name, request, limits, stdin)
        except OSError as error:
            raise JailError(f"{name} could not be started: {error.strerror}") from None
    return _output(program, isolation, request, ended, limits)


@asynccontextmanager
async def _prepared(files: Mapping[str, bytes] | Path, in_memory: bool) -> AsyncIterator[tuple[Path, Path]]:
    """(private folder, folder with the files). The private one is removed at the end."""
    try:
        private = private_folder.create()
    except OSError as error:
        raise JailError(f"there is no temporary folder for the files: {error.strerror}", remedy=_TEMPORARY) from None
    try:
        if isinstance(files, Path):
            yield private.path, await asyncio.to_thread(files.resolve)
            return
        if in_memory and not (private.in_memory and private.has_room(files)):
            remedy = "Give this process more memory, in a Pod an emptyDir with `medium: Memory` at /dev/shm."
            raise InputError("files", "they hold secrets, and /dev/shm has no room for them", remedy=remedy)
        if not private.has_room(files):
            private.remove()
            private = private_folder.create(on_disk=True)
        try:
            await _in_thread(lambda: private_folder.write(files, private.path))
        except OSError as error:
            raise InputError(
                "files", f"they could not be written to a temporary folder: {error.strerror}", remedy=_TEMPORARY
            ) from None
        yield private.path, private.path / "files"
    finally:
        await _in_thread(private.remove)


async def _in_thread(work: Callable[[], T]) -> T:
    """A cancelled caller waits until the work is done, so that nobody removes what is still being written, or keeps it."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _output(program: Program, isolation: Isolation, request: Mapping[str, Any], ended: Ended, limits: Limits) -> Output:
    name = program.path.name
    stderr = _cleaned(ended.stderr, request)
    if problem := _not_begun(isolation, ended, stderr):
        raise JailError(f"{name} could not be started with {isolation.means.value}: {problem}", remedy=WITHOUT)
    code = ended.code if ended.code >= 0 else 128 - ended.code
    if code == 0:
        return Output(ended.stdout, stderr)
    if code == 128 + signal.SIGSYS:
        raise started_another(name)
    if code == 128 + signal.SIGXCPU:
        raise out_of_time(name, limits)
    crashed = _CRASHED.search(stderr) and ended.peak > limits.memory * 3 // 4
    if code == 128 + signal.SIGKILL or crashed or _OUT_OF_MEMORY.search(stderr):
        raise out_of_memory(name, limits)
    raise ProgramError(name, code, stderr)


def _not_begun(isolation: Isolation, ended: Ended, stderr: str) -> str:
    """Why the program did not begin; empty if it did. bubblewrap says how a program ended, but only of one that began."""
    if isolation.means is not Means.BUBBLEWRAP or not ended.status.startswith("{"):
        failure = _printable(ended.status)
        return failure or ("bwrap said nothing" if isolation.means is Means.BUBBLEWRAP and ended.code else "")
    reports: dict[str, Any] = {}
    for line in ended.status.splitlines():
        reports |= json.loads(line)
    return "" if "exit-code" in reports else stderr.strip() or "bwrap said nothing"


def _cleaned(stderr: bytes, request: Mapping[str, Any]) -> str:
    """Text for people: no control characters, and paths as the repository has them."""
    text = stderr.decode("utf-8", "replace")
    for path in (request["folder"], FILES):
        text = re.sub(rf"(?<![\w.-]){re.escape(path)}(/|\b)", "", text)
    text = text.replace(request["program"], Path(request["program"]).name)
    return "\n".join(map(_printable, text.splitlines()))


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text.strip("\r\n"))

"""kubectl as a process: run to its end, read line by line, or become it.

A process of ours never outlives the call that started it: a cancelled call ends it first (SIGTERM, and SIGKILL where that is not
enough).
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from reconciler.kubectl.failures import KubectlError
from reconciler.kubectl.line_reader import lines_of

KEPT = ("TERM", "TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables that kubectl gets: how to print, and which CAs the machine trusts."""
_WITHOUT_SETTINGS = {"HOME": "/nonexistent", "KUBECACHEDIR": "/dev/null/none", "KUBERC": "off", "PATH": ""}
_MOST = 64 * 2**20
"""Bytes of output that are kept of one run."""
_GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True, slots=True)
class Output:
    """What one run left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A process whose output is read while it runs."""

    process: Process
    out: AsyncIterator[str]
    err: AsyncIterator[str]


@dataclass(frozen=True, slots=True)
class Kubectl:
    """The program, and what it may know of this process."""

    program: Path
    environment: Mapping[str, str]
    """Of the process; all but `KEPT` is left out."""

    async def run(self, arguments: Sequence[str], kubeconfig: bytes, *, seconds: float) -> Output:
        """Runs it to its end. Raises KubectlError where it cannot be started or prints more than is kept, and TimeoutError."""
        async with asyncio.timeout(seconds), self.stream(arguments, kubeconfig) as running:
            assert running.process.stdout and running.process.stderr  # noqa: S101, PT018 - they are pipes
            out, err = await asyncio.gather(*map(_all, (running.process.stdout, running.process.stderr)))
            return Output(await running.process.wait(), out, err)

    @asynccontextmanager
    async def stream(self, arguments: Sequence[str], kubeconfig: bytes) -> AsyncIterator[Stream]:
        """A running process, which is ended at the end of the block. Raises KubectlError where it cannot be started."""
        with _in_memory(kubeconfig) as descriptor:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command(arguments, descriptor),
                    stdin=DEVNULL,
                    stdout=PIPE,
                    stderr=PIPE,
                    env=self._variables,
                    pass_fds=(descriptor,),
                    start_new_session=True,  # Ctrl-C reaches us alone, and we end it.
                )
            except OSError as error:
                raise self._not_started(error) from error
        try:
            assert process.stdout and process.stderr  # noqa: S101, PT018 - they are pipes
            yield Stream(process, lines_of(process.stdout), lines_of(process.stderr))
        finally:
            await _end(process)

    def become(self, arguments: Sequence[str], kubeconfig: bytes) -> NoReturn:
        """Replaces this process, so that the terminal, signals and the exit code are kubectl's own. Raises KubectlError."""
        with _in_memory(kubeconfig) as descriptor:
            os.set_inheritable(descriptor, True)
            command = self._command(arguments, descriptor)
            try:
                os.execve(command[0], command, self._variables)  # noqa: S606 - no shell is wanted
            except OSError as error:
                raise self._not_started(error) from error

    def _command(self, arguments: Sequence[str], descriptor: int) -> list[str]:
        return [str(self.program), f"--kubeconfig=/proc/self/fd/{descriptor}", *arguments]

    @property
    def _variables(self) -> dict[str, str]:
        return _WITHOUT_SETTINGS | {name: self.environment[name] for name in KEPT if name in self.environment}

    def _not_started(self, error: OSError) -> KubectlError:
        return KubectlError(f"{self.program} cannot be run: {error.strerror}", remedy="Name another kubectl by --kubectl.")


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """The descriptor of a file in memory with this content. Each reader of its path in /proc begins at its start, and kubectl
    reads its kubeconfig more than once."""
    descriptor = os.memfd_create("kubeconfig")
    try:
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield descriptor
    finally:
        os.close(descriptor)


async def _all(stream: asyncio.StreamReader) -> str:
    parts, size = [], 0
    while chunk := await stream.read(2**16):
        size += len(chunk)
        if size > _MOST:
            raise KubectlError("kubectl printed more than 64 MiB", remedy="Ask for fewer objects, with a name, -l or -n.")
        parts.append(chunk)
    return b"".join(parts).decode("utf-8", "replace")


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

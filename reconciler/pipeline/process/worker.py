"""A compiler in a process of its own: large compiles then cost the event loop nothing but what it is told of them.

The two ends take turns over a socket; what they say is a `Correspondence`, so a message costs what changed. Of the tree of a
revision only the difference to the last one is sent.

The worker holds nothing that outlives it. So it is never asked to stop, but killed: by `close`, and by a call that does not
come to its end, which leaves the two ends in disagreement about whose turn it is. A worker that dies is noticed by whoever waits
for it, as a temporary error; the next call starts another, which has to be told everything anew. The price: to cancel a compile
is to lose the memo with it.

It is a session of its own, deaf to SIGINT and SIGTERM: when to stop is decided here. Where this process is killed, the worker
hears the other end of the socket close, and exits, from the middle of a compile as well.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Any

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized, Tree, TreeEntry
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.wire import Correspondence


class WorkerDiedError(TemporaryError):
    """The compiler's process ended, or could not be started; nothing was decided."""


class InWorker:
    """A CompilerClient. The first call starts the worker, and so does the first call after it died; use it as a context."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._line: _Line | None = None
        self._closed = False
        self.sent = 0
        """Bytes, as `received`."""
        self.received = 0

    async def __aenter__(self) -> InWorker:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """For good. A call that is under way fails."""
        self._closed = True
        if self._line is not None:
            self._line.process.kill()
        async with self._turn:
            if self._line is not None:
                await self._line.end()
                self._line = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._line.process.pid if self._line else None

    async def missing(self, tree: Tree) -> set[str]:
        return await self._ask("missing", tree)  # type: ignore[no-any-return]

    async def load(
        self, tree: Tree, blobs: Mapping[str, bytes | Oversized], *, check: Collection[str] | None = None
    ) -> DesiredState:
        named = {entry.blob for entry in tree.values()}
        needed = {blob: content for blob, content in blobs.items() if blob in named}
        return await self._ask("load", tree, needed, check)  # type: ignore[no-any-return]

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        return await self._ask("compile", None, desired, recorded, now, settled)  # type: ignore[no-any-return]

    async def next_pass(self) -> None:
        await self._ask("next_pass", None)

    async def _ask(self, verb: str, tree: Tree | None, *arguments: Any) -> Any:
        async with self._turn:
            if self._closed:
                raise WorkerDiedError("the compiler was closed")
            line = self._line = self._line or _Line.open()
            try:
                answer, failure = await self._exchange(line, verb, tree, arguments)
            except (OSError, EOFError) as error:
                self._line = None
                await line.end(died=True)
                raise WorkerDiedError(
                    f"the compiler's process {line.fate}",
                    remedy="Try again: another one is started. If that ends as well, it may need more memory than it is given.",
                ) from error
            except BaseException:
                self._line = None
                await line.end()
                raise
        if failure is not None:
            raise failure
        return answer

    async def _exchange(
        self, line: _Line, verb: str, tree: Tree | None, arguments: tuple[Any, ...]
    ) -> tuple[Any, BaseException | None]:
        """The one place where the two ends meet; what takes time for large values crosses into a thread."""
        request = await asyncio.to_thread(line.request, verb, tree, arguments)
        self.sent += len(request)
        reader, writer = await line.streams()
        writer.write(_framed(request))
        await writer.drain()
        size = int.from_bytes(await reader.readexactly(_SIZE))
        reply = await reader.readexactly(size)
        self.received += size
        return await asyncio.to_thread(line.reply, verb, reply)


@dataclass(slots=True)
class _Line:
    """One worker, and what has to be forgotten with it."""

    process: subprocess.Popen[bytes]
    end_here: socket.socket
    correspondence: Correspondence = field(default_factory=lambda: Correspondence(begins=True))
    tree: Tree = field(default_factory=dict)
    """The last that the worker was told of."""
    open_streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @staticmethod
    def open() -> _Line:
        """Another Python, rather than a copy of this process: here are threads. It finds modules where they were found here,
        and looks for reference cycles as often."""
        here, there = socket.socketpair()
        with there:
            thresholds = map(str, gc.get_threshold())
            command = [sys.executable, "-c", _ENTRANCE, str(there.fileno()), *thresholds, *sys.path]
            try:
                process = subprocess.Popen(  # noqa: S603 - ourselves
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(there.fileno(),),
                    start_new_session=True,
                )
            except OSError as error:
                here.close()
                raise WorkerDiedError(f"the compiler's process could not be started: {error.strerror}") from error
        return _Line(process, here)

    async def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.open_streams is None:
            self.open_streams = await asyncio.open_connection(sock=self.end_here, limit=_BUFFER)
        return self.open_streams

    def request(self, verb: str, tree: Tree | None, arguments: tuple[Any, ...]) -> bytes:
        if tree is not None:
            arguments = (_difference(self.tree, tree), *arguments)
            self.tree = tree
        return self.correspondence.write((verb, arguments))

    def reply(self, verb: str, page: bytes) -> tuple[Any, BaseException | None]:
        """The answer, or the error that is one."""
        answer, failure = self.correspondence.read(page)
        if verb == "next_pass":
            self.correspondence.next_pass()
        return answer, failure

    async def end(self, *, died: bool = False) -> None:
        """died: it hung up by itself, and has a moment to be found dead of whatever it was."""
        if self.open_streams is None:
            self.end_here.close()
        else:
            _, writer = self.open_streams
            writer.close()
        if not died:
            self.process.kill()
        await asyncio.to_thread(self._reap)

    def _reap(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_MOMENT)
        self.process.kill()
        self.process.wait()

    @property
    def fate(self) -> str:
        status = self.process.returncode or 0
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def serve(descriptor: int, *thresholds: int) -> None:
    """The whole life of a worker. descriptor: its end of the socket. thresholds: of the garbage collector."""
    for unwanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(unwanted, signal.SIG_IGN)
    gc.set_threshold(*thresholds)
    line = socket.socket(fileno=descriptor)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, requests), daemon=True).start()
    correspondence, bench = Correspondence(begins=False), _Bench()
    while True:
        verb, arguments = correspondence.read(requests.get())
        reply = _answer(bench, verb, arguments, correspondence)
        with suppress(OSError):  # Nobody is there any more, as the listener is about to find out.
            line.sendall(_framed(reply))
        if verb == "next_pass":
            correspondence.next_pass()


def _listen(line: socket.socket, requests: queue.SimpleQueue[bytes]) -> None:
    """In a thread of its own, so that the other end's death is heard in the middle of a compile."""
    with suppress(OSError, EOFError):
        while True:
            size = int.from_bytes(_receive(line, _SIZE))
            requests.put(_receive(line, size))
    os._exit(0)


def _receive(line: socket.socket, size: int) -> bytes:
    page = bytearray(size)
    rest = memoryview(page)
    while rest:
        got = line.recv_into(rest)
        if not got:
            raise EOFError
        rest = rest[got:]
    return bytes(page)


def _answer(bench: _Bench, verb: str, arguments: tuple[Any, ...], correspondence: Correspondence) -> bytes:
    """An error is an answer as well."""
    try:
        return correspondence.write((getattr(bench, verb)(*arguments), None))
    except ReconcilerError as error:
        return correspondence.write((None, error))
    except Exception as error:
        return correspondence.write((None, _fit_to_travel(error)))


def _fit_to_travel(error: Exception) -> Exception:
    """An unexpected error, with the text of where it arose; that alone if it cannot be had again on the other side."""
    told = f"In the compiler's process:\n{traceback.format_exc()}"
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own words
    except Exception:
        return RuntimeError(told)
    error.add_note(told)
    return error


class _Bench:
    """The compiler with what lies beside it. Its methods are those of a CompilerClient, as they are told."""

    def __init__(self) -> None:
        self._compiler = Compiler()
        self._tree: Tree = {}
        self._templates: Mapping[ResourceKey, CompiledTemplate] = {}

    def missing(self, difference: _Difference) -> set[str]:
        self._tree = _applied(self._tree, difference)
        return self._compiler.missing(self._tree)

    def load(
        self, difference: _Difference, blobs: Mapping[str, bytes | Oversized], check: Collection[str] | None
    ) -> DesiredState:
        if not self.missing(difference) <= blobs.keys():
            message = "the compiler was started anew after it had been asked which files it needs"
            raise TemporaryError(message, remedy="Try again from the beginning.")
        return self._compiler.load(self._tree, blobs, check=check)

    def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, settled: bool) -> Compiled:
        """Where a template comes out equal to the last time, the result has the same object."""
        compiled = self._compiler.compile(desired, recorded, now, settled=settled)
        self._templates = {key: self._as_before(key, item) for key, item in compiled.templates.items()}
        return replace(compiled, templates=self._templates)

    def _as_before(self, key: ResourceKey, item: CompiledTemplate) -> CompiledTemplate:
        before = self._templates.get(key)
        if before is None or before.decided.previous is not item.decided.previous or before != item:
            return item
        return before

    def next_pass(self) -> None:
        self._compiler.next_pass()


_Difference = tuple[Mapping[str, TreeEntry], Collection[str]]
"""What stands in a tree now and did not before, and the paths that are gone."""


def _difference(before: Tree, after: Tree) -> _Difference:
    changed = {path: entry for path, entry in after.items() if before.get(path) != entry}
    return changed, before.keys() - after.keys()


def _applied(before: Tree, difference: _Difference) -> Tree:
    changed, gone = difference
    return dict(sorted({**{path: entry for path, entry in before.items() if path not in gone}, **changed}.items()))


def _framed(page: bytes) -> bytes:
    return len(page).to_bytes(_SIZE) + page


_SIZE = 8
"""Bytes that tell the length of what follows."""
_BUFFER = 1 << 20
_MOMENT = 1.0
"""Seconds."""
_ENTRANCE = """
import sys
own, sys.path[:] = map(int, sys.argv[1:5]), sys.argv[5:]
from reconciler.pipeline.process.worker import serve
serve(*own)
"""

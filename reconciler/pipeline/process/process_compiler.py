"""A compiler in a process of its own, so that a large compile does not stop the event loop: the side that sends requests.

Both sides take turns over a socket: one request, one reply. A message costs what changed since the last one (`wire.py`).

The worker has no state that must be saved. So it never gets a request to stop; it is killed: by `close`, and when a call is
cancelled or interrupted, because then the two sides no longer agree whose turn it is. When the worker dies, the waiting call
raises a temporary error, and the next call starts another worker, which receives everything again. The price: cancelling a
compile loses its memo.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

from reconciler.errors import TemporaryError
from reconciler.model.desired import DesiredState
from reconciler.model.expansion import NO_EXPANSIONS, Expansions
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.child import exit_reason, start_child
from reconciler.pipeline.process.messages import LENGTH_BYTES, Reply, tree_changes, with_length
from reconciler.pipeline.process.wire import WireCodec


class WorkerDiedError(TemporaryError):
    """The worker process ended, or could not be started; nothing was decided."""


class ProcessCompiler:
    """A CompilerClient. Use it as a context manager. The first call starts the worker; so does the first call after it died."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._worker: _WorkerProcess | None = None
        self._closed = False
        self.sent = 0
        """Bytes sent to workers so far."""
        self.received = 0
        """Bytes received from workers so far."""

    async def __aenter__(self) -> ProcessCompiler:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the worker for good. A call in progress fails."""
        self._closed = True
        if self._worker is not None:
            self._worker.process.kill()
        async with self._turn:
            if self._worker is not None:
                await self._worker.end()
                self._worker = None

    @property
    def pid(self) -> int | None:
        """The id of the worker process, while there is one."""
        return self._worker.process.pid if self._worker else None

    @property
    def remembered(self) -> int:
        """How many values this process and the worker remember, so that they need not be sent again."""
        return len(self._worker.codec.memory) if self._worker else 0

    async def missing(self, tree: Tree) -> set[str]:
        return await self._call("missing", tree)  # type: ignore[no-any-return]

    async def load(
        self,
        tree: Tree,
        blobs: Mapping[str, bytes | Oversized],
        *,
        check: Collection[str] | None = None,
        judges: Tenancy | None = None,
    ) -> DesiredState:
        ids = {entry.blob for entry in tree.values()}
        needed = {blob: content for blob, content in blobs.items() if blob in ids}
        return await self._call("load", tree, needed, check, judges)  # type: ignore[no-any-return]

    async def compile(
        self,
        desired: DesiredState,
        recorded: RecordedState,
        now: datetime,
        expansions: Expansions = NO_EXPANSIONS,
        *,
        settled: bool = False,
    ) -> Compiled:
        return await self._call("compile", None, desired, recorded, now, dict(expansions), settled)  # type: ignore[no-any-return]

    async def next_pass(self) -> None:
        await self._call("next_pass", None)

    async def _call(self, verb: str, tree: Tree | None, *arguments: Any) -> Any:
        async with self._turn:
            if self._closed:
                raise WorkerDiedError("the compiler was closed")
            worker = self._worker = self._worker or _WorkerProcess.start()
            try:
                result, error = await self._exchange(worker, verb, tree, arguments)
            except (OSError, EOFError) as failure:
                self._worker = None
                await worker.end(died=True)
                raise WorkerDiedError(
                    f"the compiler's process {exit_reason(worker.process)}",
                    remedy="Try again: a new process is started. If that ends as well, it may need more memory than it can get.",
                ) from failure
            except BaseException:
                self._worker = None
                await worker.end()
                raise
        if error is not None:
            raise error
        return result

    async def _exchange(self, worker: _WorkerProcess, verb: str, tree: Tree | None, arguments: tuple[Any, ...]) -> Reply:
        """One request and its reply. Encoding and decoding take time for large values, so they run in a thread."""
        request = await asyncio.to_thread(worker.encode_request, verb, tree, arguments)
        self.sent += len(request)
        reader, writer = await worker.open_streams()
        writer.write(with_length(request))
        await writer.drain()
        length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
        reply = await reader.readexactly(length)
        self.received += length
        return await asyncio.to_thread(worker.decode_reply, verb, reply)


@dataclass(slots=True)
class _WorkerProcess:
    """One worker, and the state that both sides share; a new worker starts with a new one."""

    process: subprocess.Popen[bytes]
    socket: socket.socket
    codec: WireCodec = field(default_factory=lambda: WireCodec(starts=True))
    tree: Tree = field(default_factory=dict)
    """The last tree that was sent."""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @staticmethod
    def start() -> _WorkerProcess:
        """It has this process's thresholds of the garbage collector."""
        try:
            process, near = start_child("reconciler.pipeline.process.worker", *gc.get_threshold())
        except OSError as error:
            raise WorkerDiedError(f"the compiler's process could not be started: {error.strerror}") from error
        return _WorkerProcess(process, near)

    async def open_streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.streams is None:
            self.streams = await asyncio.open_connection(sock=self.socket, limit=_BUFFER)
        return self.streams

    def encode_request(self, verb: str, tree: Tree | None, arguments: tuple[Any, ...]) -> bytes:
        if tree is not None:
            arguments = (tree_changes(self.tree, tree), *arguments)
            self.tree = tree
        return self.codec.encode((verb, arguments))

    def decode_reply(self, verb: str, message: bytes) -> Reply:
        reply: Reply = self.codec.decode(message)
        if verb == "next_pass":
            self.codec.next_pass()
        return reply

    async def end(self, *, died: bool = False) -> None:
        """died: the worker closed the connection itself; wait a moment for its exit status before killing it."""
        if self.streams is None:
            self.socket.close()
        else:
            _, writer = self.streams
            writer.close()
        if not died:
            self.process.kill()
        await asyncio.to_thread(self._reap)

    def _reap(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_EXIT_TIMEOUT)
        self.process.kill()
        self.process.wait()


_BUFFER = 1 << 20
"""Bytes of a reply that are read ahead."""
_EXIT_TIMEOUT = 1.0
"""Seconds."""

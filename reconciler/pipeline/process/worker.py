"""The worker process: the side that answers (`process_compiler.py` is the other).

When the other side closes the socket, because it ended or was killed, the worker exits at once, also in the middle of a compile.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import socket
import threading
import traceback
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.desired import DesiredState
from reconciler.model.expansion import Expansions
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.allocator import return_large_blocks
from reconciler.pipeline.process.messages import TreeChanges, apply_tree_changes, receive, with_length
from reconciler.pipeline.process.query_process import queries_in_their_own_process
from reconciler.pipeline.process.script_process import scripts_in_their_own_process
from reconciler.pipeline.process.wire import WireCodec


def serve(descriptor: int, *thresholds: int) -> None:
    """The whole life of a worker. descriptor: its end of the socket. thresholds: of the garbage collector."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    gc.set_threshold(*thresholds)
    return_large_blocks()
    connection = socket.socket(fileno=descriptor)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive_requests, args=(connection, requests), daemon=True).start()
    codec, service = WireCodec(starts=False), CompilerService()
    with scripts_in_their_own_process(), queries_in_their_own_process():
        while True:
            verb, arguments = codec.decode(requests.get())
            reply = _answer(service, verb, arguments, codec)
            with suppress(OSError):  # The other side is gone; the receiving thread is about to end this process.
                connection.sendall(with_length(reply))
            if verb == "next_pass":
                codec.next_pass()


def _receive_requests(connection: socket.socket, requests: queue.SimpleQueue[bytes]) -> None:
    """Runs in a thread of its own, so that the end of the other side is noticed during a compile."""
    with suppress(OSError, EOFError):
        while True:
            requests.put(receive(connection))
    os._exit(0)


def _answer(service: CompilerService, verb: str, arguments: tuple[Any, ...], codec: WireCodec) -> bytes:
    """The encoded reply: the result, or the error that was raised."""
    try:
        return codec.encode((getattr(service, verb)(*arguments), None))
    except ReconcilerError as error:
        return codec.encode((None, error))
    except Exception as error:
        return codec.encode((None, _with_traceback(error)))


def _with_traceback(error: Exception) -> Exception:
    """An unexpected error with its traceback as a note; a RuntimeError with the traceback where the error cannot be sent."""
    text = f"In the compiler's process:\n{traceback.format_exc()}"
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own data
    except Exception:
        return RuntimeError(text)
    error.add_note(text)
    return error


class CompilerService:
    """Carries out requests. Its methods are those of CompilerClient, with trees as changes."""

    def __init__(self) -> None:
        self._compiler = Compiler()
        self._tree: Tree = {}
        self._templates: Mapping[ResourceKey, CompiledTemplate] = {}

    def missing(self, changes: TreeChanges) -> set[str]:
        self._tree = apply_tree_changes(self._tree, changes)
        return self._compiler.missing(self._tree)

    def load(
        self,
        changes: TreeChanges,
        blobs: Mapping[str, bytes | Oversized],
        check: Collection[str] | None,
        judges: Tenancy | None,
    ) -> DesiredState:
        """Raises TemporaryError where this worker is new and the blobs are those that its predecessor needed."""
        if not self.missing(changes) <= blobs.keys():
            message = "a new compiler process was started after the old one had listed the files that it needs"
            raise TemporaryError(message, remedy="Try again from the beginning.")
        return self._compiler.load(self._tree, blobs, check=check, judges=judges)

    def compile(
        self, desired: DesiredState, recorded: RecordedState, now: datetime, expansions: Expansions, settled: bool
    ) -> Compiled:
        """A template whose result equals that of the last time has the same object in the result, which is not sent again."""
        compiled = self._compiler.compile(desired, recorded, now, expansions, settled=settled)
        self._templates = {key: self._same_if_equal(key, item) for key, item in compiled.templates.items()}
        return replace(compiled, templates=self._templates)

    def _same_if_equal(self, key: ResourceKey, item: CompiledTemplate) -> CompiledTemplate:
        last = self._templates.get(key)
        if last is None or last.decided.previous is not item.decided.previous or last != item:
            return item
        return last

    def next_pass(self) -> None:
        self._compiler.next_pass()

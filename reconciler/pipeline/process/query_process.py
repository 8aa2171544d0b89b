"""Evaluates JSONPath and jq in a process of their own, so that every query ends, whatever it asks for.

The kernel ends the process when a query has used `PROCESSOR_SECONDS`, and limits its memory. The process has no environment, so
that jq reads neither variables nor `~/.jq`. A query that ended the process is not tried again. The first query starts it.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.write_policy import Query
from reconciler.pipeline.process.child import exit_reason, start_child
from reconciler.pipeline.process.messages import receive, with_length
from reconciler.query.locate import InThisProcess, using
from reconciler.query.pointers import Location

PROCESSOR_SECONDS = 1
"""Per query and object."""
MEMORY = 1 << 30
"""Bytes of address space of the process."""
_PATIENCE = 60.0
"""Seconds until a process that gives no answer is taken for broken, on a machine that is not too busy to run it."""
_LARGEST_REPLY = 8 << 20
_LOCATE, _PROBLEM = "locate", "problem"


class QueryProcess:
    """A `locate.Runner`. Safe for use by several threads: one query at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._given_up: dict[Query, str] = {}
        """Query → why it is not evaluated again."""

    def locate(self, query: Query, document: Any) -> tuple[Location, ...]:
        found: tuple[Location, ...] = self._ask(_LOCATE, query, document)
        return found

    def problem(self, query: Query) -> str:
        return str(self._ask(_PROBLEM, query))

    @property
    def pid(self) -> int | None:
        """The id of the process, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, verb: str, query: Query, *arguments: Any) -> Any:
        """Raises ReconcilerError."""
        request = with_length(pickle.dumps((verb, query, arguments), protocol=pickle.HIGHEST_PROTOCOL))
        with self._lock:
            if reason := self._given_up.get(query):
                raise ReconcilerError(reason)
            try:
                result, error = self._answer_to(request)
            except (OSError, EOFError) as failure:
                self._given_up[query] = reason = self._buried(failure)
                raise ReconcilerError(reason) from None
            except BaseException:  # Interrupted, so the two sides no longer agree whose turn it is.
                self._end()
                raise
        if error:
            raise ReconcilerError(error)
        return result

    def _answer_to(self, request: bytes) -> tuple[Any, str]:
        """Raises OSError and EOFError when the query ends the process."""
        process = self._process
        try:
            return self._exchange(request)
        except (OSError, EOFError) as failure:
            if process is None or isinstance(failure, TimeoutError):
                raise
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
            if process.returncode == -signal.SIGPROF:
                raise
            self._end()  # Something else may have ended it, and not because of the query.
            return self._exchange(request)

    def _exchange(self, request: bytes) -> tuple[Any, str]:
        """Raises OSError and EOFError when the process ends."""
        if self._process is not None and self._process.poll() is not None:
            self._end()  # Not because of a query: it waited for one.
        if self._socket is None:
            try:
                self._process, self._socket = start_child(__name__, show_errors=False)
            except OSError as error:
                raise TemporaryError(f"the process for queries could not be started: {error.strerror}") from error
            self._socket.settimeout(_PATIENCE)
        self._socket.sendall(request)
        reply: tuple[Any, str] = pickle.loads(receive(self._socket, _LARGEST_REPLY))  # noqa: S301 - plain data of ours
        return reply

    def _buried(self, failure: Exception) -> str:
        """How the process ended. There is none after this."""
        process = self._process
        if process is None or isinstance(failure, TimeoutError):
            self._end()
            return f"stopped: there was no answer within {_PATIENCE:.0f} seconds"
        with suppress(subprocess.TimeoutExpired):  # The socket closes a moment earlier.
            process.wait(1)
        self._end()
        if process.returncode == -signal.SIGPROF:
            return f"stopped: it did not end within {PROCESSOR_SECONDS} second of processor time"
        return f"stopped: the process in which it ran {exit_reason(process)}"

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None


@contextmanager
def queries_in_their_own_process() -> Iterator[None]:
    """Queries of this process are evaluated in another one, until the end of the block."""
    process = QueryProcess()
    try:
        with using(process):
            yield
    finally:
        process.close()


def serve(descriptor: int) -> None:
    """The whole life of the process. It ends when the other side closes the socket."""
    connection = socket.socket(fileno=descriptor)
    os.environ.clear()
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CORE, 0)
    runner = InThisProcess()
    with suppress(OSError, EOFError):
        while True:
            verb, query, arguments = pickle.loads(receive(connection))  # noqa: S301 - from the program itself
            # Nothing handles SIGPROF, so it ends the process.
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
            reply = _answer(runner, verb, query, arguments)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.sendall(with_length(pickle.dumps(reply, protocol=pickle.HIGHEST_PROTOCOL)))


def _answer(runner: InThisProcess, verb: str, query: Query, arguments: tuple[Any, ...]) -> tuple[Any, str]:
    """(result, error)."""
    try:
        return (runner.locate(query, *arguments) if verb == _LOCATE else runner.problem(query)), ""
    except ReconcilerError as error:
        return None, error.message
    except MemoryError:
        return None, "not enough memory"


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))

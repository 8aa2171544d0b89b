"""Runs Lua scripts in a process of their own, so that every call ends, whatever the script does.

The sandbox counts instructions and memory (`interpreter/lua.py`), but one instruction can take very long. The kernel counts, too:
it ends the process when a call has used `PROCESSOR_SECONDS`, also within one instruction, and limits its memory. The limit is
processor time, so that it does not depend on how busy the machine is. The call then fails as that of a broken script does, and
names the script; the next call gets a new process. A rule that was stopped this way is not tried again in this process.

Every process that runs rules uses it: the one of a command, that of `run`, and the compiler's worker. The first call starts it.
Requests and replies take turns over a socket. Both sides use plain calls, because rules are plain functions.
"""

from __future__ import annotations

import pickle
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import TemporaryError
from reconciler.interpreter import lua
from reconciler.interpreter.lua import Script, ScriptError
from reconciler.pipeline.process.child import exit_reason, start_child
from reconciler.pipeline.process.messages import receive, with_length

PROCESSOR_SECONDS = 5
"""Per call. The budget of instructions ends after about half a second."""
MEMORY = 2 << 30
"""Bytes of address space of the process; its Lua state has a limit of its own."""
_PATIENCE = 120.0
"""Seconds until a process that gives no answer is taken for broken, on a machine that is not too busy to run it."""
_LARGEST_REPLY = 8 << 20
"""Bytes. The sandbox allows results of half of it."""
_SCRIPTS = 512
"""Scripts that both sides remember."""
_DONE, _FAILED = b"+", b"-"


class ScriptProcess:
    """A `lua.Runner`. Safe for use by several threads: one call at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._given_up: dict[tuple[str, str], str] = {}
        """Script and function → why they are not called again."""

    def run(self, script: Script, function: str, arguments: Sequence[Any], results: int, seconds: int | None) -> bytes:
        return self._ask(script, function, (function, arguments, results, seconds))

    def check(self, text: str) -> None:
        self._ask(Script("", text), "", None)

    def close(self) -> None:
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The id of the process, while there is one."""
        return self._child.process.pid if self._child else None

    def _ask(self, script: Script, function: str, call: tuple[Any, ...] | None) -> bytes:
        with self._lock:
            if reason := self._given_up.get((script.text, function)):
                raise ScriptError(reason)
            try:
                reply = self._answer_of(script, call)
            except ScriptError as error:
                self._given_up[script.text, function] = error.message
                if len(self._given_up) > _SCRIPTS:
                    del self._given_up[next(iter(self._given_up))]
                raise
            except BaseException:  # Interrupted, so the two sides no longer agree whose turn it is.
                self._end()
                raise
        if reply[:1] == _FAILED:
            raise ScriptError(reply[1:])
        return reply[1:]

    def _answer_of(self, script: Script, call: tuple[Any, ...] | None) -> bytes:
        """Raises ScriptError if the call ends the process."""
        try:
            return self._child_now().ask(script, call)
        except (OSError, EOFError) as failure:
            if self._used_up(failure):
                raise ScriptError(f"stopped: it did not end within {PROCESSOR_SECONDS} seconds of processor time") from None
        # Something else ended the process, and not always because of the script.
        try:
            return self._child_now().ask(script, call)
        except (OSError, EOFError) as failure:
            child, timed_out = self._child, isinstance(failure, TimeoutError)
            self._used_up(failure)
            ending = f"gave no answer within {_PATIENCE:.0f} seconds" if timed_out or not child else exit_reason(child.process)
            raise ScriptError(f"stopped: the process in which it ran {ending}") from None

    def _child_now(self) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._end()
        if self._child is None:
            try:
                process, near = start_child(__name__, show_errors=False)
            except OSError as error:
                raise _NotStartedError(f"the process for scripts could not be started: {error.strerror}") from error
            near.settimeout(_PATIENCE)
            self._child = _Child(process, near)
        return self._child

    def _used_up(self, failure: Exception) -> bool:
        """Whether the process ended because it used its processor time. There is no process after this."""
        child = self._child
        if child is None:
            return False
        if not isinstance(failure, TimeoutError):
            with suppress(subprocess.TimeoutExpired):  # The socket closes a moment earlier.
                child.process.wait(1)
        self._end()
        return child.process.returncode == -signal.SIGPROF

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _NotStartedError(TemporaryError):
    """There is no process, so nothing is known about the script."""


@dataclass(slots=True)
class _Child:
    """One process, and what was sent to it."""

    process: subprocess.Popen[bytes]
    socket: socket.socket
    scripts: dict[tuple[str, int], int] = field(default_factory=dict)
    """Text and modules → number. Each script is sent once."""
    modules: dict[int, Any] = field(default_factory=dict)
    """The modules in `scripts`, kept alive, so that no others can get their identity."""

    def ask(self, script: Script, call: tuple[Any, ...] | None) -> bytes:
        """Raises OSError and EOFError when the process ends."""
        key = (script.text, id(script.modules) if script.modules else 0)
        number = self.scripts.get(key)
        new = None
        if number is None:
            if len(self.scripts) >= _SCRIPTS:
                self.scripts.clear()
                self.modules.clear()
            number = self.scripts[key] = len(self.scripts)
            self.modules[number] = script.modules
            new = (script.text, dict(script.modules))
        request = pickle.dumps((number, new, call), protocol=pickle.HIGHEST_PROTOCOL)
        self.socket.sendall(with_length(request))
        return receive(self.socket, _LARGEST_REPLY)

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()


@contextmanager
def scripts_in_their_own_process() -> Iterator[None]:
    """Scripts that this process calls run in another one, until the end of the block."""
    process = ScriptProcess()
    try:
        with lua.using(process):
            yield
    finally:
        process.close()


def serve(descriptor: int) -> None:
    """The whole life of the process. It ends when the other side closes the socket."""
    connection = socket.socket(fileno=descriptor)
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CORE, 0)
    scripts: dict[int, Script] = {}
    with suppress(OSError, EOFError):
        while True:
            number, new, call = pickle.loads(receive(connection))  # noqa: S301 - from the program itself
            if new is not None:
                scripts[number] = Script("", *new)
            # Nothing handles SIGPROF, so it ends the process.
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
            reply = _answer(scripts[number], call)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.sendall(with_length(reply))


def _answer(script: Script, call: tuple[Any, ...] | None) -> bytes:
    runner = lua.InThisProcess()
    try:
        if call is None:
            runner.check(script.text)
            return _DONE
        return _DONE + runner.run(script, *call)
    except ScriptError as error:
        return _FAILED + error.message.encode(errors="replace")
    except MemoryError:
        return _FAILED + b"not enough memory"


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))

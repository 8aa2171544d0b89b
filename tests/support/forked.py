"""Python processes that are forked from one that has imported the program (`fork_server.py`), in place of new ones."""

from __future__ import annotations

import atexit
import ctypes
import inspect
import os
import pickle
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import fork_server

PROJECT = Path(__file__).parents[2]
READ_AT_THE_START = ("PYTHON", "OTEL_", "GIT_PYTHON_", "LANG", "LC_", "TZ", "LD_", "MALLOC_")
"""How the names of variables begin that Python and libraries read when they start. A process with others than those of the fork
server is a new one."""
_PR_SET_CHILD_SUBREAPER = 36


class ForkServer:
    """The side that orders. Safe for use by several threads."""

    def __init__(
        self, orders: socket.socket, began_with: Mapping[str, str], process: subprocess.Popen[Any] | None = None
    ) -> None:
        """began_with: the environment of the server. process: the server, where this process started it."""
        self._orders, self._process = orders, process
        self._environment = _read_at_the_start(began_with)
        self._lock = threading.Lock()

    @staticmethod
    def start(environment: Mapping[str, str]) -> ForkServer:
        """A new one, which ends with this process."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.support.fork_server", str(far.fileno())]
        with far:
            process = subprocess.Popen(command, env=environment, cwd=PROJECT, stdin=subprocess.DEVNULL, pass_fds=(far.fileno(),))
        server = ForkServer(near, environment, process)
        atexit.register(server.close)
        return server

    def close(self) -> None:
        """Ends the server; what it forked goes on."""
        self._orders.close()
        if self._process is not None:
            self._process.wait()

    def forks(self, order: fork_server.Order) -> bool:
        """Whether what it forks is as the new process would be."""
        return order.words[0] in ("-m", "-c", "-P") and _read_at_the_start(order.environment) == self._environment

    def fork(self, order: fork_server.Order, descriptors: list[int]) -> int:
        """The id of the process, which is a child of this one."""
        message = pickle.dumps(order)
        with self._lock:
            _adopt_orphans(True)
            try:
                socket.send_fds(self._orders, [message], descriptors)
                answer = self._orders.recv(4)
            finally:
                _adopt_orphans(False)
        if not answer:
            raise OSError("the fork server ended; its own error is above")
        return int.from_bytes(answer)


class Starter:
    """What `subprocess` is to a module whose processes are to be forked."""

    DEVNULL, PIPE = subprocess.DEVNULL, subprocess.PIPE

    def __init__(self, server: ForkServer) -> None:
        self._server = server

    def Popen(self, command: Any, **options: Any) -> subprocess.Popen[Any]:  # noqa: N802 - as that of subprocess
        return ForkedPopen(self._server, command, **options)


class ForkedPopen(subprocess.Popen[Any]):
    """A Popen like any other. Its process is a fork where that makes no difference (`ForkServer.forks`), else a new one."""

    def __init__(self, server: ForkServer, command: Any, **options: Any) -> None:
        self._server = server
        super().__init__(command, **options)

    def _execute_child(self, *arguments: Any) -> None:
        """What subprocess itself calls between opening pipes and closing the other ends."""
        base: Any = super()
        said = _SIGNATURE.bind(self, *arguments).arguments
        order, descriptors = _order(said)
        if any(said[name] not in (None, -1) for name in _CHANGES_WHAT_IS_INHERITED) or not self._server.forks(order):
            base._execute_child(*arguments)
            return
        try:
            self.pid = self._server.fork(order, descriptors)
            self._child_created = True
        finally:
            base._close_pipe_fds(*(said[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")))


_EXECUTE: Any = subprocess.Popen.__dict__["_execute_child"]
_SIGNATURE = inspect.signature(_EXECUTE)
_CHANGES_WHAT_IS_INHERITED = ("preexec_fn", "uid", "gid", "gids", "umask", "process_group")


def _order(said: Mapping[str, Any]) -> tuple[fork_server.Order, list[int]]:
    """From the arguments of `_execute_child`, and the descriptors that go with it."""
    python, *words = map(str, said["args"])
    streams = [number if given == -1 else given for number, given in enumerate(said[name] for name in _STREAMS)]
    passed = sorted(map(int, said["pass_fds"]))
    environment = dict(os.environ if said["env"] is None else said["env"])
    order = fork_server.Order(
        words=tuple(words) if python == sys.executable and words else ("",),
        environment=environment,
        folder=str(Path.cwd() if said["cwd"] is None else said["cwd"]),
        descriptors=(0, 1, 2, *passed),
        session=said["start_new_session"],
        limits={which: resource.getrlimit(which) for which in _LIMITS},
    )
    return order, [*streams, *passed]


_STREAMS = ("p2cread", "c2pwrite", "errwrite")
_LIMITS = {number for name, number in vars(resource).items() if name.startswith("RLIMIT_")}


def _read_at_the_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_THE_START)}


def _adopt_orphans(whether: bool) -> None:
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(whether), 0, 0, 0):
        raise OSError("this system adopts no orphans (PR_SET_CHILD_SUBREAPER)")

"""The process that has imported the program, and forks for each Python process that a test starts (`forked.py`).

An import of `run` takes two seconds of CPU, that of its worker one, and tests start hundreds of them. A fork takes milliseconds.
What is forked is as a new process is: nothing of the program was called here, there is no thread, no event loop and no open file,
and each process gets its own arguments, environment, folder, standard streams and signals. It ends as every Python does.

A process is the child of the one that asked for it: it is forked twice, and the asking process is meanwhile the one that adopts
orphans (`PR_SET_CHILD_SUBREAPER`). So whoever asked waits for it, and gets its status from the kernel.

What is forked starts processes itself, such as the compiler's worker. For these it has a server of its own: a fork of this one,
which does nothing else and ends with it.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import io
import os
import pickle
import pkgutil
import resource
import runpy
import signal
import socket
import sys
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from reconciler.pipeline.process import child as starts_children

LONGEST_ORDER = 1 << 17
"""Bytes: an environment and arguments."""
MOST_DESCRIPTORS = 16
_OF_OTHERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C and the end of a terminal are for those who order."""
_FREE = 400
"""From this number on, no descriptor is in use."""


@dataclass(frozen=True, slots=True)
class Order:
    """One process that is to be started."""

    words: tuple[str, ...]
    """What stands behind `python`: `-m MODULE ARGUMENTS` or `-c CODE ARGUMENTS`, maybe after -P."""
    environment: Mapping[str, str]
    folder: str
    descriptors: tuple[int, ...]
    """Which numbers the descriptors that come with it are to have."""
    session: bool
    """Whether it begins a session of its own."""
    limits: Mapping[int, tuple[int, int]]
    """Soft and hard, of whoever orders: what ran in that process may have lowered them."""


def main() -> None:
    """`python -m tests.support.fork_server DESCRIPTOR`, of its end of a socket."""
    atexit.register(_leave_modules, frozenset(sys.modules))
    for module in pkgutil.walk_packages(import_module("reconciler").__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.collect()
    gc.freeze()
    path = sys.path[1:]
    inherited = {name: signal.getsignal(name) for name in _OF_OTHERS}
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    for name, action in inherited.items():  # A shell's background jobs, and what they start, ignore SIGINT.
        signal.signal(name, action)
    _run(order, path)


def _leave_modules(but: Container[str]) -> None:
    """The last that is done before Python ends: it clears no module that was imported here, which would take most of the time of
    most processes. but: of Python itself."""
    left = {name: module for name, module in sys.modules.items() if name not in but}
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(left))
    for name in left:
        del sys.modules[name]


def _serve(orders: socket.socket) -> Order:
    """Returns in each process that it forks, and ends when nobody is left who orders."""
    for ignored in _OF_OTHERS:
        signal.signal(ignored, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, LONGEST_ORDER, MOST_DESCRIPTORS)
        if not message:
            os._exit(0)
        order: Order = pickle.loads(message)  # noqa: S301 - from a test
        ours, theirs = os.pipe()
        between = os.fork()
        if between == 0:
            between = os.getpid()
            if process := os.fork():
                os.write(theirs, process.to_bytes(4))
                os._exit(0)
            while os.getppid() == between:  # Until it is the child of the process that ordered it.
                time.sleep(0.0005)
            if _has_a_server(order, descriptors):
                return order
            orders = socket.socket(fileno=3)
            continue
        os.waitpid(between, 0)
        orders.send(os.read(ours, 4))
        for descriptor in (ours, theirs, *descriptors):
            os.close(descriptor)


def _has_a_server(order: Order, descriptors: Sequence[int]) -> bool:
    """Returns twice: True in the process that was ordered, with its descriptors and no others; False in the server for what this
    one starts, which gets its orders by descriptor 3."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        _keep({0: nowhere, 1: nowhere, 2: nowhere, 3: far.detach()})
        near.detach()
        return False
    far.detach()
    _keep(dict(zip(order.descriptors, descriptors, strict=True)) | {_FREE: near.detach()})
    os.set_inheritable(_FREE, False)
    return True


def _keep(descriptors: Mapping[int, int]) -> None:
    """These descriptors, under these numbers, and no others."""
    held = {number: fcntl.fcntl(descriptor, fcntl.F_DUPFD, _FREE + 1) for number, descriptor in descriptors.items()}
    os.closerange(0, _FREE + 1)
    for number, descriptor in held.items():
        os.dup2(descriptor, number)
        os.close(descriptor)


def _run(order: Order, path: Sequence[str]) -> None:
    """As the main program of a new Python. path: where that looks for modules, behind the first place."""
    from tests.support import forked  # it imports what this module declares

    if order.session:
        os.setsid()
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    os.chdir(order.folder)
    _open_streams()
    for which, limit in order.limits.items():
        resource.setrlimit(which, limit)
    vars(starts_children)["subprocess"] = forked.Starter(forked.ForkServer(socket.socket(fileno=_FREE), os.environ))
    safe, words = order.words[0] == "-P", list(order.words)[order.words[0] == "-P" :]
    how, what, *arguments = words
    sys.path[:] = [*([] if safe else [order.folder if how == "-m" else ""]), *path]
    sys.argv[:] = [how, *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
        return
    namespace = sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(what, "<string>", "exec"), namespace.__dict__)  # noqa: S102 - of a test


def _open_streams() -> None:
    """Over descriptors 0, 1 and 2, as a new Python has them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        errors = getattr(sys, f"__{name}__").errors
        stream = None
        with suppress(OSError):
            binary: Any = os.fdopen(number, "wb" if number else "rb", closefd=False)
            binary.raw.name = f"<{name}>"
            ends, live = "\n" if number else None, number == 2 or binary.isatty()
            stream = io.TextIOWrapper(binary, encoding="utf-8", errors=errors, newline=ends, line_buffering=live)
            stream.mode = "w" if number else "r"  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    import_module("tests.support.fork_server").main()  # By this name, both sides pickle orders.

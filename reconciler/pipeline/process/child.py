"""Starts a Python process that this one talks to over a socket: the compiler's worker, and the process that runs scripts."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys


def start_child(module: str, *arguments: int, show_errors: bool = True) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process, and this side's end of the socket. Raises OSError if it cannot be started.

    It calls `serve(descriptor, *arguments)` of the module. It is a new Python instead of a fork of this process, which has
    threads, and uses this process's module path; not the current folder (-P), which may be a repository that nobody reviewed. It
    is a session of its own, so that it gets no signal from the terminal.
    show_errors: its stderr is this process's.
    """
    near, far = socket.socketpair()
    with far:
        numbers = [str(number) for number in (far.fileno(), *arguments)]
        command = [sys.executable, "-P", "-c", _START, module, str(len(numbers)), *numbers, *sys.path]
        try:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if show_errors else subprocess.DEVNULL,
                pass_fds=(far.fileno(),),
                start_new_session=True,
            )
        except OSError:
            near.close()
            raise
    return process, near


def exit_reason(process: subprocess.Popen[bytes]) -> str:
    """How a process ended, for messages."""
    status = process.returncode or 0
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


_START = """
import sys
from importlib import import_module
module, count = sys.argv[1], int(sys.argv[2])
own, sys.path[:] = map(int, sys.argv[3 : 3 + count]), sys.argv[3 + count :]
import_module(module).serve(*own)
"""

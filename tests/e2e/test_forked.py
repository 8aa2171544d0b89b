"""Processes that tests fork (`tests/support/forked.py`) are as new ones."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import clean_environment, popen

STATE = """
import asyncio, gc, json, logging, os, resource, signal, sys, tempfile, threading, time
def stream(one):
    return [one.fileno(), one.name, one.mode, one.encoding, one.errors, one.line_buffering, one.isatty(), str(type(one.buffer))]
signals = [one for one in signal.Signals if one not in (signal.SIGKILL, signal.SIGSTOP)]
limits = (resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "main": __name__ == "__main__" and "signals" in vars(sys.modules["__main__"]),
    "environment": dict(os.environ), "folder": os.getcwd(), "zone": time.tzname, "temporary": tempfile.gettempdir(),
    "parent": os.getppid(), "leads": [os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()],
    "descriptors": [one for one in range(300) if os.path.exists(f"/proc/self/fd/{one}")],
    "streams": [stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)], "kept": sys.stdout is sys.__stdout__,
    "signals": [str(signal.getsignal(one)) for one in signals], "blocked": [*signal.pthread_sigmask(signal.SIG_BLOCK, ())],
    "mask": os.umask(0), "limits": [resource.getrlimit(one) for one in limits],
    "threads": [threading.active_count(), len(os.listdir("/proc/self/task"))],
    "loop": asyncio.get_event_loop_policy()._local._loop,
    "garbage": [gc.isenabled(), gc.get_threshold()], "logging": [logging.root.level, len(logging.root.handlers)],
    "flags": [*sys.flags][:10], "recursion": sys.getrecursionlimit(), "hooks": sys.excepthook is sys.__excepthook__,
    "in": sys.stdin.read(),
}))
"""
Start = Callable[..., subprocess.Popen[Any]]


def ran(start: Start, *words: str, **options: Any) -> tuple[int, str, str]:
    pipe = subprocess.PIPE
    with start([sys.executable, *words], stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options) as process:
        out, err = process.communicate("words", timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("session", [False, True])
def test_its_state_is_that_of_a_new_process(tmp_path: Path, session: bool) -> None:
    environment = clean_environment(TMPDIR=str(tmp_path), MORE="ä")
    for before in ([], ["-P"]):
        forked, new = (
            ran(start, *before, "-c", STATE, "a", "b c", cwd=tmp_path, env=environment, start_new_session=session)
            for start in (popen, subprocess.Popen)
        )
        assert (forked[0], forked[2]) == (0, "")
        assert json.loads(forked[1]) == json.loads(new[1])


@pytest.mark.parametrize(
    "end", ["pass", "sys.exit(7)", "sys.exit('why')", "os._exit(9)", "os.abort()", "atexit.register(print, 'last')", "1 / 0"]
)
def test_it_ends_as_a_new_process(end: str) -> None:
    late = "threading.Timer(0.05, print, ['late']).start()"
    code = f"import atexit, os, sys, threading\n{late}\n{end}"
    forked, new = (ran(start, "-c", code, env=clean_environment()) for start in (popen, subprocess.Popen))
    assert forked[:2] == new[:2]
    assert forked[2].splitlines()[-1:] == new[2].splitlines()[-1:]


def test_signals_reach_it_and_it_is_waited_for() -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP):
        with popen(
            [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            assert process.poll() is None
            process.send_signal(sign)
            assert process.wait(30) == -sign


def test_a_module_runs_as_the_main_one_and_starts_a_fork_of_its_own() -> None:
    code = """
from reconciler.pipeline.process.child import start_child
process, socket = start_child("reconciler.pipeline.process.query_process")
command = open(f"/proc/{process.pid}/cmdline").read()
socket.close()
print(process.wait(30), "tests.support.fork_server" in command)
"""
    assert ran(popen, "-c", code, env=clean_environment()) == (0, "0 True\n", "")
    ours, new = (ran(start, "-m", "reconciler", "version", env=clean_environment()) for start in (popen, subprocess.Popen))
    assert ours == new


@pytest.mark.parametrize("variables", [{"PYTHONUTF8": "0"}, {"LC_ALL": "C"}, {"OTEL_SDK_DISABLED": "true"}])
def test_what_python_reads_at_its_start_makes_a_new_one(variables: dict[str, str]) -> None:
    code = "import sys; print(open('/proc/self/cmdline').read().split('\\0')[1])"
    assert ran(popen, "-c", code, env=clean_environment(**variables))[1] == "-c\n"
    assert ran(popen, "-c", code, env=clean_environment())[1] == "-m\n"


def test_an_option_that_changes_what_is_inherited_makes_a_new_one() -> None:
    code = "import os; print(open('/proc/self/cmdline').read().split('\\0')[1], oct(os.umask(0)))"
    assert ran(popen, "-c", code, env=clean_environment(), umask=0o27)[1] == "-c 0o27\n"


def test_a_limit_that_was_lowered_meanwhile_holds_for_it() -> None:
    code = """
import resource, subprocess, sys
from tests.support.program import popen
say = [sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"]
popen(say).wait()
resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
popen(say).wait()
"""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    assert ran(subprocess.Popen, "-c", code, env=clean_environment()) == (0, f"{before}\n(1, 1)\n", "")

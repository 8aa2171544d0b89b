"""The assembled program, run from outside: in this process where that proves as much, else as a process of its own.

Such a process is a fork of one that has imported the program (`forked.py`), unless a test is about the start of Python, the
command line in /proc, or what Python does at its end: `subprocess.Popen` starts a new one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from asyncio import unix_events
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from reconciler.cli.main import main
from tests.support.forked import ForkedPopen, ForkServer, Starter
from tests.support.gitrepo import ISOLATION

PROJECT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "reconciler")


@dataclass(frozen=True)
class Ran:
    """What one run of a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


def run_here(*arguments: str) -> Ran:
    """`reconciler ARGUMENTS` in this process, through the program's own entrance."""
    out, err = StringIO(), StringIO()
    code: Any = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as leaving:
            code = leaving.code
    return Ran(code or 0, out.getvalue(), err.getvalue())


def popen(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """As `subprocess.Popen`, at the price of a fork where the command is Python's."""
    return ForkedPopen(_fork_server(), command, **options)


@contextmanager
def asyncio_forks() -> Iterator[None]:
    """Processes that a library starts by asyncio during the block are forked, as those of `popen`."""
    before = vars(unix_events)["subprocess"]
    vars(unix_events)["subprocess"] = Starter(_fork_server())
    try:
        yield
    finally:
        vars(unix_events)["subprocess"] = before


@cache
def _fork_server() -> ForkServer:
    return ForkServer.start(_AT_FIRST)


def run_process(*arguments: str, cwd: Path | None = None, **environment: str) -> Ran:
    """`reconciler ARGUMENTS` as a process of its own."""
    code, out, err = _run([*PROGRAM, *arguments], cwd, environment, seconds=120)
    return Ran(code, out, err)


def _run(
    command: Sequence[str], cwd: Path | None, environment: Mapping[str, str], seconds: float, stdin: bytes = b""
) -> tuple[int, str, str]:
    """Its exit code, and what it wrote."""
    pipe = subprocess.PIPE
    with popen(command, cwd=cwd, env=clean_environment(**environment), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        finally:
            process.kill()
    return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


_ONE_AFTER_THE_OTHER = """
import json, os, resource, sys
if memory := int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
from reconciler.cli.main import main
for arguments in json.load(sys.stdin):
    code = 0
    try:
        main(arguments)
    except SystemExit as leaving:
        code = leaving.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, b"\\0")
    os.write(2, b"%d\\0" % code)
"""


def run_all(commands: Sequence[Sequence[str]], *, cwd: Path | None = None, memory: int = 0, **environment: str) -> list[Ran]:
    """Several commands in one process: what they and their children write is caught where it leaves, and Python starts once.

    memory: how many bytes the process, and each of its children, may ask for; 0 for any number.
    """
    command = [sys.executable, "-c", _ONE_AFTER_THE_OTHER, str(memory)]
    _, out, err = _run(command, cwd, environment, seconds=300, stdin=orjson.dumps(commands))
    outs, errs = (stream.split("\0")[:-1] for stream in (out, err))
    assert len(outs) == len(errs) == len(commands), err
    split = [err.rpartition("\n") for err in errs]
    return [Ran(int(code), out, err) for out, (err, _, code) in zip(outs, split, strict=True)]


def clean_environment(**more: str) -> dict[str, str]:
    """This process's, without the settings of Git, Python, OpenTelemetry, the terminal and our own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "RECONCILER_", "PYTHON", "OTEL_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):  # pytest-xdist sets the last two
        kept.pop(name, None)
    return kept | ISOLATION | {"PYTHONPATH": str(PROJECT)} | more


_AT_FIRST = clean_environment()


@contextmanager
def isolated_git() -> Iterator[None]:
    """For runs in this process: none of the machine's Git settings."""
    before = dict(os.environ)
    os.environ.update(ISOLATION)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

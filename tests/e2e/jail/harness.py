"""Canaries that no jailed program may see, and Python as a hostile program."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.jail import folder
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.program import Limits, Output, Program
from reconciler.jail.request import LAUNCH
from tests.parts.build import cache

SECRET = "canary-3f9c1d"
ISOLATED = (Means.BUBBLEWRAP, Means.NAMESPACES, Means.LANDLOCK)
BWRAP = Path("/usr/bin/bwrap")
LIMITS = Limits(seconds=60)


def python(code: str, *arguments: str, environment: dict[str, str] | None = None) -> Program:
    """This interpreter as the program, with its standard library."""
    words = ("-I", "-S", "-c", code, *arguments)
    return Program(Path(sys.executable), words, environment or {}, reads=(Path(sys.base_prefix),))


async def run_python(means: Means, code: str, *arguments: str, files: dict[str, bytes] | None = None) -> Output:
    program = python(code, *arguments)
    return await run(program, files or {"a": b"1"}, limits=LIMITS, isolation=isolation(means))


def isolation(means: Means) -> Isolation:
    return Isolation(means, BWRAP, unsafe=True)


@dataclass(frozen=True)
class Canaries:
    """Secrets around the jail, and listeners that nobody may talk to."""

    file: Path
    """A file outside; another one is below HOME."""
    home: Path
    tcp: socket.socket
    udp: socket.socket
    """On port 53 where this user may listen there: a program without resolv.conf asks for names there."""

    def address(self, listener: socket.socket) -> tuple[str, int]:
        host, port = listener.getsockname()
        return host, port

    def nobody_came(self) -> bool:
        with suppress(BlockingIOError):
            self.tcp.accept()[0].close()
            return False
        with suppress(BlockingIOError):
            self.udp.recv(1)
            return False
        return True


@contextmanager
def canaries(place: Path) -> Iterator[Canaries]:
    """With an environment that holds the secret, too."""
    home, file = place / "home", place / "outside.txt"
    home.mkdir()
    for path in (file, home / ".secret"):
        path.write_text(SECRET)
    before = dict(os.environ)
    # The cache stays where it is, so that no real part is built again below the other HOME.
    os.environ |= {"CANARY": SECRET, "HOME": str(home), "XDG_CACHE_HOME": str(cache().parent)}
    tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with tcp, udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        try:
            udp.bind(("127.0.0.1", 53))
        except OSError:
            udp.bind(("127.0.0.1", 0))
        tcp.setblocking(False)
        udp.setblocking(False)
        try:
            yield Canaries(file, home, tcp, udp)
        finally:
            os.environ.clear()
            os.environ.update(before)


def left_behind() -> list[str]:
    """Processes of a jail of these tests, and folders of one. Other runs of tests on this machine have other ones."""
    words = []
    marks = (folder._PREFIX.encode(), b"-c\0" + LAUNCH.encode())
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and any(mark in (entry / "cmdline").read_bytes() for mark in marks):
                words.append((entry / "cmdline").read_bytes().decode())
    folders = [path for place in ("/dev/shm", "/tmp") for path in Path(place).glob(f"{folder._PREFIX}*")]  # noqa: S108
    return sorted(words + [str(path) for path in folders])

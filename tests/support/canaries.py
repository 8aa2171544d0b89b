"""Values that are searched in everything that the program makes, in every spelling that a program may give them."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.sops import AgeKey

COUNT = 200
BEGINNING = re.compile(rb"cAnArY")


def canary(number: int, generation: int = 1) -> str:
    """It has characters that base64 for URLs, percent-encoding and JSON write in different ways."""
    return f'cAnArY{generation}~{number:03d}/+"x9?\u00ff'


def spellings(value: str) -> set[bytes]:
    """As it is, in base64 wherever in a longer text it begins, in hex, percent-encoded, as JSON writes it, and the beginning."""
    raw = value.encode()
    found = {raw[:10], raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(value, "").encode()}
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        found |= {code(b"x" * before + raw)[4 * (before > 0) : -4] for before in range(3)}
    return found | {json.dumps(value)[1:-1].encode()}


PLAIN = {value: (number, generation) for generation in (1, 2) for number in range(COUNT) if (value := canary(number, generation))}
NEEDLES = {needle: value for value in PLAIN for needle in spellings(value)}
ANY = re.compile(b"|".join(sorted(map(re.escape, NEEDLES), key=len, reverse=True)))


def found(text: bytes | str) -> set[str]:
    """The canaries that sing in a text."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return {NEEDLES[match] for match in ANY.findall(data)}


def everything_in_git(repository: Path) -> bytes:
    """Every object, loose or packed, of any branch and of none."""
    command = ["git", "cat-file", "--batch-all-objects", "--unordered", "--batch"]
    return subprocess.run(command, cwd=repository, capture_output=True, check=True).stdout


def everything_below(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


@contextmanager
def watching_processes(key: AgeKey) -> Iterator[dict[str, set[str]]]:
    """The canaries, and keys of age, in an argument or in the environment of any process during the block, by process."""
    seen: dict[str, set[str]] = {}
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        text = (process / name).read_bytes()
                    except OSError:
                        continue
                    if singing := found(text) | ({"a key"} if key.secret.encode() in text else set()):
                        seen.setdefault(f"{name} {text[:99]!r}", set()).update(singing)
            done.wait(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()

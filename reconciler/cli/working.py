"""What a command does when it takes longer than a second: one line on stderr, if that is a terminal, which vanishes at its end.

A thread draws it, because a compile leaves the event loop no turn. Everything that is printed meanwhile erases it first.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.model.wording import printable

_AFTER = 1.0
"""Seconds until the line appears."""
_EVERY = 0.2
"""Seconds between its pictures."""
_PICTURES = "⠋⠙⠸⠴⠦⠇"


class _Line:
    """The line of one command."""

    def __init__(self, text: str, after: float) -> None:
        self.text = text
        self._after = after
        self._drawn = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="working", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self.erase()

    def erase(self) -> None:
        with self._lock:
            if self._drawn:
                self._drawn = False
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()

    def _run(self) -> None:
        pause, turn = self._after, 0
        while not self._over.wait(pause):
            pause, turn = _EVERY, turn + 1
            text = f"{_PICTURES[turn % len(_PICTURES)]} {printable(self.text)} …"
            with self._lock:
                if not self._over.is_set():
                    self._drawn = True
                    sys.stderr.write(f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K")
                    sys.stderr.flush()


_line: _Line | None = None


@contextmanager
def working(text: str, after: float = _AFTER) -> Iterator[None]:
    """Around work that may take long. text: what is done, such as `reading the repository`."""
    global _line  # noqa: PLW0603 - a process has one terminal
    if _line is not None or not sys.stderr.isatty():
        yield
        return
    _line = line = _Line(text, after)
    line.start()
    try:
        yield
    finally:
        _line = None
        line.end()


def say(text: str) -> None:
    """What is done now, if a line says it."""
    if _line is not None:
        _line.text = text


@contextmanager
def counted(text: str, total: int) -> Iterator[Callable[[], None]]:
    """Around work in parts: `asking the members: 97 of 100`. Call the value after each part."""
    done = 0

    def one() -> None:
        nonlocal done
        done += 1
        say(f"{text}: {done} of {total}")

    say(f"{text}: 0 of {total}")
    yield one


def erase() -> None:
    """Before something else is printed."""
    if _line is not None:
        _line.erase()

"""What a watch sees, by other means than the program's: in the order in which the servers tell it."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.controlplane.start import ControlPlane


@dataclass
class Seen:
    """Of several members, as their events arrive."""

    events: list[tuple[str, str, Any]] = field(default_factory=list)
    """Member, ADDED or MODIFIED or DELETED, and the object."""

    def told(self, name: str, word: str) -> bool:
        return any((event[0], event[1]) == (name, word) for event in self.events)


@contextmanager
def watching(planes: Sequence[ControlPlane], path: str) -> Iterator[Seen]:
    """Everything that happens below a path during the block, from what is there at its begin on."""
    seen = Seen()
    answers = []
    threads = []
    for plane in planes:
        request = urllib.request.Request(  # noqa: S310 - always https
            f"{plane.url}{path}?watch=1&timeoutSeconds=300", headers={"Authorization": f"Bearer {plane.token}"}
        )
        answer = urllib.request.urlopen(request, context=plane.tls(), timeout=300)  # noqa: S310
        answers.append(answer)
        threads.append(threading.Thread(target=_follow, args=(plane.name, answer, seen), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        for answer, thread in zip(answers, threads, strict=True):
            _hang_up(answer)
            thread.join(timeout=10)
            answer.close()


def _follow(name: str, answer: Any, seen: Seen) -> None:
    try:
        for line in answer:
            event = json.loads(line)
            seen.events.append((name, event["type"], event["object"]))
    except (OSError, ValueError):
        return  # It was hung up.


def _hang_up(answer: Any) -> None:
    """A thread that reads cannot be told to stop; its connection can."""
    try:
        answer.fp.raw._sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

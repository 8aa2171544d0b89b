"""The process that judges objects: the side that answers (`admission_process.py` is the other)."""

from __future__ import annotations

import pickle
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reconciler.cel.admit import admit
from reconciler.cel.contents import Cluster, cluster_of
from reconciler.pipeline.process.messages import receive, with_length
from reconciler.review.admission_limits import CAREFULLY, CLUSTER, DONE, MEMORY, PROCESSOR_SECONDS, STARTED
from reconciler.review.admission_process import Item


def serve(descriptor: int) -> None:
    """The whole life of the process. It ends when the other side closes the socket."""
    connection = socket.socket(fileno=descriptor)
    _limit(resource.RLIMIT_AS, MEMORY + _address_space())
    _limit(resource.RLIMIT_CORE, 0)
    cluster: Cluster | None = None
    given_up: dict[str, str] = {}

    def tell(policy: str) -> None:
        connection.sendall(with_length(STARTED + policy.encode(errors="replace")))

    with suppress(OSError, EOFError):
        while True:
            verb, content = pickle.loads(receive(connection))  # noqa: S301 - from the program itself
            if verb == CLUSTER:
                cluster, given_up = cluster_of(content[0]), content[1]
            elif cluster is not None:
                told = tell if verb == CAREFULLY else None
                replies = [_judge(item, cluster, given_up, told) for item in content]
                connection.sendall(with_length(DONE + pickle.dumps(replies, protocol=pickle.HIGHEST_PROTOCOL)))


def _judge(
    item: Item, cluster: Cluster, given_up: dict[str, str], told: Callable[[str], None] | None
) -> list[tuple[str, str, str, str, str]]:
    """The verdicts on one object, as plain data. Nothing handles SIGPROF, so it ends the process."""
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
    verdicts = admit(*item, cluster, given_up, told or _say_nothing)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return [(one.outcome.value, one.policy, one.binding, one.message, one.field) for one in verdicts]


def _say_nothing(policy: str) -> None:
    """For chunks."""


def _address_space() -> int:
    """Bytes that this process has reserved."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))

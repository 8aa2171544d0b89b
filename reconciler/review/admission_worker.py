"""The process that judges objects: the side that answers (`admission_process.py` is the other)."""

from __future__ import annotations

import pickle
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path

from reconciler.cel.admit import admit
from reconciler.cel.contents import Cluster, cluster_of
from reconciler.pipeline.process.messages import receive, with_length
from reconciler.review.admission_limits import DONE, MEMORY, PROCESSOR_SECONDS, STARTED


def serve(descriptor: int) -> None:
    """The whole life of the process. It ends when the other side closes the socket."""
    connection = socket.socket(fileno=descriptor)
    _limit(resource.RLIMIT_AS, MEMORY + _address_space())
    _limit(resource.RLIMIT_CORE, 0)
    cluster: Cluster | None = None
    given_up: dict[str, str] = {}

    def started(policy: str) -> None:
        connection.sendall(with_length(STARTED + policy.encode(errors="replace")))
        # Nothing handles SIGPROF, so it ends the process.
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)

    with suppress(OSError, EOFError):
        while True:
            message = pickle.loads(receive(connection))  # noqa: S301 - from the program itself
            if isinstance(message[0], list):
                cluster, given_up = cluster_of(message[0]), message[1]
            elif cluster is not None:
                manifest, old = message
                verdicts = admit(manifest, old, cluster, given_up, started)
                signal.setitimer(signal.ITIMER_PROF, 0)
                plain = [(one.outcome.value, one.policy, one.binding, one.message, one.field) for one in verdicts]
                connection.sendall(with_length(DONE + pickle.dumps(plain, protocol=pickle.HIGHEST_PROTOCOL)))


def _address_space() -> int:
    """Bytes that this process has reserved."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))

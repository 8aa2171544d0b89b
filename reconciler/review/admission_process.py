"""Judges objects in a process of its own: expressions are written by anyone who can open a pull request.

CEL always ends, but not always soon, and the library is C++: a mistake in it ends the process that it runs in. The kernel limits
processor time and memory of the process. When it dies, the policy that was applied then is not applied again, and all its objects
are "not judged", with the reason.

Requests and replies take turns over a socket. Before each policy the process says its name, so that it is known which one it was.
"""

from __future__ import annotations

import pickle
import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.errors import TemporaryError
from reconciler.model.manifest import Manifest
from reconciler.pipeline.process.child import exit_reason, start_child
from reconciler.pipeline.process.messages import receive, with_length
from reconciler.review.admission_limits import DONE, PROCESSOR_SECONDS

_PATIENCE = 60.0
"""Seconds until a process that gives no answer is taken for broken, on a machine that is not too busy to run it."""
_LARGEST_REPLY = 8 << 20
_BATCH = 32
"""Objects that are sent before the first reply is read."""

Item: TypeAlias = tuple[Manifest, Manifest | None]
"""An object, and the one before; None where it is created."""


class AdmissionProcess:
    """Use it in a `with` block. Not safe for use by several threads."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._given_up: dict[str, str] = {}
        """Policy, or kind of a custom resource → why it is not applied any more."""

    def __enter__(self) -> AdmissionProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def judge(self, cluster: Sequence[Manifest], items: Sequence[Item]) -> list[list[Verdict]]:
        """The verdicts on each item, by the policies among the objects of a cluster. Raises TemporaryError where no process
        can be started."""
        results: list[list[Verdict]] = []
        while len(results) < len(items):
            child = self._child or self._start()
            try:
                child.begin(cluster, self._given_up)
                for verdicts in child.judge(items[len(results) :]):
                    results.append(verdicts)
            except (OSError, EOFError) as failure:
                self._give_up(child, failure)
        return results

    def _start(self) -> _Child:
        try:
            process, near = start_child("reconciler.review.admission_worker", show_errors=False)
        except OSError as error:
            raise TemporaryError(f"the process that judges objects could not be started: {error.strerror}") from error
        near.settimeout(_PATIENCE)
        self._child = _Child(process, near)
        return self._child

    def _give_up(self, child: _Child, failure: Exception) -> None:
        if not isinstance(failure, TimeoutError):
            with suppress(subprocess.TimeoutExpired):  # The socket closes a moment earlier.
                child.process.wait(1)
        self._end()
        if child.process.returncode == -signal.SIGPROF:
            ending = f"it took more than {PROCESSOR_SECONDS} seconds for one object"
        elif isinstance(failure, TimeoutError):
            ending = f"there was no answer within {_PATIENCE:.0f} seconds"
        else:
            ending = f"the process {exit_reason(child.process)}"
        if not child.policy or child.policy in self._given_up:
            raise TemporaryError(f"the process that judges objects does not work: {ending}")
        self._given_up[child.policy] = ending

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


@dataclass(slots=True)
class _Child:
    """One process, and what it is doing."""

    process: subprocess.Popen[bytes]
    socket: socket.socket
    policy: str = ""
    """The one that it applied last."""
    cluster: object = None
    """The objects of the cluster that it has."""

    def begin(self, cluster: Sequence[Manifest], given_up: dict[str, str]) -> None:
        if self.cluster is not cluster:
            self._send((list(cluster), dict(given_up)))
            self.cluster = cluster

    def judge(self, items: Iterable[Item]) -> Iterator[list[Verdict]]:
        """Raises OSError and EOFError when the process ends."""
        waiting = 0
        for item in items:
            self._send(item)
            waiting += 1
            if waiting == _BATCH:
                yield self._reply()
                waiting -= 1
        for _ in range(waiting):
            yield self._reply()

    def _send(self, message: Any) -> None:
        self.socket.sendall(with_length(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)))

    def _reply(self) -> list[Verdict]:
        while True:
            message = receive(self.socket, _LARGEST_REPLY)
            if message.startswith(DONE):
                return [Verdict(Outcome(one[0]), *one[1:]) for one in pickle.loads(message[1:])]  # noqa: S301 - plain data of ours
            self.policy = message[1:].decode()

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()

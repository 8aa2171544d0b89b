"""Judges objects in a process of its own: expressions are written by anyone who can open a pull request.

CEL always ends, but not always soon, and the library is C++: a mistake in it ends the process that it runs in. The kernel limits
processor time and memory of the process. When it dies, its objects are judged one by one, while the process says which policy it
applies. One that ends the process is not applied again: all its objects are "not judged", with the reason.
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
from reconciler.review.admission_limits import CAREFULLY, CHUNK, CLUSTER, DONE, PROCESSOR_SECONDS

_PATIENCE = 60.0
"""Seconds until a process that gives no answer is taken for broken, on a machine that is not too busy to run it."""
_LARGEST_REPLY = 64 << 20
_CHUNK = 32
"""Objects in one message."""

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
            chunks = [items[start : start + _CHUNK] for start in range(len(results), len(items), _CHUNK)]
            try:
                for verdicts in self._ready(cluster).judge(chunks):
                    results += verdicts
            except (OSError, EOFError) as failure:
                self._buried(failure)
                for item in items[len(results) :][:_CHUNK]:
                    results.append(self._judge_carefully(cluster, item))
        return results

    def _judge_carefully(self, cluster: Sequence[Manifest], item: Item) -> list[Verdict]:
        """One item. The process says which policy it applies, so that one that ends the process is known."""
        while True:
            child = self._ready(cluster)
            try:
                return child.judge_carefully(item)
            except (OSError, EOFError) as failure:
                ending = self._buried(failure)
                if not child.policy or child.policy in self._given_up:
                    raise TemporaryError(f"the process that judges objects does not work: {ending}") from failure
                self._given_up[child.policy] = ending

    def _ready(self, cluster: Sequence[Manifest]) -> _Child:
        child = self._child or self._start()
        child.begin(cluster, self._given_up)
        return child

    def _start(self) -> _Child:
        try:
            process, near = start_child("reconciler.review.admission_worker", show_errors=False)
        except OSError as error:
            raise TemporaryError(f"the process that judges objects could not be started: {error.strerror}") from error
        near.settimeout(_PATIENCE)
        self._child = _Child(process, near)
        return self._child

    def _buried(self, failure: Exception) -> str:
        """How the process ended. There is none after this."""
        child = self._child
        if child is None:
            return "it could not be reached"
        if not isinstance(failure, TimeoutError):
            with suppress(subprocess.TimeoutExpired):  # The socket closes a moment earlier.
                child.process.wait(1)
        self._end()
        if child.process.returncode == -signal.SIGPROF:
            return f"it took more than {PROCESSOR_SECONDS} seconds for one object"
        if isinstance(failure, TimeoutError):
            return f"there was no answer within {_PATIENCE:.0f} seconds"
        return f"the process {exit_reason(child.process)}"

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
        """Raises OSError when the process ends."""
        if self.cluster is not cluster:
            self._send((CLUSTER, (list(cluster), dict(given_up))))
            self.cluster = cluster

    def judge(self, chunks: Iterable[Sequence[Item]]) -> Iterator[list[list[Verdict]]]:
        """One chunk is sent before the reply to the last one is read. Raises OSError and EOFError when the process ends."""
        waiting = 0
        for chunk in chunks:
            self._send((CHUNK, list(chunk)))
            waiting += 1
            if waiting > 1:
                yield self._reply()
                waiting -= 1
        for _ in range(waiting):
            yield self._reply()

    def judge_carefully(self, item: Item) -> list[Verdict]:
        """Raises OSError and EOFError when the process ends; `policy` is the one that ended it."""
        self.policy = ""
        self._send((CAREFULLY, [item]))
        return self._reply()[0]

    def _send(self, message: Any) -> None:
        self.socket.sendall(with_length(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)))

    def _reply(self) -> list[list[Verdict]]:
        while True:
            message = receive(self.socket, _LARGEST_REPLY)
            if message.startswith(DONE):
                replies = pickle.loads(message[1:])  # noqa: S301 - plain data of ours
                return [[Verdict(Outcome(one[0]), *one[1:]) for one in reply] for reply in replies]
            self.policy = message[1:].decode()

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()

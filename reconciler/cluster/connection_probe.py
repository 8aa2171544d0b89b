"""Notices that a server is silent although no connection was closed.

A router that lost its table, a firewall, or a machine that is gone leave connections half open: nothing arrives, and nothing is
refused. A watch would wait for minutes, and a request for half a minute. So a server that watches are open to, and from which
nothing arrived for a while, is asked one small question. If it does not answer, all connections are dropped, and requests fail at
once until it answers again. Then the connections are dropped once more, because requests may still wait on those of the silence.

Where only some connections are half open and the server answers on others, the kernel's own probes find them (`kept_alive`).
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias
from weakref import WeakSet

from reconciler.cluster.failures import TRANSPORT_ERRORS
from reconciler.cluster.member_protocol import MemberError

_SILENCE = 10.0
"""Seconds without any answer or event after which the server is asked."""
_IN_ALL = 12
"""How many questions a process asks in a second where nothing arrives from any server. With more than 120 servers, each of them
may be silent for longer: a thousand, for 83 seconds, which is longer than from one bookmark of a watch to the next."""
_PATIENCE = 4.0
"""Seconds to wait for the answer."""
_QUESTIONS = 2
"""How many questions in a row stay without an answer before the connections are dropped: this process may be slow itself."""
_AGAIN, _AGAIN_IN_ALL = 2.0, 50
"""Seconds between questions while the server is silent, and how many questions a process asks in a second of all silent servers:
if its own network is away, all are."""
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3}
"""The kernel's probes: seconds before the first, seconds between two, and how many without an answer close the connection."""

AddressInfo: TypeAlias = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""As `socket.getaddrinfo` returns it."""


def kept_alive(address: AddressInfo) -> socket.socket:
    """A socket whose connection the kernel probes while it is idle (RFC 9293, 3.8.4)."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # Some systems have other names.
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


class ConnectionProbe:
    """`start` it when a watch begins; `close` ends it."""

    def __init__(self, ask: Callable[[], Awaitable[None]], drop: Callable[[], Awaitable[None]]) -> None:
        """ask: sends the question and raises one of TRANSPORT_ERRORS where there is no answer. drop: closes all connections."""
        self._ask = ask
        self._drop = drop
        self.heard_at = 0.0
        """When something arrived from the server, by the monotonic clock."""
        self.silence: BaseException | None = None
        """Why the last question stayed without an answer; None while the server answers."""
        self._task: asyncio.Task[None] | None = None

    def heard(self) -> None:
        """Something arrived from the server."""
        self.heard_at = time.monotonic()

    def start(self) -> None:
        if self._task is None or self._task.done():
            self.heard()
            self._task = asyncio.create_task(self._run(), name="connection probe")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        _RUNNING.add(self)
        try:
            await self._watch()
        finally:  # Also after a defect: then requests find out by themselves whether the server answers.
            self.silence = None
            _RUNNING.discard(self)

    async def _watch(self) -> None:
        while True:
            longest = max(_SILENCE, len(_RUNNING) / _IN_ALL)
            quiet = _pause() if self.silence is not None else self.heard_at + longest - time.monotonic()
            if quiet > 0:
                await asyncio.sleep(quiet)
            if self.silence is not None or time.monotonic() - self.heard_at >= longest:
                before, self.silence = self.silence, await self._silence()
                if (before is None) != (self.silence is None):
                    await self._drop()

    async def _silence(self) -> BaseException | None:
        """Why the server does not answer; None where it does."""
        silence: BaseException | None = None
        for _ in range(_QUESTIONS):
            begun = time.monotonic()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._ask()
            except TRANSPORT_ERRORS as error:
                if self.heard_at > begun:
                    return None
                silence = error
            except MemberError:  # There is no credential to ask with. That says nothing about connections.
                self.heard()
                return self.silence
            else:
                self.heard()
                return None
        return silence


_RUNNING: WeakSet[ConnectionProbe] = WeakSet()
"""Those of this process."""


def _pause() -> float:
    """Seconds until a silent server is asked again. Random, so that those that became silent together are not asked together."""
    silent = sum(probe.silence is not None for probe in _RUNNING)
    return max(_AGAIN, silent / _AGAIN_IN_ALL) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret

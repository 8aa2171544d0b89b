"""Tells open pages that there are newer facts (server-sent events, WHATWG HTML section 9.2).

An event says only that something is newer. The page then asks for itself again, so that every value comes through the same view
and the same limits as before.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

from aiohttp import web

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.facts_reader import FactsReader
from reconciler.errors import ReconcilerError

_MOST = 200
"""Pages that wait at a time; further ones are told to try later."""
_SILENCE = 20.0
"""Seconds after which a comment shows that the connection is open."""
_AFTER_ERROR = 5.0


def event_id(facts: Facts) -> str:
    """Names the facts to a browser, without telling a commit."""
    return hashlib.sha256(facts.version.encode()).hexdigest()[:16]


class LiveUpdates:
    def __init__(self, reader: FactsReader) -> None:
        self._reader = reader
        self._waiting: set[asyncio.Task[object]] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Until the browser goes away. Its page names the facts that it shows as `shown`."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler runs in a task
        if len(self._waiting) >= _MOST:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        self._waiting.add(task)
        try:
            await response.prepare(request)
            if request.method == "GET":
                with suppress(ConnectionError):
                    await self._tell(response, request.query.get("shown", ""))
        finally:
            self._waiting.discard(task)
        return response

    async def close(self) -> None:
        """Ends all of them, so that the server can stop."""
        for task in self._waiting:
            task.cancel()

    async def _tell(self, response: web.StreamResponse, shown: str) -> None:
        await response.write(b"retry: 2000\n\n")
        version = ""
        while True:
            try:
                facts = await asyncio.wait_for(self._reader.newer_than(version), _SILENCE)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            except ReconcilerError:
                await asyncio.sleep(_AFTER_ERROR)
                continue
            version = facts.version
            if event_id(facts) != shown:
                shown = event_id(facts)
                await response.write(f"event: facts\nid: {shown}\ndata: {shown}\n\n".encode())

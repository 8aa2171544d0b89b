"""The door to forges and chats: one request, and what its failure means (with aiohttp, whose errors stop here).

Redirects are not followed: they could lead our token elsewhere. No message contains a URL with its path, which may be a secret.
"""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.notify.request import Request, body_of

_SECONDS = 10.0
"""For one request and its answer."""
_MOST = 64 * 1024
"""Bytes of an answer that are read."""
_MOST_ASKED = 8 * 1024 * 1024
"""Bytes of an answer that somebody asked for."""
_SHOWN = 200
"""Characters of an answer in a message."""
_MAY_PASS = (408, 425, 429)
"""Refusals that may go away without a person; so may every answer from 500 on."""


class RefusedError(ReconcilerError):
    """A forge or chat refused a request."""

    def __init__(self, message: str, *, remedy: str = "", status: int = 0) -> None:
        """status: of HTTP."""
        super().__init__(message, remedy=remedy)
        self.status = status


class NoAnswerError(TemporaryError):
    """A forge or chat did not answer, or is in trouble."""


class HttpDoor:
    """An async context manager."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "reconciler"})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._session is not None  # noqa: S101 - entered
        await self._session.close()

    async def post(self, request: Request) -> None:
        """Sends a JSON document. Raises RefusedError, NoAnswerError."""
        await self._send(request, _MOST)

    async def ask(self, request: Request) -> Any:
        """The JSON document of the answer; None where it is empty. Raises RefusedError, NoAnswerError."""
        text = await self._send(request, _MOST_ASKED)
        try:
            return json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            place = urlsplit(request.url).netloc.rpartition("@")[2]
            if len(text.encode()) >= _MOST_ASKED:
                raise RefusedError(f"{place}: the answer is longer than {_MOST_ASKED // 1024**2} MiB") from None
            raise RefusedError(f"{place}: the answer is not JSON", remedy="Check that this is the URL of the API.") from None

    async def _send(self, request: Request, most: int) -> str:
        """The text of the answer, at most so many bytes of it."""
        assert self._session is not None  # noqa: S101 - entered
        place = urlsplit(request.url).netloc.rpartition("@")[2]
        headers = {**request.headers, "Content-Type": "application/json"}
        data = body_of(request)
        try:
            sent = self._session.request(request.method, request.url, data=data, headers=headers, allow_redirects=False)
            async with sent as answer:
                text = (await _read(answer, most)).decode(errors="replace")
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            if isinstance(error, aiohttp.ClientConnectorError):
                why = error.strerror or why
            raise NoAnswerError(f"{place}: {why}", remedy="It is tried again.") from None
        if status < 300 or (request.accepted and request.accepted in text):
            return text
        message = f"{place}: {status} {' '.join(text.split())[:_SHOWN]}".rstrip()
        if status >= 500 or status in _MAY_PASS:
            raise NoAnswerError(message, remedy="It is tried again.")
        raise RefusedError(message, remedy=_remedy(status), status=status)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The content, at most so many bytes of it."""
    content = b""
    while len(content) < most and (chunk := await answer.content.read(most - len(content))):
        content += chunk
    return content


def _remedy(status: int) -> str:
    if status < 400:
        return "Name the address that it redirects to."
    if status in (401, 403):
        return "Check that the token is valid and may write; its file is read again at each attempt."
    if status == 404:
        return "Check the address, and that the token may read the repository."
    return "Check the address and its settings."

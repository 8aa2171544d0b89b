"""What a member's API server said no with, in our words.

Temporary are time-outs, lost connections, 429 and 5xx: nobody has to change anything for the next attempt to succeed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from reconciler.cluster.client import MemberError, MemberUnreachableError
from reconciler.model.manifest import mapping, text


class RefusedError(MemberError):
    """The server answered, and the answer is no. status: the HTTP code. reason: its word, such as `Conflict`."""

    def __init__(self, message: str, status: int, reason: str = "", *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.reason = reason


class ConnectionLostError(MemberUnreachableError):
    """The server could not be reached, or stopped in the middle."""


TRANSPORT_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, ssl.SSLError, OSError)


class StumbledError(MemberUnreachableError):
    """The server answered that it could not do this one thing; about others that says nothing."""


def refused(member: str, what: str, status: int, body: bytes) -> MemberError:
    """what: the request in words, such as `apply Deployment.apps shop/web`; empty where the caller adds it."""
    said = _status_of(body)
    reason, message = text(said, "reason"), text(said, "message") or body[:300].decode("utf-8", "replace").strip()
    sentence = f"{member}: {what}: {message}" if what else f"{member}: {message}"
    if status in _TEMPORARY and _UNKNOWN_FIELD not in message:
        kind = StumbledError if "webhook" in message else MemberUnreachableError
        return kind(f"{sentence} (HTTP {status})", remedy="It is tried again in the next pass.")
    return RefusedError(sentence, status, reason, remedy=_remedy(status, reason, said))


def lost(member: str, error: BaseException) -> ConnectionLostError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        remedy = "The credential's CA does not vouch for that server; check the endpoint, or renew the credential."
        return ConnectionLostError(f"{member}: its server's certificate is not trusted: {error}", remedy=remedy)
    if isinstance(error, asyncio.TimeoutError):
        return ConnectionLostError(f"{member} did not answer in time", remedy="It is tried again; other members are not held up.")
    return ConnectionLostError(f"{member} does not answer: {error or type(error).__name__}", remedy="It is tried again.")


def _remedy(status: int, reason: str, said: Mapping[str, Any]) -> str:
    if status == 401:
        return "The credential is not accepted any more; make a new one with `reconciler join`."
    if status == 403 and "being terminated" in text(said, "message"):
        return "Its namespace is being deleted; it is written when that is over and the namespace is there again."
    if status == 403 and " cannot " in text(said, "message"):
        return "Grant the credential's user this permission in the member."
    if _UNKNOWN_FIELD in text(said, "message"):
        return "Correct the field's name or take it out; in kinds of your own, declare it in the CustomResourceDefinition."
    if status == 422 and "immutable" in text(said, "message"):
        return "The server does not let this field change: delete the object there, and the next pass creates it anew."
    return ""


_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504})
"""What may be answered otherwise soon."""
_UNKNOWN_FIELD = "field not declared in schema"
"""Server-side apply's word for a misspelt field, of all things with HTTP 500."""


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        return mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}

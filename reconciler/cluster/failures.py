"""Error responses of a member's API server → our errors.

Time-outs, lost connections, 429 and 5xx are temporary: the next attempt can succeed without any change. A response says something
about its own request only, whatever its code is: API servers answer 500 where server-side apply cannot merge one object, where
one webhook does not answer, and where one kind cannot be converted. So only a lost connection makes the member unreachable here.
Whether a server fails at everything is decided in `api_client.py`.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp
import orjson

from reconciler.cluster.immutable_fields import immutable_field_remedy, is_about_immutable_field
from reconciler.cluster.member_protocol import ImmutableFieldError, MemberError, MemberUnreachableError
from reconciler.cluster.refusal_text import refusal_text
from reconciler.errors import TemporaryError
from reconciler.model.manifest import mapping, text


class RefusedError(MemberError):
    """The server refused the request. status: the HTTP code. reason: the reason in its response, such as `Conflict`.
    continue_token: with which a list goes on whose own token expired; empty where there is none."""

    def __init__(self, message: str, status: int, reason: str = "", *, remedy: str = "", continue_token: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.reason = reason
        self.continue_token = continue_token

    @property
    def is_precondition_failure(self) -> bool:
        """Whether a write named an object that is not there, has another uid, or exists although it should not."""
        return self.status in (404, 409) or (self.status == 422 and "metadata.uid" in self.message)


class FieldRefusedError(RefusedError, ImmutableFieldError):
    """The server refused to change an immutable field."""


class ConnectionLostError(MemberUnreachableError):
    """The server could not be reached, or closed the connection during the request."""


TRANSPORT_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, ssl.SSLError, OSError)


class RequestFailedError(MemberError, TemporaryError):
    """The server failed at this request, for example because of a webhook. Other requests may succeed."""


def refused(member: str, what: str, status: int, body: bytes) -> MemberError:
    """The error for a response. what: the request in words, such as `apply Deployment.apps shop/web`; empty if the caller adds
    it."""
    response = _status_of(body)
    reason, message = text(response, "reason"), text(response, "message")
    shown = refusal_text(response) or body[:300].decode("utf-8", "replace").strip()
    if status == 401:
        what = "the server refuses the credential"
    sentence = f"{member}: {what}: {shown}" if what else f"{member}: {shown}"
    if status in _TEMPORARY and not any(words in message for words in _NOT_MERGEABLE):
        return RequestFailedError(f"{sentence} (HTTP {status})", remedy="The next pass tries again.")
    # A uid is immutable, too, but that answer is about another object of this name.
    is_field = status == 422 and is_about_immutable_field(response) and "metadata.uid" not in message
    refusal = FieldRefusedError if is_field else RefusedError
    token = text(response, "metadata", "continue")
    return refusal(sentence, status, reason, remedy=_remedy(member, status, reason, response), continue_token=token)


def concerns_one_kind(error: MemberError) -> bool:
    """Whether a request for objects of one kind failed in a way that says nothing about other kinds."""
    return isinstance(error, RequestFailedError) or (isinstance(error, RefusedError) and error.status != 401)


def lost(member: str, error: BaseException) -> ConnectionLostError:
    """The error for a transport error."""
    if isinstance(error, asyncio.TimeoutError):
        remedy = "The next pass tries again. Other members are not affected."
        return ConnectionLostError(f"{member} did not answer in time", remedy=remedy)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectionLostError(f"{member}: the proxy on the way refuses the connection (HTTP {error.status})", remedy=_PROXY)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        message = f"{member}: the proxy on the way does not answer at {error.host}:{error.port}: {_reason(error)}"
        return ConnectionLostError(message, remedy=_PROXY)
    at = f" at {error.host}:{error.port}" if isinstance(error, aiohttp.ClientConnectorError) else ""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        remedy = "The CA of the credential did not sign this certificate. Check the endpoint, or renew the credential."
        return ConnectionLostError(f"{member}: the certificate of its server{at} is not trusted: {_reason(error)}", remedy=remedy)
    remedy = f"The next pass tries again.{' If it is up, check this address in its credential.' if at else ''}"
    return ConnectionLostError(f"{member} does not answer{at}: {_reason(error)}", remedy=remedy)


@contextmanager
def closed_is_lost() -> Iterator[None]:
    """Around a read. Where the connection was closed while its reader was busy, aiohttp raises RuntimeError, not ClientError."""
    try:
        yield
    except RuntimeError as error:
        raise aiohttp.ClientConnectionError("the connection was closed") from error


def _reason(error: BaseException) -> str:
    """A transport error as the operating system or TLS calls it; aiohttp adds its own settings, and asyncio the arguments."""
    cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) and cause is error else cause
    if isinstance(cause, ssl.SSLCertVerificationError):
        return getattr(cause, "verify_message", "") or "it could not be verified"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed ({cause.reason.replace('_', ' ').lower()})" if cause.reason else "TLS failed"
    if isinstance(cause, OSError) and (cause.errno or 0) > 0:
        return os.strerror(cause.errno or 0).lower()
    return str(getattr(cause, "strerror", "") or str(cause) or type(cause).__name__)


def _remedy(member: str, status: int, reason: str, response: Mapping[str, Any]) -> str:
    message = text(response, "message")
    if status == 401:
        renew = f"reconciler join {member} --kubeconfig FILE --rotate"
        return f"The token or certificate of this credential expired, was revoked, or is for another server. Renew it: `{renew}`."
    if status == 403 and "being terminated" in message:
        return "Its namespace is being deleted. A later pass writes the object when the namespace exists again."
    if status == 403 and _NO_RESIZE in message:
        return _HOW_TO_GROW
    if status == 403 and " cannot " in message:
        return "Grant this permission to the user of the credential in the member."
    for words, remedy in _NOT_MERGEABLE.items():
        if words in message:
            return remedy
    for words, remedy in _DENIED.items():
        if words in message:
            return remedy
    return immutable_field_remedy(response) or (_INVALID if reason == "Invalid" else "") if status == 422 else ""


_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP codes of errors that can disappear without any change."""
_PROXY = (
    "The next pass tries again. If the proxy is up, check spec.proxyURL and spec.proxyHeader of the Cluster, proxy-url of its "
    "kubeconfig, or the environment."
)
_NO_RESIZE = "must support resize"
_HOW_TO_GROW = (
    "Put the old size back in Git. Or, if the driver of its StorageClass can grow volumes, set allowVolumeExpansion: true in the "
    "class. Or declare a claim with a new name and copy the data. Deleting the claim can delete its data."
)
_INVALID = "Correct the field that the message names, in the template or in an override policy."
_NOT_MERGEABLE = {
    "field not declared in schema": (
        "Correct the name of the field, or remove it. For your own kinds, add it to the CustomResourceDefinition."
    ),
    "duplicate entries for key": (
        "Two entries of this list have the same key. Keep one of them, in the template or in the override policy that adds it."
    ),
    "omits key field": "Give every entry of this list the fields that are its key.",
    "failed to create typed patch object": _INVALID,
}
"""Words in the message of a server-side apply that cannot merge the object, although its HTTP code is 500, and the remedy
(sigs.k8s.io/structured-merge-diff, `typed`). The first match counts. Another attempt has the same result."""


_BY_POLICY = "Change the object as this policy of the member requires, for one member by an OverridePolicy, or exempt it there."
_DENIED = {
    "exceeded quota": (
        "Lower what the object asks for, place it on other members, or raise this quota of the namespace in the member."
    ),
    "failed quota": "Add the fields that this quota of the namespace requires, such as requests and limits, or change the quota.",
    "denied request": _BY_POLICY,
    "denied the request": _BY_POLICY,
    "violates PodSecurity": (
        "Change the security context of the Pods, or the level of the namespace (its label pod-security.kubernetes.io/enforce)."
    ),
}
"""Words in the message of an admission controller, a webhook or a policy → the remedy. The first match counts."""


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        return mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}

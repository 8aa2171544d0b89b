"""Whether a webhook is authentic, and what is the same when it is sent again. The signatures: `webhook_forms.py`."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence

from reconciler.daemon.webhook_forms import Form
from reconciler.notify.standard_webhooks import signature_of

TOLERANCE = 300.0
"""Seconds that a signed time may differ from ours (the recommendation of Standard Webhooks)."""
_SIGNATURE_HEADERS: Mapping[Form, Sequence[tuple[str, str]]] = {
    Form.GITEA: (("x-gitea-signature", ""), ("x-forgejo-signature", ""), ("x-hub-signature-256", "sha256=")),
    Form.GITHUB: (("x-hub-signature-256", "sha256="),),
    Form.BITBUCKET: (("x-hub-signature", "sha256="),),
    Form.SIGNED: (),
}
"""Header and what comes before the digest. The first header that a request has counts."""


def is_authentic(form: Form, headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> bool:
    """Whether a request was made by somebody who knows one of the secrets. Comparisons take the same time wherever texts differ.

    now: seconds since 1970.
    """
    if is_standard(form, headers):
        return _is_signed(headers, body, secrets, now)
    if form is Form.GITLAB:
        return _is_one_of(headers.get("x-gitlab-token", ""), secrets)
    for header, prefix in _SIGNATURE_HEADERS[form]:
        if header in headers:
            digests = [prefix + hmac.digest(secret.encode(), body, "sha256").hex() for secret in secrets]
            return _is_one_of(headers[header], digests)
    return False


def delivery_of(form: Form, headers: Mapping[str, str], body: bytes) -> str:
    """What is the same when a request is sent again. It is part of what is signed: a delivery id of GitHub is not, so whoever
    recorded a request could give it another one."""
    return f"id {headers['webhook-id']}" if is_standard(form, headers) else hashlib.sha256(body).hexdigest()


def is_standard(form: Form, headers: Mapping[str, str]) -> bool:
    """Whether a request is signed as Standard Webhooks says: with an id that no other delivery has."""
    return form in (Form.SIGNED, Form.GITLAB) and "webhook-signature" in headers


def _is_signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> bool:
    number, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not number or not re.fullmatch(r"[0-9]{1,12}", moment) or abs(now - int(moment)) > TOLERANCE:
        return False
    signatures = headers["webhook-signature"].split(" ")[:_SIGNATURES]
    valid = [signature_of(secret, number, moment, body) for secret in secrets]
    return sum(_is_one_of(signature, valid) for signature in signatures) > 0


_SIGNATURES = 10
"""How many signatures of one request are checked: senders send one for each of their secrets during a rotation."""


def _is_one_of(text: str, valid: Iterable[str]) -> bool:
    """Compares with all of them, so that the time does not show which one it is."""
    return sum(hmac.compare_digest(_bytes(text), _bytes(one)) for one in valid) > 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

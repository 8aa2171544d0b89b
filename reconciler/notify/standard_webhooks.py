"""Signatures as Standard Webhooks says (standardwebhooks.com): of webhooks that we send, and of those that we receive."""

from __future__ import annotations

import base64
import binascii
import hmac

_ENCODED = "whsec_"


def signature_of(secret: str, number: str, moment: str, body: bytes) -> str:
    """The signature of one request. number: its id. moment: seconds since 1970, as text."""
    content = b".".join((number.encode("utf-8", "surrogateescape"), moment.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(_key(secret), content, 'sha256')).decode()}"


def _key(secret: str) -> bytes:
    """The secret itself; of one that begins with `whsec_`, the rest, decoded from base64."""
    if secret.startswith(_ENCODED):
        try:
            return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()

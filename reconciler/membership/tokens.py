"""Tokens of the account in a member: made, checked, taken back.

Each token stands or falls with a Secret `reconciler-token-…` beside the account: whoever deletes that has revoked the token.

- Where kube-controller-manager is at work, and no lifetime is asked for, the Secret is of the type
  `kubernetes.io/service-account-token`, and the controller puts a token in it that does not expire. A reconciler runs unattended,
  and nobody is there to renew a credential before it ends; `join --rotate` replaces it whenever you like.
- With a lifetime, or without that controller (a bare API server), the token comes from a TokenRequest that is bound to the
  Secret. The server may grant less time than was asked for; when it is over, `join` again.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from reconciler.cluster.client import MemberError
from reconciler.membership.account import ACCOUNT, Member, wait_for
from reconciler.model.manifest import get, text

WITHOUT_CONTROLLERS = timedelta(days=365)
"""What is asked for where tokens cannot last for ever."""

_FILLED_WITHIN = 30.0
"""Seconds for the controller to put a token into a Secret."""


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    expires: str = ""
    """RFC 3339; empty for never."""

    @property
    def secret(self) -> str:
        """The Secret that it stands or falls with; empty where it names none."""
        bound = text(self._claims, "kubernetes.io", "secret", "name")
        return bound or text(self._claims, "kubernetes.io/serviceaccount/secret.name")

    @property
    def namespace(self) -> str:
        """Of the account that it is for; empty if it is no such token."""
        subject = text(self._claims, "sub").split(":")
        return subject[2] if len(subject) == 4 and subject[:2] == ["system", "serviceaccount"] else ""

    @property
    def _claims(self) -> Mapping[str, Any]:
        """What the token says of itself; nobody has checked it."""
        try:
            claims = self.value.split(".")[1]
            said = orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        except (IndexError, binascii.Error, ValueError):
            return {}
        return said if isinstance(said, dict) else {}


async def is_accepted(member: Member, token: str) -> bool:
    """Whether the server takes this token, and for the account that it is to be for. Raises MemberError."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    said = (await member.api.request("POST", path, body=review, what="have the token reviewed")).document
    return get(said, "status", "authenticated") is True and text(said, "status", "user", "username") == member.enrolment.user


async def issue(member: Member, lifetime: timedelta | None) -> Token:
    """A new token. lifetime: None for as long as possible. Raises MemberError."""
    name = f"{ACCOUNT}-token-{secrets.token_hex(3)}"
    if lifetime is None and await member.collects_garbage():
        await member.put(_path(member, name), _secret(member, name, "kubernetes.io/service-account-token"))
        value = await wait_for(lambda: _filled(member, name), _FILLED_WITHIN)
        if not value:
            await member.remove(_path(member, name), "Secret")
            raise MemberError(
                f"{member.api.name}: nobody put a token into the Secret {member.enrolment.namespace}/{name}",
                remedy="See what its kube-controller-manager says, or ask for a token that expires: --token-lifetime.",
            )
        return Token(value)
    anchor = await member.put(_path(member, name), _secret(member, name, "Opaque"))
    return await _requested(member, anchor, lifetime or WITHOUT_CONTROLLERS)


async def revoke_others(member: Member, keep: Token) -> None:
    """Deletes the Secrets of all tokens but one. Raises MemberError."""
    if not keep.secret:
        return
    for name in await member.token_secrets():
        if name != keep.secret:
            await member.remove(_path(member, name), "Secret")


async def _requested(member: Member, anchor: Mapping[str, Any], lifetime: timedelta) -> Token:
    bound = {"apiVersion": "v1", "kind": "Secret"} | {part: text(anchor, "metadata", part) for part in ("name", "uid")}
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": int(lifetime.total_seconds()), "boundObjectRef": bound},
    }
    path = f"{member.enrolment.account_path}/token"
    said = (await member.api.request("POST", path, body=body, what="ask for a token")).document
    return Token(text(said, "status", "token"), text(said, "status", "expirationTimestamp"))


def _secret(member: Member, name: str, kind: str) -> dict[str, Any]:
    enrolment = member.enrolment
    metadata = {
        "name": name,
        "namespace": enrolment.namespace,
        "labels": enrolment.marks.labels,
        "annotations": {"kubernetes.io/service-account.name": ACCOUNT},
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind}


async def _filled(member: Member, name: str) -> str:
    value = text(await member.get(_path(member, name)), "data", "token")
    return base64.b64decode(value).decode()


def _path(member: Member, name: str) -> str:
    return f"{member.enrolment.secrets_path}/{name}"


def described(token: Token) -> str:
    return f"expires {token.expires}" if token.expires else "does not expire"

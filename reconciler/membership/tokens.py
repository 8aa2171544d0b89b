"""Tokens of the account in a member: how they are issued, checked and revoked.

Each token belongs to a Secret `reconciler-token-…` in the namespace of the account. To delete that Secret is to revoke the token.

- Where kube-controller-manager runs and no lifetime is requested, the Secret has the type `kubernetes.io/service-account-token`,
  and the controller puts a token into it that does not expire. A reconciler runs unattended: nobody is there to renew a
  credential before it expires. `join --rotate` replaces the token at any time.
- With a lifetime, or on an API server without that controller, the token comes from a TokenRequest and is bound to the Secret.
  The server may grant a shorter lifetime than requested. When the token has expired, run `join` again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.object_writes import ApplyObject, DeleteObject, describe
from reconciler.edit.planned_writes import PlannedWrite
from reconciler.membership.account import TOKEN_PREFIX
from reconciler.membership.admin_connection import AdminConnection, is_leaving
from reconciler.membership.join_labels import FIELD_MANAGER
from reconciler.model.manifest import get, text

DEFAULT_LIFETIME = timedelta(days=365)
"""The requested lifetime where tokens cannot last for ever."""

_CONTROLLER_TIMEOUT = 30.0
"""Seconds for the controller to put a token into a Secret."""
_POLL = 0.2
"""Seconds between two looks at that Secret."""


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    expires: str = ""
    """RFC 3339; empty where the token does not expire, or where it was read from a store."""

    @property
    def secret(self) -> str:
        """The name of the Secret that the token belongs to; empty where the token names none."""
        bound = text(self._claims, "kubernetes.io", "secret", "name")
        return bound or text(self._claims, "kubernetes.io/serviceaccount/secret.name")

    @property
    def namespace(self) -> str:
        """The namespace of the account; empty where this is not the token of a ServiceAccount."""
        subject = text(self._claims, "sub").split(":")
        return subject[2] if len(subject) == 4 and subject[:2] == ["system", "serviceaccount"] else ""

    @property
    def lifetime(self) -> str:
        """In words."""
        return f"expires {self.expires}" if self.expires else "does not expire"

    @property
    def _claims(self) -> Mapping[str, Any]:
        """The claims in the token (RFC 7519). Nobody has verified its signature."""
        try:
            claims = self.value.split(".")[1]
            document = orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        except (IndexError, binascii.Error, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that is issued when the plan is carried out, after its Secret was created."""

    admin: AdminConnection
    secret: ApplyObject
    """The creation of its Secret."""
    lifetime: timedelta | None
    """None: the controller puts a token into the Secret, and it does not expire."""

    @property
    def secret_name(self) -> str:
        return text(self.secret.manifest, "metadata", "name")

    async def issue(self) -> Token:
        """Raises MemberError."""
        if self.lifetime is None:
            return await self._from_secret()
        return await self._from_request(self.lifetime)

    async def _from_secret(self) -> Token:
        for _ in range(int(_CONTROLLER_TIMEOUT / _POLL)):
            live = await self.admin.read(self.secret.path)
            if live is None:
                # Where a ServiceAccount of this name was deleted a moment ago, the controller deletes the Secrets of its tokens.
                # It may take the new Secret for one of them.
                await self.secret.carry_out()
            elif value := text(live, "data", "token"):
                return Token(base64.b64decode(value).decode())
            await asyncio.sleep(_POLL)
        for write in await self.admin.plan_delete(self.secret.path):
            await write.carry_out()
        raise MemberError(
            f"{self.admin.api.name}: no controller put a token into the {describe(self.secret.manifest)}",
            remedy="Look at the log of its kube-controller-manager, or request a token that expires: --token-lifetime.",
        )

    async def _from_request(self, lifetime: timedelta) -> Token:
        account = self.admin.account
        live = await self.admin.read(self.secret.path)
        bound = {"apiVersion": "v1", "kind": "Secret", "name": self.secret_name, "uid": text(live, "metadata", "uid")}
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": int(lifetime.total_seconds()), "boundObjectRef": bound},
        }
        answer = (await self.admin.api.request("POST", f"{account.path}/token", body=body, what="request a token")).document
        return Token(text(answer, "status", "token"), text(answer, "status", "expirationTimestamp"))


async def remains_valid(admin: AdminConnection, token: Token) -> bool:
    """Whether the server accepts a token for the account, and will do so after the account was brought up to date. Raises
    MemberError.

    A ServiceAccount or a Secret that an interrupted `unjoin` gave to garbage collection takes its tokens with it.
    """
    account = admin.account
    paths = [account.path, *([account.secret_path(token.secret)] if token.secret else [])]
    for path in paths:
        live = await admin.read(path)
        if live is None or is_leaving(live):
            return False
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token.value}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    review = (await admin.api.request("POST", path, body=body, what="review the token")).document
    return get(review, "status", "authenticated") is True and text(review, "status", "user", "username") == account.user


async def plan_token(admin: AdminConnection, lifetime: timedelta | None) -> NewToken:
    """A new token. Raises MemberError.

    lifetime: None for as long as possible.
    """
    name = f"{TOKEN_PREFIX}{secrets.token_hex(3)}"
    from_controller = lifetime is None and await admin.collects_garbage()
    secret_type = "kubernetes.io/service-account-token" if from_controller else "Opaque"
    manifest = admin.account.secret_manifest(name, secret_type)
    secret = ApplyObject(admin.api, admin.account.secret_path(name), manifest, None, FIELD_MANAGER)
    return NewToken(admin, secret, None if from_controller else lifetime or DEFAULT_LIFETIME)


async def plan_revocation(admin: AdminConnection, valid: str) -> list[PlannedWrite]:
    """The deletion of the Secrets of all tokens except one. Raises MemberError.

    valid: the name of the Secret of the token that stays; empty where the token names none, and then nothing is deleted.
    """
    if not valid:
        return []
    named = [(text(secret, "metadata", "name"), secret) for secret in await admin.token_secrets()]
    return [DeleteObject(admin.api, admin.account.secret_path(name), secret) for name, secret in named if name != valid]

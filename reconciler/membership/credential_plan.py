"""`join`: the writes that give the reconciler a valid credential, and only one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconciler.cluster.access import Access
from reconciler.cluster.connection_annotations import KUBECONFIG_ANNOTATION
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.credential_store import CredentialStore, DeleteCredential, ForeignCredentialError, StoreCredential
from reconciler.membership.file_store import FileStore, file_name
from reconciler.membership.secret_store import SecretStore
from reconciler.membership.tokens import Token, plan_token, remains_valid
from reconciler.model.cluster import Cluster


@dataclass(frozen=True, slots=True)
class CredentialPlan:
    writes: tuple[PlannedWrite, ...]
    token_secret: str
    """The name of the Secret of the token that is valid afterwards; empty where the token names none."""


async def plan_credential(
    admin: AdminConnection, store: CredentialStore, server: Mapping[str, Any], *, rotate: bool, lifetime: timedelta | None
) -> CredentialPlan:
    """The stored token as long as it is valid, else a new one. Raises MemberError.

    server: as in `Credential`. rotate: replace a valid token, too. lifetime: of a new token; None: as long as possible.
    """
    stored = await store.read()
    if stored is not None and stored.token and not rotate:
        token = Token(stored.token)
        if await remains_valid(admin, token):
            unchanged = NoWrite(WriteReport("unchanged", store.place))
            write = unchanged if stored.server == server else StoreCredential(store, stored, server, token)
            return CredentialPlan((write,), token.secret)
    new = await plan_token(admin, lifetime)
    return CredentialPlan((new.secret, StoreCredential(store, stored, server, new)), new.secret_name)


async def plan_previous_credential(before: Cluster | None, store: CredentialStore, access: Access) -> list[PlannedWrite]:
    """The credential in the store that a member used before it joined with this store. The token in it is revoked. Raises
    MemberError.

    before: the Cluster before this join.
    """
    if before is None:
        return []
    if not isinstance(store, SecretStore):
        subject = f"Secret {before.secret_ref} of the host cluster, with a credential that is revoked"
        return [NoWrite(WriteReport("left", subject))] if before.secret_ref else []
    if before.annotations.get(KUBECONFIG_ANNOTATION) != file_name(before.name) or access.member_root is None:
        return []
    previous = FileStore(before.name, access.member_root)
    try:
        return [] if await previous.read() is None else [DeleteCredential(previous)]
    except ForeignCredentialError as error:
        return [NoWrite(WriteReport("left", error.message))]

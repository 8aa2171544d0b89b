"""`unjoin`: the credential of a member that leaves, and where it is stored."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from reconciler.cluster.connection_annotations import KUBECONFIG_ANNOTATION
from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.planned_writes import NoWrite, WriteReport
from reconciler.membership.connections import connect_host
from reconciler.membership.credential_store import Credential, CredentialStore, ForeignCredentialError
from reconciler.membership.file_store import FileStore, file_name
from reconciler.membership.join_labels import JoinLabels
from reconciler.membership.request import Places, UnjoinRequest
from reconciler.membership.secret_store import SecretStore
from reconciler.model.cluster import Cluster


@dataclass(frozen=True, slots=True)
class StoredCredential:
    store: CredentialStore | None = None
    """None: the member has no credential that `join` wrote."""
    credential: Credential | None = None
    """None: nothing is stored there."""
    remarks: tuple[NoWrite, ...] = ()
    """What is left because `join` did not write it, or because it cannot be reached."""


async def find_credential(
    request: UnjoinRequest, cluster: Cluster | None, labels: JoinLabels, stack: AsyncExitStack
) -> StoredCredential:
    """cluster: as HEAD declares it. Raises MemberError where the store cannot be reached, unless the request has `force`."""
    try:
        store = _find_store(cluster, labels, request.places, stack)
        if store is not None:
            return StoredCredential(store, await store.read())
    except ForeignCredentialError as error:
        return _left(error.message)
    except MemberError as error:
        if not request.force:
            raise
        return _left(f"its credential: {error.message}")
    if cluster is None:
        return StoredCredential()
    return _left(f"the folder {cluster.directory}" if cluster.directory else "its credential, which `join` did not write")


def _find_store(cluster: Cluster | None, labels: JoinLabels, places: Places, stack: AsyncExitStack) -> CredentialStore | None:
    """None for a credential that other people manage, or for no credential. Where no file declares the Cluster any more, it is
    the store in which `join` puts a credential."""
    member, access = labels.member, places.access
    annotation = cluster.annotations.get(KUBECONFIG_ANNOTATION, "") if cluster else file_name(member)
    if annotation == file_name(member) and access.member_root is not None:
        store = FileStore(member, access.member_root)
        if cluster is not None or access.host is None or store.file.exists():
            return store
    secret = f"{places.secret_namespace}/{member}"
    if cluster is not None:
        secret = "" if annotation else cluster.secret_ref
    elif access.host is None:
        return None
    namespace, _, name = secret.partition("/")
    return SecretStore(labels, connect_host(access, stack), namespace) if name == member else None


def _left(subject: str) -> StoredCredential:
    return StoredCredential(remarks=(NoWrite(WriteReport("left", subject)),))

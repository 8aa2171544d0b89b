"""`unjoin`: who deletes the account in a member that leaves, and what is left where nobody can."""

from __future__ import annotations

from contextlib import AsyncExitStack

from reconciler.cluster.access import Access
from reconciler.cluster.connection_annotations import KUBECONFIG_ANNOTATION
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.servers import Servers
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.errors import ReconcilerError
from reconciler.membership.account import Account
from reconciler.membership.account_removal import REVOKED, plan_removal, plan_self_removal
from reconciler.membership.account_setup import refuse_other_memberships
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.connections import connect_admin
from reconciler.membership.credential_store import CredentialStore
from reconciler.membership.file_store import file_name
from reconciler.membership.join_labels import JoinLabels
from reconciler.membership.request import MembershipError, UnjoinRequest
from reconciler.membership.secret_store import SecretStore
from reconciler.membership.tokens import Token
from reconciler.membership.unjoin_credential import StoredCredential
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName


async def plan_account_removal(
    request: UnjoinRequest, cluster: Cluster | None, stored: StoredCredential, labels: JoinLabels, stack: AsyncExitStack
) -> list[PlannedWrite]:
    """The writes that delete the account; empty where the member has no account of this reconciler.

    cluster: as HEAD declares it. Raises MembershipError where the account cannot be deleted, unless the request has `force`.
    """
    namespace = (Token(stored.credential.token).namespace if stored.credential else "") or request.places.namespace
    account = Account(labels, namespace)
    try:
        if request.admin is not None:
            admin = connect_admin(request.admin, request.places.access, account, stack)
            await refuse_other_memberships(admin)
            return await plan_removal(admin)
        if stored.store is None or (stored.credential is None and cluster is None):
            return []
        if stored.credential is None:
            raise MembershipError(f"{labels.member}: {stored.store.place} does not exist, so its account cannot be reached")
        own = _connect_account(account, stored.store, request.places.access, stack)
        return await _plan_self_removal(own, continued=cluster is None)
    except ReconcilerError as error:
        if not request.force:
            remedy = "Name an administrator's --kubeconfig of the member, or leave the account there with --force."
            raise MembershipError(error.message, remedy=remedy) from error
        subject = f"the account {account.user} and the ClusterRoleBinding {account.role_name}: {error.message}"
        return [NoWrite(WriteReport("left", subject))]


def _connect_account(account: Account, store: CredentialStore, access: Access, stack: AsyncExitStack) -> AdminConnection:
    """With the account's own credential."""
    servers = Servers(access)
    stack.push_async_callback(servers.close)
    client = servers.open(_stored_cluster(account.labels.member, store), account.labels.instance)
    stack.push_async_callback(client.close)
    return AdminConnection(client.api, account)


def _stored_cluster(member: ClusterName, store: CredentialStore) -> Cluster:
    """A Cluster that names the credential in this store."""
    if isinstance(store, SecretStore):
        return Cluster(member, secret_ref=f"{store.namespace}/{member}")
    return Cluster(member, annotations={KUBECONFIG_ANNOTATION: file_name(member)})


async def _plan_self_removal(account: AdminConnection, *, continued: bool) -> list[PlannedWrite]:
    """continued: whether an earlier run removed the Cluster file, and may have deleted the account. Raises MemberError."""
    try:
        return await plan_self_removal(account, continued=continued)
    except RefusedError as error:
        if not continued or error.status not in REVOKED:
            raise
        subject = f"the account in {account.api.name}, which does not exist any more: its credential is not accepted"
        return [NoWrite(WriteReport("unchanged", subject))]

"""`join`: the writes that create the account in a member, or bring it up to date."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.object_writes import ApplyObject, DeleteObject, describe
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.membership.account import ACCOUNT, CLUSTER_ROLES
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.join_labels import FIELD_MANAGER, JOINED_AS, join_labels_of
from reconciler.model.manifest import sequence, text
from reconciler.model.tenant import ServiceAccount


async def refuse_other_memberships(admin: AdminConnection) -> None:
    """Raises MemberError where the cluster is already a member under another name, or of another reconciler in the same
    namespace."""
    own, member = admin.account.labels, admin.account.labels.member
    path, query = "/api/v1/serviceaccounts", {"labelSelector": JOINED_AS}
    answer = await admin.api.request("GET", path, query=query, what="list ServiceAccounts")
    for account in sequence(answer.document, "items"):
        labels, namespace = join_labels_of(account), text(account, "metadata", "namespace")
        if labels is None or (labels == own and namespace == admin.account.namespace):
            continue
        if labels == own:
            raise MemberError(
                f"{member}: this cluster has joined already, with an account in the namespace {namespace}",
                remedy=f"Use --namespace {namespace}, or run `reconciler unjoin {member}` first.",
            )
        if labels.instance == own.instance:
            raise MemberError(
                f"{member}: this cluster has joined already, as {labels.member} (ServiceAccount {namespace}/{ACCOUNT})",
                remedy=f"Check --kubeconfig and --context, or run `reconciler unjoin {labels.member}` first.",
            )
        if namespace == admin.account.namespace:
            raise MemberError(
                f"{member}: this cluster belongs to another reconciler, {labels.instance}, under the name {labels.member}",
                remedy="Check --kubeconfig and --context. If both reconcilers use this cluster, choose another --namespace.",
            )


async def plan_account(admin: AdminConnection, role: str, impersonated: Collection[ServiceAccount]) -> list[PlannedWrite]:
    """The namespace, the ServiceAccount, and what binds it to a ClusterRole. Raises MemberError.

    role: the name of an existing ClusterRole; empty: the ClusterRole that is bound already, else the default one. An option that
    is left out never gives the account more rights than it has. impersonated: the accounts that it may act as from now on; empty:
    those as which it may act already.
    """
    account = admin.account
    bound = text(await admin.read(account.binding_path), "roleRef", "name")
    role = role or bound or account.role_name
    return [
        *await _plan_namespace(admin),
        *await admin.plan_apply(account.path, account.manifest()),
        *await _plan_role(admin, role),
        *await _plan_binding(admin, role),
        *await _plan_impersonation(admin, impersonated),
    ]


async def _plan_namespace(admin: AdminConnection) -> list[PlannedWrite]:
    path, manifest = admin.account.namespace_path, admin.account.namespace_manifest()
    if await admin.read(path) is not None:
        return [NoWrite(WriteReport("unchanged", describe(manifest)))]
    return [ApplyObject(admin.api, path, manifest, None, FIELD_MANAGER)]


async def _plan_role(admin: AdminConnection, role: str) -> list[PlannedWrite]:
    account = admin.account
    if role == account.role_name:
        return await admin.plan_apply(account.role_path, account.role_manifest())
    if await admin.read(f"{CLUSTER_ROLES}/{role}") is None:
        raise MemberError(f"{admin.api.name}: there is no ClusterRole {role}", remedy="Create it in the member, then join.")
    return []


async def _plan_impersonation(admin: AdminConnection, accounts: Collection[ServiceAccount]) -> list[PlannedWrite]:
    """A Role can only be written into a namespace that is there."""
    if not accounts:
        return []
    writes: list[PlannedWrite] = []
    paths: set[str] = set()
    for namespace, manifests in admin.account.impersonation_manifests(accounts).items():
        if await admin.read(f"/api/v1/namespaces/{namespace}") is None:
            raise MemberError(
                f"{admin.api.name}: there is no namespace {namespace}, so nobody can be allowed to act as an account in it",
                remedy="Join without --impersonate, let a sync create the namespace, and join again with it.",
            )
        own = admin.account.impersonation_paths(namespace)
        paths.update(own)
        for path, manifest in reversed(list(zip(own, manifests, strict=True))):
            writes += await admin.plan_apply(path, manifest)
    stale = {path: live for path, live in (await admin.impersonation_rights()).items() if path not in paths}
    return [*writes, *[DeleteObject(admin.api, path, live) for path, live in stale.items()]]


async def _plan_binding(admin: AdminConnection, role: str) -> list[PlannedWrite]:
    """The roleRef of a ClusterRoleBinding cannot change, so another role needs a new binding. The default ClusterRole is deleted
    when it is not bound any more."""
    account, manifest = admin.account, admin.account.binding_manifest(role)
    live = await admin.read_ours(account.binding_path)
    writes: list[PlannedWrite] = []
    if live is None or text(live, "roleRef", "name") == role:
        writes += await admin.plan_apply(account.binding_path, manifest)
    else:
        writes.append(DeleteObject(admin.api, account.binding_path, live))
        writes.append(ApplyObject(admin.api, account.binding_path, manifest, None, FIELD_MANAGER))
    if role != account.role_name:
        writes += await admin.plan_delete(account.role_path)
    return writes

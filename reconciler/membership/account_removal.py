"""`unjoin`: the writes that delete the account in a member, by an administrator or by the account itself."""

from __future__ import annotations

from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import MemberError
from reconciler.edit.object_writes import GONE, DeleteObject, DeleteWithOwner
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.membership.account import RBAC
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.join_labels import FIELD_MANAGER
from reconciler.model.manifest import get, text

REVOKED = frozenset({401, 403})
"""HTTP statuses of answers to an account that has lost its rights, or does not exist any more."""


async def plan_removal(admin: AdminConnection) -> list[PlannedWrite]:
    """By an administrator: the account and everything around it, object by object. Raises MemberError."""
    account = admin.account
    deletions = [
        *[DeleteObject(admin.api, path, live) for path, live in (await admin.impersonation_rights()).items()],
        *await admin.plan_delete(account.binding_path),
        *await admin.plan_delete(account.role_path),
        *[DeleteObject(admin.api, _secret_path(admin, secret), secret) for secret in await admin.token_secrets()],
        *await admin.plan_delete(account.path),
    ]
    return [*deletions, _namespace_left(admin)] if deletions else []


async def plan_self_removal(admin: AdminConnection, *, continued: bool) -> list[PlannedWrite]:
    """By the account itself. It loses the right to delete anything together with its ClusterRoleBinding, so every other object
    first becomes a dependent of the ClusterRoleBinding; when that is deleted, garbage collection deletes the rest.

    continued: whether an earlier run may have begun this. API servers notice the end of an account with a delay, so any of the
    writes may then be refused because the account has no rights any more. Such an answer means that the earlier run succeeded.
    Raises MemberError where the account is not able to finish.
    """
    await _refuse_unable(admin)
    account, gone = admin.account, GONE | REVOKED if continued else GONE
    binding = await admin.read_ours(account.binding_path)
    if binding is None:
        return []
    paths = [_secret_path(admin, secret) for secret in await admin.token_secrets()]
    paths += [*await admin.impersonation_rights(), account.role_path, account.path]
    dependents = [(path, await admin.read_ours(path)) for path in paths]
    return [
        *[DeleteWithOwner(admin.api, path, live, binding, FIELD_MANAGER, gone) for path, live in dependents if live is not None],
        DeleteObject(admin.api, account.binding_path, binding, gone),
        _namespace_left(admin),
    ]


def _namespace_left(admin: AdminConnection) -> NoWrite:
    """`join` may have created the namespace, but nothing says so, and others may have put objects into it."""
    return NoWrite(WriteReport("left", f"Namespace {admin.account.namespace}: delete it yourself if it holds nothing else"))


async def _refuse_unable(admin: AdminConnection) -> None:
    """Raises MemberError where the account would stop half-way."""
    namespace = admin.account.namespace
    needed = [
        {"verb": "delete", "group": RBAC, "resource": "clusterrolebindings"},
        {"verb": "patch", "group": "", "resource": "serviceaccounts", "namespace": namespace},
        {"verb": "patch", "group": "", "resource": "secrets", "namespace": namespace},
    ]
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    for attributes in needed:
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        review = (await admin.api.request("POST", path, body=body, what="review the account's own rights")).document
        if get(review, "status", "allowed") is not True:
            right = f"{attributes['verb']} {attributes['resource']}"
            raise RefusedError(f"{admin.api.name}: its account may not {right}, so it cannot delete itself", 403, "Forbidden")
    if not await admin.collects_garbage():
        raise MemberError(
            f"{admin.api.name}: its account cannot delete itself, because garbage collection does not run there"
            " (no kube-controller-manager)"
        )


def _secret_path(admin: AdminConnection, secret: object) -> str:
    return admin.account.secret_path(text(secret, "metadata", "name"))

"""`join`: the account in the member, its credential where this process finds it, and the Cluster file, in this order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from reconciler.cluster.connection_annotations import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.kubeconfig import read_kubeconfig
from reconciler.edit.object_text import FieldEdit
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.account import Account
from reconciler.membership.account_setup import plan_account, refuse_other_memberships
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.cluster_file import declaration, find_cluster
from reconciler.membership.cluster_manifest import attribute_edits
from reconciler.membership.connections import connect_admin, connect_host, remedies_for_a_person
from reconciler.membership.credential_plan import plan_credential, plan_previous_credential
from reconciler.membership.credential_store import CredentialStore
from reconciler.membership.file_store import FileStore
from reconciler.membership.join_labels import JoinLabels
from reconciler.membership.request import Admin, JoinRequest, MembershipError, Places
from reconciler.membership.same_cluster import recorded_id, refuse_another_cluster
from reconciler.membership.secret_store import SecretStore
from reconciler.membership.tokens import plan_revocation
from reconciler.membership.trial import TryCredential
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text
from reconciler.repo.client import Repository


@asynccontextmanager
async def planned_join(repository: Repository, request: JoinRequest) -> AsyncIterator[tuple[PlannedWrite, ...]]:
    """The writes of a join. They can be carried out inside the context, while the connections are open.

    Raises ReconcilerError. When a join stopped half-way, the plan of the next one contains what is missing.
    """
    async with AsyncExitStack() as stack:
        yield await _plan(repository, request, stack)


async def _plan(repository: Repository, request: JoinRequest, stack: AsyncExitStack) -> tuple[PlannedWrite, ...]:
    tree = await WorkTree.open(repository, commit=request.commit)
    before = find_cluster(tree, request.member)
    labels = JoinLabels(request.member, tree.desired.settings.instance)
    access = request.places.access
    server = await asyncio.to_thread(_read_server, request)
    store = _choose_store(request.places, labels, tree.checkout.top, stack)
    store.refuse_unfit(server)
    fields = [*_connection_edits(store, server, before), *attribute_edits(request.attributes)]
    edits = await tree.plan([declaration(tree, request.member, before, fields)])
    cluster = edits.desired.cluster(request.member)
    if cluster is None:
        file = edits.files[0].file
        raise MembershipError(f"{file} is not read: spec.include or spec.exclude of the Configuration leaves it out")
    admin = connect_admin(request.admin, access, Account(labels, request.places.namespace), stack)
    reached = await _reach(admin, server, request.admin)
    await refuse_other_memberships(admin)
    known = await recorded_id(repository, tree.desired.settings.status_branch, request.member)
    await refuse_another_cluster(admin, request, before, store, server, known)
    account = await plan_account(admin, request.role, request.impersonated)
    credential = await plan_credential(admin, store, server, rotate=request.rotate, lifetime=request.lifetime)
    return (
        reached,
        *account,
        *credential.writes,
        TryCredential(cluster, access, labels.instance),
        *edits.writes(_commit_message(request.member, server, store), commit=request.commit),
        *await plan_revocation(admin, credential.token_secret),
        *await plan_previous_credential(before, store, access),
    )


def _read_server(request: JoinRequest) -> dict[str, Any]:
    """How the administrator's kubeconfig reaches the API server, without references to other files."""
    file = request.admin.kubeconfig
    try:
        return read_kubeconfig(request.member, file, request.admin.context).server(file.parent)
    except OSError as error:
        message = f"{file}: the file of its CA cannot be read: {error.strerror}"
        raise MembershipError(message, remedy="Correct certificate-authority in the kubeconfig.") from error


async def _reach(admin: AdminConnection, server: Mapping[str, Any], used: Admin) -> NoWrite:
    """Raises MemberError."""
    with remedies_for_a_person(used):
        version = (await admin.api.request("GET", "/version", what="get the version")).document
    return NoWrite(WriteReport("reached", f"{text(server, 'server')} (Kubernetes {text(version, 'gitVersion')})"))


def _choose_store(places: Places, labels: JoinLabels, work_tree: Path, stack: AsyncExitStack) -> CredentialStore:
    """The host cluster where there is one, else a file. Raises MembershipError, MemberError."""
    if places.access.host is not None:
        return SecretStore(labels, connect_host(places.access, stack), places.secret_namespace)
    if places.access.member_root is None:
        raise MembershipError("there is no folder for kubeconfig files", remedy="Name one with --member-root FOLDER.")
    store = FileStore(labels.member, places.access.member_root)
    if store.file.resolve().is_relative_to(work_tree.resolve()):
        message = f"{store.file} is inside the repository, where credentials must not be stored"
        raise MembershipError(message, remedy="Name a folder outside the repository with --member-root.")
    return store


def _connection_edits(store: CredentialStore, server: Mapping[str, Any], before: Cluster | None) -> list[FieldEdit]:
    """The fields of the Cluster that name its connection. A Cluster has one connection: the fields of any other are removed."""
    kubeconfig, context = (("metadata", "annotations", name) for name in (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION))
    endpoint = text(server, "server")
    # The line of a directory goes with the comment beside it.
    gone = [FieldEdit(("spec", "apiEndpoint"), None)] if before is not None and before.directory else []
    if isinstance(store, SecretStore):
        reference = {"namespace": store.namespace, "name": store.name}
        secret = [FieldEdit(("spec", "secretRef", part), value) for part, value in reference.items()]
        return [
            FieldEdit(kubeconfig, None),
            FieldEdit(context, None),
            *secret,
            *gone,
            FieldEdit(("spec", "apiEndpoint"), endpoint),
        ]
    edits = [FieldEdit(kubeconfig, store.name), FieldEdit(context, None), FieldEdit(("spec", "secretRef"), None)]
    is_same = before is not None and before.api_endpoint == endpoint
    return edits if is_same else [*edits, FieldEdit(("spec", "apiEndpoint"), None)]


def _commit_message(member: ClusterName, server: Mapping[str, Any], store: CredentialStore) -> str:
    place = "a Secret of the host cluster" if isinstance(store, SecretStore) else "a kubeconfig below the member root"
    return f"Join {member}\n\nIts API server is {text(server, 'server')}; the credential is in {place}.\n"

"""`join`: a name that has joined already does not become another cluster by a wrong context."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.credential_store import CredentialStore
from reconciler.membership.request import JoinRequest, MembershipError
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository


async def refuse_another_cluster(
    admin: AdminConnection,
    request: JoinRequest,
    before: Cluster | None,
    store: CredentialStore,
    server: Mapping[str, Any],
    recorded: str,
) -> None:
    """Raises MembershipError where the member has joined already and is another cluster.

    A cluster is recognised by its id (`Discovery.id`) as the last sync recorded it. Before the first sync, its address in the
    stored credential must be that of now. before: the declared Cluster. server: as in `Credential`. recorded: from `recorded_id`.
    """
    if request.replace or before is None or before.directory:
        return
    if recorded:
        namespace = await admin.read("/api/v1/namespaces/kube-system")
        same = text(namespace, "metadata", "uid") in ("", recorded)
    else:
        stored = await store.read()
        same = stored is None or stored.endpoint == text(server, "server")
    if not same:
        raise MembershipError(
            f"{request.member} has joined already, and {text(server, 'server')} is another cluster than the one of this name",
            remedy="Check --kubeconfig and --context. If the member is to be this cluster from now on, for example because it "
            "was built anew or has another address, add --replace. What the former cluster holds stays there.",
        )


async def recorded_id(repository: Repository, status_branch: str, member: ClusterName) -> str:
    """The id of the member's API server on the status branch; empty where none is known."""
    with suppress(ReconcilerError):  # Without the remote, the newest state that this clone has.
        await repository.fetch_status(status_branch)
    known = (await read_recorded(repository, status_branch)).state.clusters.get(member)
    return known.id if known is not None else ""

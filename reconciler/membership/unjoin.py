"""`unjoin`: the Cluster file, the account in the member, and its credential, in this order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.edit.work_tree import WorkTree
from reconciler.errors import ReconcilerError
from reconciler.interpreter.containers import is_namespace
from reconciler.membership.cluster_file import find_cluster, removal
from reconciler.membership.credential_store import DeleteCredential
from reconciler.membership.join_labels import JoinLabels
from reconciler.membership.request import MembershipError, UnjoinRequest, UnknownMemberError
from reconciler.membership.unjoin_account import plan_account_removal
from reconciler.membership.unjoin_credential import find_credential
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository

_SHOWN = 5
"""Objects that a refusal names; the others are counted."""


@dataclass(frozen=True, slots=True)
class UnjoinPlan:
    writes: tuple[PlannedWrite, ...]
    remaining: tuple[ResourceKey, ...]
    """The objects of this reconciler that stay in the member."""


@asynccontextmanager
async def planned_unjoin(repository: Repository, request: UnjoinRequest) -> AsyncIterator[UnjoinPlan]:
    """The writes of an unjoin. They can be carried out inside the context, while the connections are open.

    Raises ReconcilerError. When an unjoin stopped half-way, the plan of the next one contains what is missing.
    """
    async with AsyncExitStack() as stack:
        yield await _plan(repository, request, stack)


async def _plan(repository: Repository, request: UnjoinRequest, stack: AsyncExitStack) -> UnjoinPlan:
    tree = await WorkTree.open(repository, commit=request.commit)
    cluster = find_cluster(tree, request.member)
    remaining = await _remaining_objects(repository, tree.desired.settings.status_branch, request)
    labels = JoinLabels(request.member, tree.desired.settings.instance)
    stored = await find_credential(request, cluster, labels, stack)
    writes: list[PlannedWrite] = [*stored.remarks]
    if cluster is not None:
        edits = await tree.plan([removal(cluster)])
        writes += edits.writes(f"Unjoin {request.member}", commit=request.commit)
    writes += await plan_account_removal(request, cluster, stored, labels, stack)
    if stored.store is not None and stored.credential is not None:
        writes.append(DeleteCredential(stored.store))
    if not writes:
        if cluster is None:
            await refuse_unknown(tree, request.member)
        subject = f"no file declares the Cluster {request.member}, and no credential of it is stored"
        writes.append(NoWrite(WriteReport("unchanged", subject)))
    return UnjoinPlan(tuple(writes), tuple(remaining))


async def refuse_unknown(tree: WorkTree, member: ClusterName) -> None:
    """Raises UnknownMemberError where no commit ever declared a member of this name."""
    if not await tree.checkout.repository.ever_declared(str(member)):
        names = [one.name for one in tree.desired.clusters]
        guess = did_you_mean(member, names) or (f"The members are {first_few(names, _SHOWN)}." if names else "")
        raise UnknownMemberError(f"no member is called {member}", remedy=guess)


async def _remaining_objects(repository: Repository, status_branch: str, request: UnjoinRequest) -> list[ResourceKey]:
    """The objects in the member, as the last sync recorded them. Raises MembershipError where these are more than Namespaces: a
    Namespace goes to every member, and no policy can take it from a single one."""
    try:
        await repository.fetch_status(status_branch)
    except ReconcilerError:
        if not request.force:
            raise
    state = (await read_recorded(repository, status_branch)).state
    objects = objects_in(request.member, state)
    blocking = [key for key in objects if not is_namespace(key)]
    recorded = state.clusters.get(request.member)
    if blocking and not request.force and recorded is not None and not recorded.read:
        raise MembershipError(
            f"no sync could read {request.member}, so it may hold objects of this reconciler: {first_few(blocking, _SHOWN)}",
            remedy="Sync when it answers. If it never will, --force retires it, and leaves there what it holds.",
        )
    if blocking and not request.force:
        raise MembershipError(
            f"{request.member} still holds objects of this reconciler: {first_few(blocking, _SHOWN)}",
            remedy="Change the policies so that they place nothing there, and sync; where that needs consent, `reconciler sync "
            f"--allow-prune {request.member}`. Or leave the objects there with --force.",
        )
    return objects


def objects_in(member: ClusterName, state: RecordedState) -> list[ResourceKey]:
    """The objects in a member, as they were recorded last, sorted."""
    objects = []
    for key, report in state.reports.items():
        status = report.status_in(member)
        if status is not None and (status.applied or status.health.status is not HealthStatus.NOT_FOUND):
            objects.append(key)
    return sorted(objects)

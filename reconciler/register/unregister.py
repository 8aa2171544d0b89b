"""`unregister`: the Cluster file, then the agent. What the member runs stays, and nobody corrects it any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.cluster.api_client import Api
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.edit.work_tree import WorkTree
from reconciler.install.host_cluster import installed
from reconciler.install.uninstall import deletions, remarks
from reconciler.membership.cluster_file import find_cluster, removal
from reconciler.membership.unjoin import objects_in, refuse_unknown
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.record.status_branch import read_recorded
from reconciler.register.agent_in_member import refuse_agent_of_another
from reconciler.register.register import declared
from reconciler.register.request import AGENT, Declaration, RegisterError
from reconciler.repo.client import Repository


@dataclass(frozen=True, slots=True)
class Undeclaration:
    writes: Sequence[PlannedWrite]
    remaining: tuple[ResourceKey, ...]
    """The objects that the member reported last. They stay."""


async def plan_undeclaration(
    repository: Repository, member: ClusterName, how: Declaration, *, has_agent: bool = False
) -> Undeclaration:
    """The Cluster file without the Cluster, and its commit. Raises ReconcilerError, such as RegisterError where a leader keeps
    the member, and UnknownMemberError where nothing was ever there.

    has_agent: whether an agent was found in the member.
    """
    tree = await WorkTree.open(repository, commit=how.commit and not how.branch)
    cluster = find_cluster(tree, member)
    if cluster is None:
        if not has_agent:
            await refuse_unknown(tree, member)
        return Undeclaration([NoWrite(WriteReport("unchanged", f"no file declares the Cluster {member}"))], ())
    if not cluster.is_pulled:
        raise RegisterError(
            f"{member} is declared with syncMode: {cluster.sync_mode} ({cluster.origin}), so no agent keeps it",
            remedy=f"Run `reconciler unjoin {member}`.",
        )
    state = (await read_recorded(repository, tree.desired.settings.status_branch)).state
    edits = await tree.plan([removal(cluster)])
    return Undeclaration(declared(edits, f"Unregister {member}", how), tuple(objects_in(member, state)))


async def plan_agent_removal(api: Api, namespace: str, member: ClusterName) -> list[PlannedWrite]:
    """What `register` created in the member. The namespace stays. Raises MemberError, RegisterError."""
    await refuse_agent_of_another(api, namespace, member)
    ours = await installed(api, AGENT, namespace)
    return [*deletions(api, ours), *remarks(ours)]

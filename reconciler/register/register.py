"""`register`: the agent in its member, then the Cluster file, in this order.

A declared member without an agent gets copies that nobody applies, so the file comes last. The agent that is there first finds no
Cluster file, and applies nothing until it does.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cluster.api_client import Api
from reconciler.cluster.connection_annotations import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.edit.object_text import FieldEdit
from reconciler.edit.object_writes import read_object
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.edit.work_tree import PlannedEdits, WorkTree
from reconciler.install.install import plan_objects
from reconciler.membership.cluster_file import declaration, find_cluster
from reconciler.membership.cluster_manifest import attribute_edits
from reconciler.membership.join_labels import JOINED_AS, join_labels_of
from reconciler.membership.same_cluster import recorded_id
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import sequence, text
from reconciler.register.agent_in_member import refuse_agent_of_another
from reconciler.register.manifests import manifests
from reconciler.register.request import AGENT, AgentRequest, Declaration, RegisterError


async def plan_agent(api: Api, request: AgentRequest) -> list[PlannedWrite]:
    """The writes to the member. Raises MemberError, InstallError, RegisterError."""
    await refuse_agent_of_another(api, request.namespace, request.member)
    wanted = manifests(request)
    return await plan_objects(api, AGENT, request.namespace, wanted, existing_secret=request.repository.secret)


async def plan_declaration(api: Api, tree: WorkTree, member: ClusterName, how: Declaration) -> list[PlannedWrite]:
    """The Cluster file with `syncMode: Pull`, and its commit. Raises ReconcilerError, such as RegisterError where the cluster of
    this name is another one, or has another name already."""
    before = find_cluster(tree, member)
    account = await _account_of_leader(api, tree, member)
    await _refuse_another_cluster(api, tree, before, member, how)
    edits = await tree.plan([declaration(tree, member, before, _edits(before, how))])
    if edits.desired.cluster(member) is None:
        file = edits.files[0].file
        raise RegisterError(f"{file} is not read: spec.include or spec.exclude of the Configuration leaves it out")
    return [*declared(edits, f"Register {member}\n\nAn agent in the member keeps it (syncMode: Pull).\n", how), *account]


def declared(edits: PlannedEdits, message: str, how: Declaration) -> Sequence[PlannedWrite]:
    """The writes of an edited Cluster file."""
    return edits.writes_on_branch(message, how.branch) if how.branch else edits.writes(message, commit=how.commit)


def _edits(before: Cluster | None, how: Declaration) -> list[FieldEdit]:
    """The agent has its own connection: those that a leader used go away, and with them what it could write by."""
    annotations = [FieldEdit(("metadata", "annotations", name), None) for name in (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION)]
    folder = [FieldEdit(("spec", "apiEndpoint"), None)] if before is not None and before.directory else []
    connections = [*annotations, FieldEdit(("spec", "secretRef"), None), *folder] if before is not None else []
    return [FieldEdit(("spec", "syncMode"), "Pull"), *connections, *attribute_edits(how.attributes)]


async def _account_of_leader(api: Api, tree: WorkTree, member: ClusterName) -> list[PlannedWrite]:
    """A remark about the account that `join` made here, which nobody needs any more. Raises RegisterError where it joined under
    another name."""
    instance = tree.desired.settings.instance
    answer = await api.request("GET", "/api/v1/serviceaccounts", query={"labelSelector": JOINED_AS}, what="list ServiceAccounts")
    remarks: list[PlannedWrite] = []
    for account in sequence(answer.document, "items"):
        labels, place = join_labels_of(account), f"{text(account, 'metadata', 'namespace')}/{text(account, 'metadata', 'name')}"
        if labels is None or labels.instance != instance:
            continue
        if labels.member != member:
            raise RegisterError(
                f"{member}: this cluster has joined already, as {labels.member} (ServiceAccount {place})",
                remedy=f"Check --kubeconfig and --context, or run `reconciler unjoin {labels.member}` first.",
            )
        subject = f"ServiceAccount {place}, by which the leader wrote here; delete it when the agent reports"
        remarks.append(NoWrite(WriteReport("left", subject)))
    return remarks


async def _refuse_another_cluster(
    api: Api, tree: WorkTree, before: Cluster | None, member: ClusterName, how: Declaration
) -> None:
    """Raises RegisterError where the last record of the member has another id than this cluster."""
    if how.replace or before is None or before.directory:
        return
    known = await recorded_id(tree.checkout.repository, tree.desired.settings.status_branch, member)
    own = text(await read_object(api, "/api/v1/namespaces/kube-system") or {}, "metadata", "uid")
    if known and own and known != own:
        raise RegisterError(
            f"{member} is another cluster than the one of this name that was seen last",
            remedy="Check --kubeconfig and --context. If the member is to be this cluster from now on, for example because it "
            "was built anew, add --replace. What the former cluster holds stays there.",
        )

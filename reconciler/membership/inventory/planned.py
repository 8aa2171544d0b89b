"""A look, its plan, and the files that the plan changes: what both `run` and the command `inventory` write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.cluster.host_clusters import HostClusters
from reconciler.documents.errors import DocumentError
from reconciler.errors import ReconcilerError
from reconciler.membership.inventory.commit import edited_files
from reconciler.membership.inventory.facts import Declared
from reconciler.membership.inventory.look import look_at
from reconciler.membership.inventory.plan import InventoryPlan, plan_inventory
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


@dataclass(frozen=True, slots=True)
class PlannedInventory:
    plan: InventoryPlan
    changes: Mapping[str, str]
    """Path → new text."""
    before: Mapping[str, str]
    """The present texts of files that exist, by path."""


async def planned_inventory(
    repository: Repository,
    commit: Commit,
    desired: DesiredState,
    hosts: HostClusters,
    missed: Collection[ClusterName] | None = None,
) -> PlannedInventory:
    """desired: what the commit declares. missed: as for `plan_inventory`.

    Raises ReconcilerError where the repository cannot be read, or a file cannot be edited.
    """
    settings = desired.settings.inventory
    looks = await look_at(hosts, settings.rules)
    tree = await repository.read_tree(commit)
    clusters = {cluster.name: cluster for cluster in desired.clusters}
    plan = plan_inventory(settings, looks, Declared(clusters, tree.keys(), desired.broken_texts), missed)
    blobs = {one.file: tree[one.file].blob for one in plan.written if one.file in tree}
    contents = await repository.read_blobs(blobs.values())
    before = {path: text.decode() for path, blob in blobs.items() if isinstance(text := contents[blob], bytes)}
    try:
        return PlannedInventory(plan, edited_files(plan, before), before)
    except (DocumentError, UnicodeDecodeError) as problem:
        message = problem.message if isinstance(problem, DocumentError) else str(problem)
        raise ReconcilerError(f"a Cluster file cannot be edited: {message}", remedy="Edit the file by hand.") from problem

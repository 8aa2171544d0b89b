"""The file of the work tree that declares one Cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.edit.file_writes import WorkTreeError
from reconciler.edit.object_text import FieldEdit
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.membership.cluster_manifest import (
    change_cluster,
    edit_cluster,
    new_cluster_text,
    remove_cluster,
)
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest


def find_cluster(tree: WorkTree, member: ClusterName) -> Cluster | None:
    """The Cluster as HEAD declares it; None where no file declares it. Raises WorkTreeError where a file that cannot be read may
    declare it."""
    cluster, desired = tree.desired.cluster(member), tree.desired
    if cluster is None and any(member in text for text in desired.broken_texts.values()):
        files = ", ".join(sorted(desired.broken_files))
        raise WorkTreeError(
            f"{member} may be declared in a file that cannot be read ({files})",
            remedy="Run `reconciler validate`, and correct that file.",
        )
    return cluster


def declaration(tree: WorkTree, member: ClusterName, cluster: Cluster | None, edits: Sequence[FieldEdit]) -> FileEdit:
    """Edits of the Cluster in the file that declares it, else a new file. Raises WorkTreeError.

    cluster: as `find_cluster` returned it.
    """
    if cluster is not None:
        file = cluster.origin.file
        return FileEdit(file, lambda content: None if content is None else edit_cluster(file, content, member, edits))
    file = f"clusters/{member}.yaml"
    if file in tree.files:
        remedy = f"Declare the Cluster {member} in another file, commit it, and join again."
        raise WorkTreeError(f"{file} exists and declares something else", remedy=remedy)
    return FileEdit(file, lambda _: new_cluster_text(member, edits))


def change_of(cluster: Cluster, change: Callable[[Manifest], Sequence[FieldEdit]]) -> FileEdit:
    """The file that declares the Cluster, with the edits that `change` returns for it."""
    file = cluster.origin.file
    return FileEdit(file, lambda content: None if content is None else change_cluster(file, content, cluster.name, change))


def removal(cluster: Cluster) -> FileEdit:
    """The file that declares the Cluster, without the Cluster."""
    file = cluster.origin.file
    return FileEdit(file, lambda content: None if content is None else remove_cluster(file, content, cluster.name))

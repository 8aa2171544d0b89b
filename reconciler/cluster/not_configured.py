"""Whether this process has the means to reach a member: options and credential files. Nothing is requested, and the `kubernetes`
library is not needed. `host_check.py` asks the same of the host cluster."""

from __future__ import annotations

from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.cluster.connection_annotations import HOST_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.member_protocol import MemberError, NotConfiguredError
from reconciler.model.cluster import Cluster

NO_ROOT = "directory members need a root folder"
NO_HOST = "there is no host cluster for the credentials of members"
HOST_REMEDY = "Run in that cluster, or start with --host-kubeconfig FILE."


def missing_means(cluster: Cluster, access: Access) -> tuple[str, str]:
    """What this process lacks to reach a member, as a phrase, and the remedy; both empty where nothing is missing.

    A credential that is there may still not work. That shows when the member is asked.
    """
    if cluster.directory:
        return (NO_ROOT, "Start with --member-root FOLDER.") if access.member_root is None else ("", "")
    if access.host is not None and cluster.name == access.host_member:
        return "", ""
    if file := cluster.annotations.get(KUBECONFIG_ANNOTATION, ""):
        try:
            place = kubeconfig_place(cluster.name, file, access.member_root)
        except NotConfiguredError as error:
            return error.message.removeprefix(f"{cluster.name}: "), error.remedy
        except MemberError:  # A mistake of the Cluster file, whatever this process has.
            return "", ""
        remedy = "Put it there, or name the folder that has it with --member-root FOLDER."
        return ("", "") if place.exists() else (f"the kubeconfig {place} does not exist", remedy)
    if cluster.profile and not (access.allow_exec and access.access_providers is not None):
        return "a program gets the credential for its ClusterProfile", "Start with --access-providers FILE and --allow-exec."
    in_host = bool(cluster.profile or (cluster.secret_ref and HOST_ANNOTATION not in cluster.annotations))
    return (NO_HOST, HOST_REMEDY) if in_host and access.host is None else ("", "")


def kubeconfig_place(name: str, file: str, root: Path | None) -> Path:
    """The path of the file that the annotation of a Cluster names. Raises NotConfiguredError where there is no folder for such
    files, and MemberError where it is outside of that folder."""
    if root is None:
        raise NotConfiguredError(
            f"{name}: the annotation {KUBECONFIG_ANNOTATION} names a file, but there is no folder for such files",
            remedy="Start with --member-root FOLDER.",
        )
    place = (root / file).resolve()
    if not place.is_relative_to(root.resolve()):
        raise MemberError(f"{name}: the kubeconfig {file} is outside the member root", remedy="Move it below the member root.")
    return place

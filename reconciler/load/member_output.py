"""Files that a directory member wrote, in a repository that contains the member root.

They are what the program wrote into the member, so they must not become resource templates: each would be declared twice, and
would stay declared after its own file is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.load.parse_file import ParsedObject
from reconciler.model.cluster import Cluster
from reconciler.model.file_names import path_of
from reconciler.model.issues import Issue, warning
from reconciler.model.manifest import key_of
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.ownership import applied_digest, owned_id
from reconciler.model.wording import plural


def leave_out_member_output(
    objects: list[ParsedObject], clusters: Iterable[Cluster], memo: Memo
) -> tuple[list[ParsedObject], list[Issue]]:
    """The objects that no member wrote, and one warning for each folder of a member.

    A folder belongs to a member if it has the name that the Cluster file states, and contains an object with our marks at the
    path where a directory member writes it (`path_of`).
    """
    folders = memo(_folders, memo.tuple(clusters))
    marked = (parsed for block in memo.blocks(objects) for parsed in memo(_marked, block)) if folders else ()
    roots = {root: folders[_name_in(root, folders)] for parsed in marked if (root := _root_of(parsed, folders))}
    if not roots:
        return objects, []
    counts = Counter(root for parsed in objects for root in roots if parsed.origin.file.startswith(f"{root}/"))
    remaining = [parsed for parsed in objects if not any(parsed.origin.file.startswith(f"{root}/") for root in roots)]
    return remaining, [_issue(root, roots[root], counts[root]) for root in sorted(roots)]


def _folders(clusters: tuple[Cluster, ...]) -> Mapping[str, Cluster]:
    return {cluster.directory: cluster for cluster in clusters if cluster.directory}


def _marked(objects: tuple[ParsedObject, ...]) -> list[ParsedObject]:
    """The objects with our marks."""
    return [
        parsed
        for parsed in objects
        if parsed.noun is None
        and (key := owned_id(parsed.manifest)) is not None
        and applied_digest(parsed.manifest)
        and key == key_of(parsed.manifest)
    ]


def _root_of(parsed: ParsedObject, folders: Mapping[str, Cluster]) -> str:
    """The folder of the member that wrote this object with our marks; empty if none did."""
    key = key_of(parsed.manifest)
    root, separator, _ = parsed.origin.file.rpartition(f"/{path_of(key)}.")
    return root if separator and _name_in(root, folders) else ""


def _name_in(root: str, folders: Iterable[str]) -> str:
    """The name of the member's folder at the end of the path; empty if no member has it."""
    return next((name for name in folders if root == name or root.endswith(f"/{name}")), "")


def _issue(root: str, cluster: Cluster, count: int) -> Issue:
    return warning(
        "MemberRootInRepository",
        f"{root} is the folder of the member {cluster.name}: it contains {plural(count, 'object')} "
        "that a sync wrote there. Nothing below this folder is read as a resource template",
        "Move --member-root out of the repository, or remove the folder from Git (git rm -r --cached) and add it to .gitignore.",
        origin=Origin(root),
        subject=cluster.name,
    )

"""What a button shows: the command that makes a commit, and what that commit changes. Nothing is written: a person runs the
command, or edits the file at the forge.

The edits are those of `suspend`, `cordon` and `uncordon`, made of the file as HEAD has it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote

from reconciler.dashboard.addresses import key_of, member_address, namespace_address, object_address
from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.questions import Questions
from reconciler.documents.errors import DocumentError
from reconciler.edit.object_text import ArgumentError
from reconciler.edit.suspension_edits import find_suspendable
from reconciler.edit.work_tree import FileEdit
from reconciler.errors import ReconcilerError
from reconciler.membership.cluster_file import change_of
from reconciler.membership.cluster_taints import CORDON, TaintChanges
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.present.line_diff import line_diff

_CONTEXT = 3
_BRANCH = "--branch"


@dataclass(frozen=True, slots=True)
class CommitPage:
    title: str
    crumbs: tuple[Crumb, ...]
    says: str
    """What comes of it, in a sentence."""
    commands: tuple[str, ...]
    file: str
    lines: tuple[tuple[str, str], ...]
    """Of the difference: added, removed or same, and the line."""
    trouble: str
    """Why there is no difference to show; empty where there is one."""
    forge: str
    """The address of the file at the forge; empty where that is not known."""


def _edit_of_object(asked: Asked) -> FileEdit:
    key = key_of(asked.path)
    if key not in asked.facts.templates:
        raise NotThereError(f"HEAD does not declare {key}")
    try:
        return find_suspendable(asked.facts.desired, {key.kind.lower()}, key.name, key.namespace).suspending("", None)
    except ArgumentError as error:
        raise NotThereError(str(error)) from error


def _cluster(asked: Asked) -> Cluster:
    cluster = asked.facts.clusters.get(ClusterName(asked.path["name"]))
    if cluster is None:
        raise NotThereError(f"no member {asked.path['name']}")
    return cluster


def _is_cordoned(cluster: Cluster) -> bool:
    return any(taint.identity == CORDON.identity for taint in cluster.taints)


def _edit_of_member(asked: Asked) -> FileEdit:
    cluster = _cluster(asked)
    changes = TaintChanges(removed=((CORDON.key, CORDON.effect),)) if _is_cordoned(cluster) else TaintChanges(added=(CORDON,))
    return change_of(cluster, changes.edits)


async def gather_object(questions: Questions, asked: Asked) -> tuple[FileEdit, str | None]:
    edit = _edit_of_object(asked)
    return edit, await questions.file(edit.file)


async def gather_member(questions: Questions, asked: Asked) -> tuple[FileEdit, str | None]:
    edit = _edit_of_member(asked)
    return edit, await questions.file(edit.file)


def view_object(asked: Asked, found: tuple[FileEdit, str | None]) -> CommitPage:
    key = key_of(asked.path)
    target = f"{key.kind.lower()}/{key.name}"
    command = f"reconciler suspend {shlex.quote(target)}" + (f" -n {shlex.quote(key.namespace)}" if key.namespace else "")
    where = Crumb(key.namespace or "Without a namespace", namespace_address(key.namespace))
    return _page(
        asked,
        found,
        f"Suspend {key.name}",
        (Crumb("Applications", "/applications"), where, Crumb(key.name, object_address(key))),
        "Its copies stay as they are until `reconciler resume`: nothing is written, corrected or removed.",
        command,
    )


def view_member(asked: Asked, found: tuple[FileEdit, str | None]) -> CommitPage:
    cluster = _cluster(asked)
    verb = "uncordon" if _is_cordoned(cluster) else "cordon"
    says = {
        "cordon": "It gets no object that it does not hold already. What it holds stays.",
        "uncordon": "New objects may be placed on it again.",
    }
    crumbs = (Crumb("Fleet", "/members"), Crumb(cluster.name, member_address(cluster.name)))
    command = f"reconciler {verb} {shlex.quote(cluster.name)}"
    return _page(asked, found, f"{verb.capitalize()} {cluster.name}", crumbs, says[verb], command)


def _page(
    asked: Asked, found: tuple[FileEdit, str | None], title: str, crumbs: tuple[Crumb, ...], says: str, command: str
) -> CommitPage:
    edit, before = found
    lines, trouble = _difference(edit, before)
    at_forge = f"{asked.forge}/{_BLOB.get(_kind(asked.forge), 'src/branch')}/HEAD/{quote(edit.file)}" if asked.forge else ""
    branch = f"{command} {_BRANCH} {title.lower().replace(' ', '-')}" if title.replace(" ", "").isascii() else ""
    return CommitPage(title, crumbs, says, tuple(filter(None, (command, branch))), edit.file, lines, trouble, at_forge)


_BLOB = {"github": "blob", "gitlab": "-/blob"}


def _kind(forge: str) -> str:
    return next((kind for kind in _BLOB if kind in forge.split("/")[2:3] or f"{kind}." in forge), "")


def _difference(edit: FileEdit, before: str | None) -> tuple[tuple[tuple[str, str], ...], str]:
    if before is None:
        return (), f"{edit.file} is not in HEAD as text."
    try:
        after = edit.change(before)
    except (DocumentError, ReconcilerError) as error:
        return (), str(error)
    roles = {"+": "added", "-": "removed"}
    lines = line_diff(before.splitlines(), (after or "").splitlines(), _CONTEXT)
    return tuple((roles.get(line[:1], "same"), line) for line in lines), ""


_TEMPLATE = "commit_to_make.html.jinja"
PAGES = (
    Page("/objects/{namespace}/{kind}/{name}/suspend", _TEMPLATE, view_object, gather_object, section="Applications"),
    Page("/members/{name}/cordon", _TEMPLATE, view_member, gather_member, section="Fleet"),
)

"""What a button shows: the command that makes a commit, and what that commit changes. Nothing is written: a person runs the
command, or edits the file at the forge.

The edits are those of `suspend`, `cordon` and `uncordon`, made of the file as HEAD has it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

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
from reconciler.model.branch_names import is_branch_name
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.present.line_diff import line_diff

_CONTEXT = 3
_BRANCH = "--branch"
Found = tuple[FileEdit, str | None, str]
"""The edit, the text of its file, and the branch of HEAD; that is empty where HEAD is a commit."""


@dataclass(frozen=True, slots=True)
class Links:
    """To pages of the forge."""

    file: str
    edit: str
    """The form that edits the file; empty where HEAD is no branch."""
    new_request: str
    """The form that opens a pull request for the branch that the second command makes; empty where there is no such command."""
    request_name: str
    """What the forge calls it."""
    branch: str


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
    forge: Links | None
    """None where the forge is not known."""


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


async def gather_object(questions: Questions, asked: Asked) -> Found:
    return await _gathered(questions, _edit_of_object(asked))


async def gather_member(questions: Questions, asked: Asked) -> Found:
    return await _gathered(questions, _edit_of_member(asked))


async def _gathered(questions: Questions, edit: FileEdit) -> Found:
    return edit, await questions.file(edit.file), await questions.repository.head_branch()


def view_object(asked: Asked, found: Found) -> CommitPage:
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


def view_member(asked: Asked, found: Found) -> CommitPage:
    cluster = _cluster(asked)
    verb = "uncordon" if _is_cordoned(cluster) else "cordon"
    says = {
        "cordon": "It gets no object that it does not hold already. What it holds stays.",
        "uncordon": "New objects may be placed on it again.",
    }
    crumbs = (Crumb("Fleet", "/members"), Crumb(cluster.name, member_address(cluster.name)))
    command = f"reconciler {verb} {shlex.quote(cluster.name)}"
    return _page(asked, found, f"{verb.capitalize()} {cluster.name}", crumbs, says[verb], command)


def _page(asked: Asked, found: Found, title: str, crumbs: tuple[Crumb, ...], says: str, command: str) -> CommitPage:
    edit, before, base = found
    lines, trouble = _difference(edit, before)
    name = title.lower().replace(" ", "-")
    branch = name if name.isascii() and is_branch_name(name) else ""
    commands = (command, f"{command} {_BRANCH} {shlex.quote(branch)}" if branch else "")
    links = _links(asked, edit.file, branch, base)
    return CommitPage(title, crumbs, says, tuple(filter(None, commands)), edit.file, lines, trouble, links)


def _links(asked: Asked, file: str, branch: str, base: str) -> Links | None:
    forge = asked.forge
    if forge is None:
        return None
    return Links(
        forge.file(asked.facts.head.sha, file),
        forge.edit(base, file) if base else "",
        forge.new_request(branch, base) if branch else "",
        forge.request_name,
        branch,
    )


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

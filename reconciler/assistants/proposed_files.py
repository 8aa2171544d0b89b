"""The files that a proposal changes: whether a proposal may change them, and whether the repository stays correct with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.answers.session import Session
from reconciler.answers.validate import issues_of
from reconciler.errors import ReconcilerError
from reconciler.load.layout import is_hidden, is_unsafe
from reconciler.model.issues import Issue, errors_in
from reconciler.model.tree import Tree, TreeEntry
from reconciler.pipeline.revision import RevisionFiles, commit_files, load_revision
from reconciler.repo.commit_branch import is_path
from reconciler.repo.revision import Commit


class ProposalError(ReconcilerError):
    """What is proposed must not be written."""


@dataclass(frozen=True, slots=True)
class Proposed:
    commit: Commit
    """The one that the files start from."""
    changes: Mapping[str, bytes | None]
    """Path → whole new content; None deletes the file."""
    errors: tuple[Issue, ...]
    """Those that the commit does not have."""


def changes_of(files: Iterable[tuple[str, str | None]], tree: Tree) -> dict[str, bytes | None]:
    """tree: what the changes start from. Raises ProposalError where one changes nothing, or may not be changed.

    A file in a hidden folder may be a program that the forge runs, with secrets, as soon as a branch is pushed.
    """
    changes: dict[str, bytes | None] = {}
    for path, text in files:
        content = None if text is None else text.encode("utf-8", "surrogatepass")
        if path in changes:
            raise ProposalError(f"{path} is named twice", remedy="Name each file once.")
        _refuse_path(path, tree)
        if content is None and path not in tree:
            raise ProposalError(f"{path} does not exist, so it cannot be deleted", remedy="Leave it out.")
        changes[path] = content
    return changes


def _refuse_path(path: str, tree: Tree) -> None:
    if path.startswith(("/", "-")) or not path.isprintable() or is_unsafe(path) or not is_path(path):
        raise ProposalError(f"{path} is no path of a file in the repository", remedy="Write it as apps/web.yaml.")
    if is_hidden(path):
        remedy = "A person must change it: what is hidden may be run by the forge."
        raise ProposalError(f"{path} is hidden, or in a hidden folder, and no proposal changes it", remedy=remedy)
    parts = path.split("/")
    for place in ("/".join(parts[:count]) for count in range(1, len(parts) + 1)):
        entry = tree.get(place)
        if entry is not None and (place != path or not entry.is_file):
            what = "a file" if entry.is_file else "a link or a submodule"
            raise ProposalError(f"{place} is {what}, so {path} cannot be written", remedy="Choose another path.")
    below = next((other for other in tree if other.startswith(f"{path}/")), "")
    if below:
        raise ProposalError(f"{path} is a folder, because there is {below}", remedy="Choose another path.")


async def check_proposed(opened: Session, commit: Commit, files: Iterable[tuple[str, str | None]], now: datetime) -> Proposed:
    """Judged by the Tenants of the commit, as a pull request is. Raises ProposalError, ReconcilerError."""
    before = await commit_files(opened.repository, commit)
    own = await opened.repository.read_tree(commit)
    changes = changes_of(files, own)
    tree, contents = dict(before.tree), dict(before.uncommitted)
    for path, content in changes.items():
        tree.pop(path, None)
        if content is not None:
            blob = hashlib.sha256(content).hexdigest()
            tree[path], contents[blob] = TreeEntry(blob, 0o100644), content
    after = RevisionFiles(commit, dict(sorted(tree.items())), contents, before.failures)
    present = await opened.repository.read_blobs([own[path].blob for path in changes if path in own])
    if all(path in own and present[own[path].blob] == content for path, content in changes.items()):
        raise ProposalError("the files are like that already", remedy="Nothing needs to be proposed.")
    desired = await load_revision(opened.repository, before, opened.compiler)
    recorded = (await opened.recorded(desired)).state
    known = {_identity(issue) for issue in (await issues_of(opened, desired, recorded, now))[1]}
    proposed = await load_revision(opened.repository, after, opened.compiler, judges=desired.tenancy)
    _, issues = await issues_of(opened, proposed, recorded, now)
    errors = [issue for issue in errors_in(issues) if _identity(issue) not in known]
    return Proposed(commit, changes, tuple(errors))


def _identity(issue: Issue) -> tuple[str, str, str]:
    """Without its line, which moves with what is written above it."""
    return issue.origin.file, issue.reason, issue.message

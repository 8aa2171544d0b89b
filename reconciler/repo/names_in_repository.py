"""Names that a repository holds, each found by one call of git that reads no more than it must: for completion."""

from __future__ import annotations

from reconciler.documents.reader import read_stream
from reconciler.model.manifest import text
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError


def paths_of(git: GitCommand, branch: str, folder: str) -> list[str] | None:
    """The paths below a folder of a local branch; None where there is no such branch. Raises RepositoryError."""
    if not branch or branch.startswith("-"):
        return None
    try:
        listed = git.run("ls-tree", "-r", "-z", "--name-only", f"refs/heads/{branch}", "--", f"{folder}/")
    except RepositoryError:
        try:  # A clone may have it at its remote only.
            listed = git.run("ls-tree", "-r", "-z", "--name-only", f"refs/remotes/origin/{branch}", "--", f"{folder}/")
        except RepositoryError:
            return None
    return listed.decode(errors="replace").split("\0")[:-1]


def setting(git: GitCommand, name: str) -> str:
    """The value of a field of the Configuration in HEAD, as far as one line tells it; empty where none does."""
    return next(iter(_values(git, rf"^ *{name}: *[^ ].*$")), "")


def declared_names(git: GitCommand, kind: str) -> list[str]:
    """The names of the objects of a kind that files of HEAD declare, sorted. Raises RepositoryError."""
    listed = git.try_run("grep", "-l", "-z", "-E", rf"kind\"?: *['\"]?{kind}\b", "HEAD", "--", *_YAML)
    files = (listed or b"").decode(errors="replace").split("\0")[:-1]
    documents = [document.value for one in files[:_MOST] for document in read_stream(git.run("cat-file", "blob", one))[0]]
    return sorted({text(one, "metadata", "name") for one in documents if text(one, "kind") == kind} - {""})


def branches(git: GitCommand) -> list[str]:
    """Raises RepositoryError."""
    return _references(git, "refs/heads")


def revisions(git: GitCommand) -> list[str]:
    """HEAD, branches and tags. Raises RepositoryError."""
    return ["HEAD", *_references(git, "refs/heads", "refs/tags")]


_YAML = ("*.yaml", "*.yml")
_MOST = 200
"""Files that are read for one completion."""


def _references(git: GitCommand, *folders: str) -> list[str]:
    listed = git.run("for-each-ref", "--format=%(refname:lstrip=2)", *folders)
    return listed.decode(errors="replace").splitlines()


def _values(git: GitCommand, pattern: str) -> list[str]:
    found = (git.try_run("grep", "-h", "-E", pattern, "HEAD", "--", *_YAML) or b"").decode(errors="replace").splitlines()
    return [line.partition(":")[2].strip().strip("\"'") for line in found]

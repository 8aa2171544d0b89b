"""Branches that hold one file each, such as those that `ReplacedBranch` writes: many of them, read by three git processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model.tree import Oversized
from reconciler.repo.command import REMOTE, GitCommand
from reconciler.repo.tree import read_blobs, read_objects

MISSING = "its commit does not hold this one file alone"


def fetch_branches(git: GitCommand, prefix: str) -> None:
    """For a clone: updates what it knows of the remote's branches below a prefix. Raises RepositoryError, UnreachableError."""
    options = ("--quiet", "--prune", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    git.ask_remote("fetch", *options, REMOTE, f"+refs/heads/{prefix}*:refs/remotes/{REMOTE}/{prefix}*")


def branch_tips(git: GitCommand, prefix: str) -> dict[str, str]:
    """Name below the prefix → commit, sorted: the remote's branches as of the last fetch, else the local ones."""
    tips: dict[str, str] = {}
    for folder in (f"refs/heads/{prefix}", f"refs/remotes/{REMOTE}/{prefix}"):
        listing = git.run("for-each-ref", "--format=%(objecttype)%00%(objectname)%00%(refname)", f"{folder}**")
        for line in listing.decode("utf-8", "surrogateescape").splitlines():
            kind, commit, name = line.split("\0")
            if kind == "commit":
                tips[name.removeprefix(folder)] = commit
    return dict(sorted(tips.items()))


def read_files(git: GitCommand, commits: Collection[str], name: str, limit: int) -> Mapping[str, bytes | Oversized | None]:
    """Commit → content of its file; None where the commit holds something else. Raises RepositoryError, UnreachableError."""
    commits = list(dict.fromkeys(commits))
    trees = dict(zip(commits, read_objects(git, [f"{commit}^{{tree}}" for commit in commits]), strict=True))
    blobs = {commit: _only_blob(tree.content, name) for commit, tree in trees.items()}
    contents = read_blobs(git, filter(None, blobs.values()), limit)
    return {commit: contents[blob] if blob else None for commit, blob in blobs.items()}


def _only_blob(tree: bytes | Oversized, name: str) -> str:
    """The id of the blob, in the format of Git's trees; empty where the tree holds anything else."""
    entry = f"100644 {name}\0".encode()
    if isinstance(tree, Oversized) or not tree.startswith(entry) or len(tree) - len(entry) not in (20, 32):
        return ""
    return tree[len(entry) :].hex()

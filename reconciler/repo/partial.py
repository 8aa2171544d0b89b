"""Partial mirrors: every commit and tree of the remote, and the contents of only those files that were read.

A long history of large files is then a few megabytes. History is whole, so that ages and `diff` are as in a full mirror; a
shallow one would not know when a file was added. git itself would fetch missing contents one by one, each by a request of its
own, so they are fetched together before they are read. That is one more request to the remote for each new revision, and is why
this is an option and not the rule. A remote that knows no filters sends everything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

from reconciler.repo.command import REMOTE, GitCommand

CLONE_OPTIONS = ("--filter=blob:none",)
_FETCH_OPTIONS = (
    "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--filter=blob:none", "--stdin",
)  # fmt: skip


def is_partial(git: GitCommand) -> bool:
    """Whether the repository may lack contents that its remote has: a partial mirror, or a partial clone of the user. Asked once:
    where a clone becomes partial while the process runs, git itself fetches what is missing, one by one."""
    if git.is_partial is None:
        answer = git.try_run("config", "--type=bool", "--get", f"remote.{REMOTE}.promisor") or b""
        git.is_partial = answer.strip() == b"true"
    return git.is_partial


def fetch_missing(git: GitCommand, blobs: Sequence[str]) -> None:
    """Fetches those of the blobs that a partial repository lacks, by one request. Raises RepositoryError, UnreachableError."""
    if not blobs or not is_partial(git):
        return
    # Asked for a single object, git would fetch it; a list of all it has makes it fetch nothing.
    listing = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)").decode("ascii")
    missing = set(blobs).difference(listing.split())
    if not missing:
        return
    with tempfile.TemporaryFile() as names:
        names.write("".join(f"{name}\n" for name in sorted(missing)).encode("ascii"))
        names.seek(0)
        git.ask_remote("-c", "fetch.negotiationAlgorithm=noop", "fetch", *_FETCH_OPTIONS, REMOTE, stdin=names)

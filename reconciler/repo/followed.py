"""What a process follows: `HEAD`, a branch, a tag, a commit, or the newest tag in a range."""

from __future__ import annotations

import re
from enum import StrEnum

from reconciler.model.semver import parse_range
from reconciler.repo.semver import PREFIX


def short_name(ref: str) -> str:
    """A branch or tag without `refs/heads/` or `refs/tags/`."""
    return re.sub(r"^refs/(?:heads|tags)/", "", ref)


class CommitName(StrEnum):
    """Whether a text can be the id of a commit."""

    FULL = "full"
    SHORT = "short"
    NONE = "none"


def commit_name(text: str) -> CommitName:
    """40 hexadecimal digits (64 in a SHA-256 repository) are an id, from 7 on a short one."""
    if not re.fullmatch(r"[0-9a-f]{7,40}|[0-9a-f]{64}", text, re.IGNORECASE):
        return CommitName.NONE
    return CommitName.FULL if len(text) in (40, 64) else CommitName.SHORT


def is_concerned(followed: str, pushed: str, *, is_default: bool) -> bool:
    """Whether a push may change what is followed. Branches and tags of one name are not told apart, so that no push is missed.

    pushed: the branch or tag, without `refs/heads/`. is_default: whether it is the default branch of the remote.
    Raises RangeError for a range that is none.
    """
    if followed == "HEAD":
        return is_default
    if followed.startswith(PREFIX):
        return parse_range(followed.removeprefix(PREFIX)).holds(pushed)
    return commit_name(followed) is not CommitName.FULL and short_name(followed) == pushed

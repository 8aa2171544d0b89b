"""Names of branches, by those rules of git check-ref-format(1) that matter for patterns and refspecs."""

from __future__ import annotations

import re

_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+")


def is_branch_name(text: str) -> bool:
    """Whether a branch can have this name."""
    return _BRANCH.fullmatch(text) is not None

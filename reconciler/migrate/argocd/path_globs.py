"""Paths that the git generator of an ApplicationSet names: `*` is inside of one part, `**` is any number of parts. Pure.

Source: argo-cd, applicationset/services/repo_service.go; Go's path.Match, and doublestar.
"""

from __future__ import annotations

import re
from functools import lru_cache


class BadGlobError(ValueError):
    """The message is a clause about who states it."""


def matches(glob: str, path: str) -> bool:
    """Raises BadGlobError."""
    return _pattern(glob).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    found, at = "", 0
    glob = glob.strip("/").removeprefix("./")
    while at < len(glob):
        if glob.startswith("**/", at):
            found, at = f"{found}(?:[^/]+/)*", at + 3
        elif glob.startswith("**", at):
            found, at = f"{found}.*", at + 2
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            inside = glob[at + 1 : end].replace("\\", "\\\\")
            found, at = f"{found}[{'^' + inside[1:] if inside[0] in '^!' else inside}]", end + 1
        elif glob[at] == "{" and (end := glob.find("}", at)) > 0:
            found, at = f"{found}(?:{'|'.join(map(re.escape, glob[at + 1 : end].split(',')))})", end + 1
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(glob[at], re.escape(glob[at]))
            at += 1
    try:
        return re.compile(found)
    except re.error as error:
        raise BadGlobError(f"has the path {glob}, which is no pattern") from error

"""Which paths of a tree are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SUFFIXES = (".yaml", ".yml", ".json")


def wanted(path: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the globs let this path in and its ending is one of ours."""
    return path.endswith(SUFFIXES) and matches(path, include) and not matches(path, exclude)


def leads_astray(path: str) -> bool:
    """Whether no checkout would put a file there. Git's own tools make no such path, so nobody has seen what stands in it."""
    return _ASTRAY.search(path) is not None


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs means this file, or, where the path ends in `/`, everything in this folder."""
    return any(_glob(glob).fullmatch(path) for glob in globs)


_ASTRAY = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay inside one folder, `**` crosses folders, and a folder's name alone means everything in it."""
    pattern = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/")):
        pattern += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(f"{pattern}(?:/.*)?", re.DOTALL)

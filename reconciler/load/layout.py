"""Which paths of a tree are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SUFFIXES = (".yaml", ".yml", ".json")


def wanted(path: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the globs let this path in and its ending is one of ours."""
    if not path.endswith(SUFFIXES):
        return False
    return any(_glob(glob).fullmatch(path) for glob in include) and not any(_glob(glob).fullmatch(path) for glob in exclude)


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay inside one folder, `**` crosses folders, and a folder's name alone means everything in it."""
    pattern = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/")):
        pattern += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(f"{pattern}(?:/.*)?", re.DOTALL)

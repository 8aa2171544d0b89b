"""Which paths of a tree are read, and the complaints about those that are not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from reconciler.model.issues import Issue, error, warning
from reconciler.model.origin import Origin
from reconciler.model.settings import Settings
from reconciler.model.tree import Oversized, Tree, TreeEntry

SUFFIXES = (".yaml", ".yml", ".json")

Hidden = tuple[str, Issue | None]
"""A path that is not read, and the complaint about it, if any."""


def wanted(path: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the globs let this path in and its ending is one of ours."""
    return path.endswith(SUFFIXES) and matches(path, include) and not matches(path, exclude)


def leads_astray(path: str) -> bool:
    """Whether no checkout would put a file there. Git's own tools make no such path, so nobody has seen what stands in it."""
    return _ASTRAY.search(path) is not None


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs means this file, or, where the path ends in `/`, everything in this folder."""
    return any(_glob(glob).fullmatch(path) for glob in globs)


def printable(path: str) -> str:
    """A path as it is shown and recorded: bytes that are not UTF-8, which Git lets a name have, become `\\xe9`."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def manifests(tree: Tree) -> Iterable[tuple[str, TreeEntry]]:
    files = ((path, entry) for path, entry in tree.items() if entry.is_file and path.endswith(SUFFIXES))
    return ((printable(path), entry) for path, entry in files if not leads_astray(path))


def counts(path: str, settings: Settings) -> bool:
    """Whether the Configuration lets in what stands here: a file by its name, anything else unless its folder is left out."""
    if path.endswith(SUFFIXES):
        return wanted(path, settings.include, settings.exclude)
    return not any(matches(shown, settings.exclude) for shown in (path, f"{path}/"))


def not_followed(tree: Tree) -> Iterable[Hidden]:
    """Links, submodules, and files where none can be. A link without the name of a manifest may lead to anything: only what was
    declared there counts."""
    for path, entry in tree.items():
        shown = printable(path)
        if entry.is_link:
            yield shown, _link(shown) if path.endswith(SUFFIXES) else None
        elif entry.is_submodule:
            remedy = "Copy its manifests into this repository, or give them a repository of their own."
            yield shown, warning("Submodule", "submodules are not read", remedy, origin=Origin(shown))
        elif path.endswith(SUFFIXES) and leads_astray(path):
            yield shown, _astray(shown)


def _astray(path: str) -> Issue:
    message = "this path leads out of the tree, or into Git's own folder; no checkout has such a file, and it is not read"
    remedy = "Commit the file anew under an ordinary path; `git fsck` says which commit brought this one."
    return error("PathAstray", message, remedy, origin=Origin(path))


def _link(path: str) -> Issue:
    remedy = "Put the file itself here, or leave the link out with spec.exclude of the Configuration."
    return error("SymbolicLink", "symbolic links are not followed", remedy, origin=Origin(path))


def too_large(path: str, content: Oversized) -> Issue:
    message = f"the file has {content.size:,} bytes; {content.limit:,} are read at most"
    return error("TooLarge", message, "Split it, or leave it out with spec.exclude of the Configuration.", origin=Origin(path))


_ASTRAY = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay inside one folder, `**` crosses folders, and a folder's name alone means everything in it."""
    pattern = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob.strip("/")):
        pattern += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(f"{pattern}(?:/.*)?", re.DOTALL)

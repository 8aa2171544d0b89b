"""Which paths of a tree are read, and the issues about those that are not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from reconciler.model.issues import Issue, error, warning
from reconciler.model.origin import Origin
from reconciler.model.settings import Settings
from reconciler.model.tree import Oversized, Tree, TreeEntry
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP, on_one_line

SUFFIXES = (".yaml", ".yml", ".json")

CONFIGURATION_MARK = "reconciler.dev/"
"""A text that every file with a Configuration contains."""

UnreadPath = tuple[str, Issue | None]
"""A path that is not read, and the issue about it, if there is one."""

_of_paths = lru_cache(maxsize=100_000)
"""For functions of a path alone: nearly every path of a revision was in the one before."""


@_of_paths
def is_included(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Whether the path has the suffix of a manifest, and the globs of the Configuration include it.

    As for a shell, `*` and `**` do not mean hidden files and folders: only a glob that names one with its dot includes it.
    """
    if is_hidden(path):
        include = tuple(glob for glob in include if is_hidden(glob))
    return path.endswith(SUFFIXES) and matches(path, include) and not matches(path, exclude)


def may_be_configuration(path: str, content: bytes) -> bool:
    """Whether the file can contain the Configuration, which is read wherever it is, except in hidden files."""
    return is_included(path, ("**",), ()) and CONFIGURATION_MARK.encode() in content


def is_hidden(path: str) -> bool:
    """Whether a file or one of its folders begins with a dot. Unsafe paths are not hidden: they are reported."""
    return _HIDDEN.search(path) is not None and not is_unsafe(path)


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is in one of these folders, or below it."""
    return any(path.startswith(f"{folder}/") for folder in folders)


@_of_paths
def is_unsafe(path: str) -> bool:
    """Whether Git refuses to check out this path, because it leads out of the tree or into `.git`. Git's own tools do not create
    such paths, so no reviewer has seen the file."""
    return _UNSAFE.search(path) is not None


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches this file or, if the path ends with `/`, everything in this folder."""
    return any(_glob(glob).fullmatch(path) for glob in globs)


@_of_paths
def printable(path: str) -> str:
    """The path in the form that is printed and recorded.

    Git allows line breaks in names, which become `\\n`, and bytes that are not UTF-8, which become `\\xe9`.
    """
    name = path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return on_one_line(name)


def manifests(tree: Tree) -> Iterable[tuple[str, TreeEntry]]:
    """(printable path, entry) of each file with the suffix of a manifest."""
    files = ((path, entry) for path, entry in tree.items() if entry.is_file and path.endswith(SUFFIXES))
    return ((printable(path), entry) for path, entry in files if not is_unsafe(path))


def is_relevant(path: str, settings: Settings) -> bool:
    """Whether a path that is not read can contain manifests which the Configuration includes. A manifest is judged by its own
    path; any other path, such as a submodule, is relevant unless it or its folder is excluded."""
    if path.endswith(SUFFIXES):
        return is_included(path, settings.include, settings.exclude)
    return not is_hidden(path) and not any(matches(form, settings.exclude) for form in (path, f"{path}/"))


def unread_paths(tree: Tree) -> Iterable[UnreadPath]:
    """Symbolic links, submodules, and files at unsafe paths. A link without the suffix of a manifest has no issue: it may point
    to anything. It still protects what the last good revision declared below it."""
    for path, entry in tree.items():
        name = printable(path)
        if entry.is_link:
            yield name, _link(name) if path.endswith(SUFFIXES) else None
        elif entry.is_submodule:
            remedy = "Declare a Source in its place: its files then count as files of this repository."
            yield name, warning("Submodule", "submodules are not read", remedy, origin=Origin(name))
        elif path.endswith(SUFFIXES) and is_unsafe(path):
            yield name, _unsafe(name)


def _unsafe(path: str) -> Issue:
    message = "this path leads out of the tree or into the folder .git; Git does not check out such a file, and it is not read"
    remedy = "Commit the file again under an ordinary path. `git fsck` shows the commit that added it."
    return error("PathAstray", message, remedy, origin=Origin(path))


def _link(path: str) -> Issue:
    remedy = "Replace the link with the file itself, or leave the link out with spec.exclude of the Configuration. "
    return error("SymbolicLink", "symbolic links are not followed", f"{remedy}{LEFT_OUT_IS_GIVEN_UP}.", origin=Origin(path))


def too_large(path: str, content: Oversized) -> Issue:
    message = f"the file has {content.size:,} bytes; the limit is {content.limit:,}"
    remedy = f"Split it, or leave it out with spec.exclude of the Configuration. {LEFT_OUT_IS_GIVEN_UP}."
    return error("TooLarge", message, remedy, origin=Origin(path))


_HIDDEN = re.compile(r"(?:^|/)\.")
_UNSAFE = re.compile(r"(?:^|/)(?:\.{0,2}|\.git)(?:/|$)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`*` and `?` match within one folder, `**` across folders. The name of a folder matches everything in it.

    Anyone who can commit writes globs, so a search must not go back from one wildcard to those before it: what a wildcard and the
    text behind it match first is final (atomic groups), because the next wildcard can match all that a later choice could leave.
    Only the last text must fit the end of the path, so only it is tried at each place.
    """
    runs = [["", ""]]  # wildcard, text behind it as a pattern
    for part in _GLOB_PARTS.findall(glob.strip("/")):
        if part in _WILDCARDS:
            runs.append([_WILDCARDS[part], ""])
        else:
            runs[-1][1] += "[^/]" if part == "?" else re.escape(part)
    *firsts, (wildcard, text) = runs
    chunk, rest = wildcard + text, ""
    for before, part in reversed(firsts):
        # A wildcard across folders begins a chunk of its own; a star is final within its chunk.
        if wildcard != _WILDCARDS["*"]:
            chunk, rest = "", (f"(?>{chunk})" if rest else chunk) + rest
        chunk = f"(?>{before}{part})" + chunk if before == _WILDCARDS["*"] else before + part + chunk
        wildcard = before
    return re.compile(f"{f'(?>{chunk})' if rest else chunk}{rest}(?:/.*)?", re.DOTALL)


_GLOB_PARTS = re.compile(r"(?:^|(?<=/))\*\*/|\*\*|\*|\?|[^*?]+")
_WILDCARDS = {"**/": "(?:.*?/)??", "**": ".*?", "*": "[^/]*?"}

"""What a repository that existed before can leave out: paths that declare nothing here, for `spec.exclude`.

Only paths that never declared anything: a manifest with a mistake must be corrected, because excluding it gives up its objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import accumulate

from reconciler.model.issues import Issue
from reconciler.model.settings import CONFIGURATION_FILE
from reconciler.pipeline.compiled import Compiled

_FOLDERS = frozenset({"KustomizeFolder", "HelmChart"})
_FILES = frozenset({"NotAnObject", "UnsupportedKey", "EncryptedFile"})
"""Reasons of errors that show that a file is meant for something else. A syntax error may be a slip in a manifest."""


def suggested_exclusions(compiled: Compiled, issues: Iterable[Issue]) -> list[str]:
    """Paths of files and folders, sorted. A folder stands for its files if all files with an issue or an object below it are
    among them."""
    readable = compiled.desired.files | compiled.recorded.files
    folders: set[str] = set()
    candidates: set[str] = set()
    others: set[str] = set()
    for issue in issues:
        file, folder = issue.origin.file, issue.origin.file.rpartition("/")[0]
        if issue.reason in _FOLDERS:
            folders.add(folder or file)  # Below it, our own kinds are read.
        elif file == CONFIGURATION_FILE:
            others.add(file)  # It is meant for us, whatever is wrong with it.
        elif issue.reason in _FILES and file not in readable:
            candidates.add(file)
        else:
            others.add(file)
    kept = {folder for file in readable | (others - candidates) for folder in _parents(file)}
    counts = Counter(folder for file in candidates for folder in _parents(file))
    found = {path for path in folders if path not in kept} | {_highest(file, kept, counts) for file in candidates}
    return sorted(path for path in found if not any(parent in found for parent in _parents(path)))


def _highest(file: str, kept: Collection[str], counts: Counter[str]) -> str:
    """The topmost folder that contains nothing to keep, if it has more than this file; else the file."""
    return next((folder for folder in _parents(file) if folder not in kept and counts[folder] > 1), file)


def _parents(path: str) -> list[str]:
    """`a`, `a/b` for `a/b/c`."""
    return list(accumulate(path.split("/")[:-1], lambda above, name: f"{above}/{name}"))

"""Reads the files of another tool from a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.load.kustomization import MANIFESTS

_LARGEST = 8 * 2**20
"""Bytes of a file that is read."""


class ImportReadError(ReconcilerError):
    """What is to be imported cannot be read."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """The contents of all files of YAML and JSON in a folder, or of one file, by their paths from there; hidden folders and links
    are left out. Raises ImportReadError."""
    if folder.is_file():
        return {folder.name: _content(folder)}
    if not folder.is_dir():
        raise ImportReadError(f"{folder} is neither a folder nor a file", remedy="Name the folder of the objects: --from.")
    return {path.relative_to(folder).as_posix(): _content(path) for path in _paths(folder)}


def _paths(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (path for name in sorted(names) if name.endswith(MANIFESTS) and not (path := Path(top, name)).is_symlink())


def _content(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        what = f"{path} is larger than {_LARGEST // 2**20} MiB"
        raise ImportReadError(what, remedy="Split it, name a folder without it, or read the cluster: --kubeconfig.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImportReadError(f"{path}: {error.strerror}", remedy="Make the file readable, or name another folder.") from error

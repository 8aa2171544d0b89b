"""Reads the objects of another tool from a folder of files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.load.kustomization import MANIFESTS
from reconciler.migrate.declared import Declared, declared_in

_LARGEST = 8 * 2**20
"""Bytes of a file that is read."""


class ImportReadError(ReconcilerError):
    """What is to be imported cannot be read."""


def read_folder(folder: Path) -> list[Declared]:
    """The objects of all files of YAML and JSON in a folder, or of one file; hidden folders and links are left out. Their places
    are paths from there. Raises ImportReadError."""
    if folder.is_file():
        return declared_in(folder.name, _content(folder))
    if not folder.is_dir():
        raise ImportReadError(f"{folder} is neither a folder nor a file", remedy="Name the folder of the objects: --from.")
    return [one for path in _paths(folder) for one in declared_in(path.relative_to(folder).as_posix(), _content(path))]


def _paths(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (path for name in sorted(names) if name.endswith(MANIFESTS) and not (path := Path(top, name)).is_symlink())


def _content(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImportReadError(f"{path}: {error.strerror}", remedy="Make the file readable, or name another folder.") from error

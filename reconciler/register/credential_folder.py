"""The folder with the credential of one agent, in the form that `--git-credentials` reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.edit.planned_writes import WriteReport
from reconciler.register.request import RegisterError
from reconciler.repo.secret_folder import SPELLINGS

_ALL = frozenset(name for names in SPELLINGS.values() for name in names)


@dataclass(slots=True)
class NewCredential:
    """Files of the folder; empty until the forge has made the credential."""

    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    id: int = 0
    """Of the key, or of the user of the token, at the forge; 0 where no rule needs it."""


@dataclass(frozen=True, slots=True)
class WriteCredential:
    """Writes the folder, which only its owner can read."""

    folder: Path
    credential: NewCredential
    names: tuple[str, ...]
    """Of the files."""

    @property
    def report(self) -> WriteReport:
        return WriteReport("created", f"{self.folder} ({', '.join(self.names)})")

    async def carry_out(self) -> WriteReport:
        await asyncio.to_thread(write_folder, self.folder, self.credential.files)
        return self.report


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Raises OSError. Keys of an earlier credential are deleted. A folder that holds other files, too, keeps its mode: it may be
    one that others need, such as a home folder. Each file is its owner's alone in any case."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if all(path.name in _ALL for path in folder.iterdir()):
        folder.chmod(0o700)
    for name, content in sorted(files.items()):
        unfinished = folder / f".{name}.reconciler-tmp"
        unfinished.unlink(missing_ok=True)
        with open(unfinished, "xb", opener=_private) as file:
            file.write(content)
        unfinished.replace(folder / name)
    for name in _ALL - files.keys():
        (folder / name).unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def refuse_unfit_folder(folder: Path, work_tree: Path | None, *, rotate: bool) -> None:
    """Raises RegisterError where the folder is inside the repository, or holds a credential already.

    rotate: whether that is to be replaced.
    """
    if work_tree is not None and folder.resolve().is_relative_to(work_tree.resolve()):
        raise RegisterError(
            f"{folder} is inside the repository, where credentials must not be stored",
            remedy="Name a folder outside the repository with --to.",
        )
    if folder.exists() and not folder.is_dir():
        raise RegisterError(f"{folder} is no folder", remedy="Name another one with --to.")
    if not rotate and folder.is_dir() and any(path.name in _ALL for path in folder.iterdir()):
        raise RegisterError(
            f"{folder} holds a credential already", remedy="Replace it with --rotate, or name another folder: --to."
        )

"""Where the programs are: named by an option, else in PATH."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from reconciler.jail.failures import JailError


def find_program(name: str, given: Path | None = None, *, search: str | None = None) -> Path:
    """The absolute path of a program.

    given: what the option of this name says. search: the folders that are looked through, as PATH names them; those of PATH
    without it. Raises JailError.
    """
    found = shutil.which(given or name, path=search)
    if found is None:
        where = f"--{name}={given}" if given else "PATH"
        raise JailError(
            f"{name} is not there: {where} names no program that can be run", remedy=f"Install it, or name it by --{name}."
        )
    return Path(os.path.abspath(found))  # noqa: PTH100 - a link stays one: its name may decide what the program does

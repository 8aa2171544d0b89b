"""Another installed version of this program: where it is, and what it renders of a revision."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.review.upgrade import Rendered

_NAME = "reconciler"
_LONGEST = 600.0
"""Seconds that it may take to render."""
_SHOWN = 600
"""Characters of what it says that are quoted."""


class OtherProgramError(ReconcilerError):
    """The other version is not there, or did not render the revision."""


def places_of(version: str, home: Path) -> tuple[Path, ...]:
    """Where pipx, uv and people with virtual environments install a version of this program."""
    names = (f"{_NAME}-{version}", f"{_NAME}@{version}", _NAME)
    roots = (".local/share/pipx/venvs", ".local/pipx/venvs", ".local/share/uv/tools", ".venvs", "venvs")
    return tuple(home / root / name / "bin" / _NAME for root in roots for name in names)


def program_in(path: Path) -> Path:
    """The program: the file itself, or that of a virtual environment. Raises OtherProgramError."""
    for found in (path, path / "bin" / _NAME):
        if found.is_file():
            return found.absolute()
    remedy = f"Name the {_NAME} of another version, or the folder of its virtual environment."
    raise OtherProgramError(f"there is no program at {path}", remedy=remedy)


async def find_version(version: str, home: Path) -> Path:
    """The program of this version in one of the usual places. Raises OtherProgramError."""
    there = [path for path in places_of(version, home) if path.is_file()]
    for path in there:
        if await version_of(path) == version:
            return path
    remedy = f"Install it beside this one, as with `uv tool install` or in {home}/.venvs/{_NAME}-{version}, or name its path."
    raise OtherProgramError(f"no {_NAME} {version} is installed in a usual place", remedy=remedy)


async def version_of(program: Path) -> str:
    """What it says of itself; empty where it does not answer."""
    try:
        code, out, _ = await _run([str(program), "version"])
    except OtherProgramError:
        return ""
    return out.strip().removeprefix(f"{_NAME} ") if code == 0 else ""


async def render_with(program: Path, arguments: Sequence[str]) -> Rendered:
    """What it renders for each member. arguments: of its command `render`. Raises OtherProgramError."""
    code, out, err = await _run([str(program), "render", *arguments, "-o", "json"])
    try:
        document: Any = json.loads(out)
        return {ClusterName(name): tuple(manifests) for name, manifests in document.items()}
    except (ValueError, AttributeError, TypeError):
        said = (err.strip() or out.strip())[-_SHOWN:]
        raise OtherProgramError(
            f"{program} did not render the revision (exit code {code}): {said}",
            remedy="Run its command `render` by itself to see what it lacks.",
        ) from None


async def _run(command: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, and what it wrote. Raises OtherProgramError."""
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        raise OtherProgramError(f"{command[0]} cannot be run: {error.strerror}", remedy="Name another one.") from error
    try:
        async with asyncio.timeout(_LONGEST):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise OtherProgramError(f"{command[0]} took longer than {_LONGEST:g} seconds", remedy="Try a smaller revision.") from None
    return process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

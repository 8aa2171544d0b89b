"""`init`: create a config repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.example import STARTER
from reconciler.cli.session import run_async
from reconciler.repo.client import Repository

Folder = Annotated[Path, typer.Argument(help="The folder. It is created if it does not exist.", metavar="FOLDER")]


def run(folder: Folder = Path()) -> None:
    """Creates a Git repository with a first Configuration, one directory member, and one workload with its policy. Files that
    exist are not changed. Nothing is committed, so that you can read the files first.

    Example: reconciler init config && cd config && git add . && git commit -m "Start" && reconciler sync
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in STARTER.items():
        place = folder / path
        if place.exists():
            typer.echo(f"unchanged  {place}", err=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        typer.echo(f"created    {place}")
    run_async(_init(folder))
    typer.echo(
        f"\nNext: cd {folder}, read the files, `git add .`, `git commit`, then `reconciler validate` and `reconciler sync`.",
        err=True,
    )
    raise typer.Exit(exitcodes.DONE)


async def _init(folder: Path) -> None:
    async with await Repository.init(folder):
        pass

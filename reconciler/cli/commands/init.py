"""`init`: start a config repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.example import STARTER
from reconciler.cli.session import run_async
from reconciler.repo.client import Repository

Folder = Annotated[Path, typer.Argument(help="The folder; it is made if it does not exist.", metavar="FOLDER")]


def run(folder: Folder = Path()) -> None:
    """Writes a Configuration, one directory member and one workload with its policy, as a start. Files that exist are left
    alone; nothing is committed, so that you can look first.

    Example: reconciler init config && cd config && git add . && git commit -m "Start" && reconciler sync
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in STARTER.items():
        place = folder / path
        if place.exists():
            typer.echo(f"kept     {place}", err=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        typer.echo(f"written  {place}")
    run_async(_init(folder))
    typer.echo(
        f"\nNext: cd {folder}, look at the files, `git add .`, `git commit`, then `reconciler validate` and `reconciler sync`.",
        err=True,
    )
    raise typer.Exit(exitcodes.DONE)


async def _init(folder: Path) -> None:
    async with await Repository.init(folder):
        pass

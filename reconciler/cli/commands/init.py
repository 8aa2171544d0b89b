"""`init`: create a config repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.example import LENIENT, STARTER, STRICT
from reconciler.cli.options import DEFAULT_CACHE
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.present.issues import exclude_yaml, issue_counts
from reconciler.repo.client import Repository
from reconciler.review.exclusions import suggested_exclusions

Folder = Annotated[Path, typer.Argument(help="The folder. It is created if it does not exist.", metavar="FOLDER")]
FromExisting = Annotated[
    bool,
    typer.Option("--from-existing", help="Write only a Configuration, which leaves out what the repository has for other tools."),
]


@expands
def run(programs: Programs, folder: Folder = Path(), from_existing: FromExisting = False) -> None:
    """Creates a Git repository with a first Configuration, one directory member, and one workload with its policy. Files that
    exist are not changed. Nothing is committed, so that you can read the files first.

    Example: reconciler init config && cd config && git add . && git commit -m "Start" && reconciler sync
    """
    if from_existing:
        files, remark = run_async(_for_existing(folder, programs))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        run_async(_init(folder))
        files = STARTER
        enter = "" if folder.resolve() == Path.cwd() else f"cd {folder}, "
        remark = f"{enter}read the files, `git add .`, `git commit`, then `reconciler validate` and `reconciler sync`."
    for path, text in files.items():
        place = folder / path
        if place.exists():
            print_remarks([f"unchanged  {place}"])
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        print_lines([f"created    {place}"])
    print_remarks(["", f"Next: {remark}"])
    raise typer.Exit(exitcodes.DONE)


async def _init(folder: Path) -> None:
    async with await Repository.init(folder) as repository:
        await repository.refuse_detached_head()


async def _for_existing(folder: Path, programs: Programs) -> tuple[Mapping[str, str], str]:
    """The Configuration for the commit that is checked out in this folder, and what to do next."""
    async with session(str(folder), DEFAULT_CACHE, programs=programs) as opened:
        await opened.repository.refuse_detached_head()
        _, desired = await opened.load("HEAD")
        recorded = await opened.recorded(desired)
        compiled = await opened.compiler.compile(desired, recorded.state, now(), settled=True)
    excluded = suggested_exclusions(compiled, compiled.issues)
    comment = "  # Files and folders of other tools: Kustomize, Helm, CI and the like. Hidden ones are left out anyway.\n"
    # Files that worked with Karmada may have fields that it does not know. An error would keep these policies from acting at all.
    settings = STARTER["reconciler.yaml"].replace(STRICT, LENIENT)
    text = settings + exclude_yaml(excluded).replace("spec:\n", comment)
    counts = issue_counts(compiled.issues)
    return {"reconciler.yaml": text}, f"read and commit the Configuration, then `reconciler validate` (before: {counts})."

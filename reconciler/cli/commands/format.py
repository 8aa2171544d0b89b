"""`format`: the files of the work tree that declare something, in one form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import Repo
from reconciler.cli.session import run_async, session
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.model.desired import DesiredState
from reconciler.present.formatting import file_diffs, file_lines, format_summary
from reconciler.review.formatting import differing_files, write

Paths = Annotated[
    list[str] | None, typer.Argument(help="Files and folders of the work tree; all of it if none is named.", metavar="PATH")
]
Check = Annotated[bool, typer.Option("--check", help="Write nothing. The exit code is 1 if a file differs.")]
Diff = Annotated[bool, typer.Option("--diff", help="Write nothing, and show what would change.")]


def run(paths: Paths = None, check: Check = False, diff: Diff = False, repo: Repo = ".") -> None:
    """Writes the YAML files of the work tree that declare something in one form. Nested values are indented by two spaces;
    lists below their key, too, or not, as the first list of the document is. apiVersion, kind and metadata come first and status
    last; in metadata, the name, the namespace, the labels and the annotations; in an item of a list, apiVersion, kind and name.
    Other keys keep their order.

    Comments, quotes and blank lines stay, and so does what the file means. Only files that are read as templates, policies,
    Clusters or Configuration are written; a file with an error stays as it is. Nothing is committed.

    Example: reconciler format --check
    """
    top, desired = run_async(_load(repo), "reading the files")
    files = list(differing_files(desired, top, [_inside(path, top) for path in paths or ()]))
    written = not (check or diff)
    if written:
        write(files, top)
    print_lines(file_diffs(files) if diff else file_lines(files, written=written))
    print_remarks([format_summary(files, written=written)])
    raise typer.Exit(exitcodes.ANSWER_IS_NO if files and check else exitcodes.DONE)


def _inside(path: str, top: Path) -> str:
    """The path in the repository, with `/` at the end of a folder. Raises BadParameter."""
    place = Path(path).resolve()
    if not place.exists():
        raise typer.BadParameter(f"{path} does not exist", param_hint="PATH")
    if not place.is_relative_to(top.resolve()):
        raise typer.BadParameter(f"{path} is not in the repository {top}", param_hint="PATH")
    inside = place.relative_to(top.resolve()).as_posix()
    return "/" if inside == "." else f"{inside}/" if place.is_dir() else inside


async def _load(repo: str) -> tuple[Path, DesiredState]:
    """The root of the work tree, and what its files declare. Raises RepositoryError where there is no work tree."""
    async with session(repo) as opened:
        _, desired = await opened.load_worktree()
        top = opened.repository.work_tree
        if top is None:
            raise typer.BadParameter("the command writes files; name a clone with a work tree", param_hint="--repo")
        return top, desired

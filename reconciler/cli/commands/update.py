"""`update`: pin the newest versions of charts and other sources in the lock file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

import typer

from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, DryRun, commit_options
from reconciler.cli.committed_edits import carry_out_and_tell
from reconciler.cli.options import Output, Repo
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.source_options import fetches_sources
from reconciler.cli.terminal import print_document, print_error, print_lines
from reconciler.cli.working import working
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.committed_edit import CommitOptions, committed_writes
from reconciler.edit.lock_edits import WriteLock, lock_edit
from reconciler.edit.planned_writes import PlannedWrite, carry_out
from reconciler.edit.work_tree import WorkTree
from reconciler.model.source_lock import LOCK_FILE, WantedSource, described
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few, plural
from reconciler.passes.preflight import refuse_broken_configuration
from reconciler.present.document import Format
from reconciler.present.source_moves import move_lines, moves_document
from reconciler.repo.client import Repository
from reconciler.sources.client import Sources
from reconciler.sources.options import SourceOptions
from reconciler.sources.update import Update, update_lock

Names = Annotated[
    list[str] | None,
    typer.Option("--source", help="Only this source: a chart's name, or a URL; may be repeated.", metavar="NAME|URL"),
]
Commit = Annotated[bool, typer.Option("--commit", help="Resolve what HEAD wants, and commit the lock file.")]
_NAMED = 3
"""Sources that the subject of the commit names before it counts the others."""


@dataclass(frozen=True, slots=True)
class _Request:
    names: tuple[str, ...]
    sources: SourceOptions
    how: CommitOptions
    dry_run: bool
    output: Format


@fetches_sources
def run(
    sources: SourceOptions,
    source: Names = None,
    repo: Repo = ".",
    commit: Commit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Asks registries, chart repositories and other Git repositories for the newest version of everything that the files of the
    work tree want from there, within the range that each file states, fetches it, and writes its version and digest to
    reconciler.lock. Nothing else is ever taken: `sync` and `run` use what is pinned, and `validate` reports what is not. Commit
    the file with those that it is for; with --commit, or --branch for a pull request, what HEAD wants is resolved, and the lock
    file committed. Where one source cannot be had, nothing is written. With --dry-run the exit code is 1 if something would
    change.

    Example: reconciler update --source podinfo --dry-run
    """
    how = commit_options(no_commit=not (commit or branch), branch="")
    request = _Request(tuple(source or ()), sources, CommitOptions(how.commit, branch), dry_run, output)
    raise typer.Exit(run_async(_update(repo, request)))


async def _update(repo: str, request: _Request) -> int:
    """The exit code. Raises BadParameter, ReconcilerError."""
    async with work_tree(repo) as repository:
        tree = None
        if request.how.commit:
            tree = await WorkTree.open(repository, commit=request.how.in_work_tree and not request.dry_run)
            desired = tree.desired
        else:
            _, desired = await Session(repository).load_worktree()
            refuse_broken_configuration(desired)
        chosen = _chosen(request.names, desired.wanted_sources)
        async with Sources(request.sources) as sources:
            with working("asking for newer versions"):
                update = await update_lock(sources, desired.wanted_sources, desired.source_lock, chosen)
        for failure in update.failures:
            print_error(str(failure))
        if update.failures:
            return exitcodes.COULD_NOT
        _report(update, request.output)
        if not update.is_move:
            return exitcodes.DONE
        if request.dry_run:
            return exitcodes.ANSWER_IS_NO
        await _write(repository, tree, update, request)
        return exitcodes.DONE


def _report(update: Update, output: Format) -> None:
    if output is not Format.TABLE:
        print_document({"sources": moves_document(update.moves), "changed": update.is_move}, output)
    elif update.is_move:
        print_lines(move_lines(update.moves))
    elif update.moves:
        print_lines([f"{LOCK_FILE} is up to date: {plural(len(update.moves), 'source')}."])
    else:
        print_lines(["No file wants anything from elsewhere."])


async def _write(repository: Repository, tree: WorkTree | None, update: Update, request: _Request) -> None:
    """tree: None for the work tree alone. Raises ReconcilerError."""
    is_quiet = request.output is not Format.TABLE
    if tree is None:
        assert repository.work_tree is not None  # noqa: S101 - its files were read
        writes: tuple[PlannedWrite, ...] = (await WriteLock.plan(repository.work_tree, update.lock),)
        done = f"Commit {LOCK_FILE} with the files that it is for."
    else:
        edits = await tree.plan([lock_edit(update.lock)])
        names = first_few([described(move.source.url, move.source.name) for move in update.moves if move.is_move], _NAMED)
        message = "\n".join([f"Update {names}", "", *move_lines(update.moves), ""])
        writes = committed_writes(edits, message, request.how)
        done = f"{LOCK_FILE} updated"
    if is_quiet:
        await carry_out(writes, lambda _: None, dry_run=False)
    elif tree is None:
        await carry_out_and_print(repository, writes, dry_run=False)
        print_lines([done])
    else:
        await carry_out_and_tell(repository, writes, done, request.how, dry_run=False)


def _chosen(names: Collection[str], wanted: Collection[WantedSource]) -> list[WantedSource] | None:
    """The sources that the options name; None for all. Raises BadParameter."""
    if not names:
        return None
    chosen: list[WantedSource] = []
    for name in names:
        found = [one for one in wanted if name in _names_of(one)]
        if not found:
            known = sorted({word for one in wanted for word in _names_of(one)})
            guess = did_you_mean(name, known) or (f"There are {first_few(known, _NAMED)}." if known else "There is none.")
            raise typer.BadParameter(f"no file wants a source {name}. {guess}", param_hint="--source")
        chosen += found
    return chosen


def _names_of(wanted: WantedSource) -> set[str]:
    """A chart's name, the URL, and the last part of the URL of a chart in a registry or of a repository."""
    last = wanted.url.rpartition("/")[2].removesuffix(".git")
    return {wanted.url, wanted.name or last}

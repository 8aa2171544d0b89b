"""`suspend` and `resume`: what is meant, the edit of its file, and what is printed about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.answers.short_names import possible_kinds
from reconciler.cli.committed_edits import Words, commit_edit
from reconciler.cli.session import now, run_async, work_tree
from reconciler.edit.committed_edit import CommitOptions
from reconciler.edit.object_text import ArgumentError
from reconciler.edit.suspension_edits import Suspendable, find_everything, find_suspendable
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.model.suspended import until_of

Target = Annotated[
    str,
    typer.Argument(
        help="What is meant: an object as KIND/NAME, a policy as pp/NAME or cpp/NAME, a member as cluster/NAME.",
        metavar="KIND/NAME",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Everything, on all members.")]


def moment_of(text: str) -> datetime | None:
    """The value of --until: a duration from now, or a time with its zone; None where it is empty. Raises BadParameter."""
    if not text:
        return None
    if "T" in text:
        moment = until_of(text)
        if moment is None:
            raise typer.BadParameter(
                f"{text} is no time with its zone; write it as in 2026-12-24T08:00:00Z", param_hint="--until"
            )
        return moment
    return (now() + duration(text)).replace(microsecond=0)


def edit_suspension(
    repo: str,
    target: str,
    namespace: str,
    edit: Callable[[Suspendable], FileEdit],
    words: Words,
    how: CommitOptions,
    *,
    everything: bool,
    dry_run: bool,
) -> None:
    """Edits and commits the file, and prints what was done. Raises BadParameter, ReconcilerError.

    words: with `{}` for what is meant.
    """
    if bool(target) == everything:
        raise typer.BadParameter("name one object, policy or member as KIND/NAME, or write --all")
    kind, _, name = target.partition("/")
    if target and (not name or "/" in name):
        raise typer.BadParameter(f"{target} is not KIND/NAME; write for example deployment/nginx or cluster/member1")

    async def work() -> None:
        async with work_tree(repo) as repository:
            tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
            try:
                kinds = possible_kinds(kind) | {kind.lower()}
                one = find_everything(tree.desired) if everything else find_suspendable(tree.desired, kinds, name, namespace)
            except ArgumentError as error:
                raise typer.BadParameter(str(error)) from None
            said = Words(*(text.format(one.words) for text in words))
            await commit_edit(repository, tree, edit(one), said, how, dry_run=dry_run)

    run_async(work())

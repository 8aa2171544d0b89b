"""`suspend` and `resume`: what is meant, the edit of its file, and what is printed about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from reconciler.cli.names import possible_kinds
from reconciler.cli.session import duration, now, run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.committed_edit import CommitOptions, plan_committed_edit
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
    words: tuple[str, str, str],
    how: CommitOptions,
    *,
    everything: bool,
    dry_run: bool,
) -> None:
    """Edits and commits the file, and prints what was done. Raises BadParameter, ReconcilerError.

    words: the message of the commit, what is printed, and what is printed where nothing is to be done; `{}` is what is meant.
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
            message, done, already = (text.format(one.words) for text in words)
            planned = await plan_committed_edit(tree, edit(one), message, how)
            if not planned.is_needed:
                print_lines([already])
                return
            push = await carry_out_and_print(repository, planned.writes, dry_run=dry_run, branch=how.branch)
            if not dry_run:
                merge = ", and merge it" if how.branch else ""
                print_lines([f"{done}{f'. Push the commit ({push}){merge}.' if push else ''}"])

    run_async(work())

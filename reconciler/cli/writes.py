"""What a command writes: carried out, printed as soon as each write is done, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer

from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.documents.writer import dump
from reconciler.edit.planned_writes import PlannedWrite, WriteReport, carry_out
from reconciler.model.manifest import is_secret, key_of
from reconciler.present.writes import write_line
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE


def print_writes(*, dry_run: bool) -> Callable[[WriteReport], None]:
    """Prints each write to stdout."""
    return lambda report: print_lines([write_line(report, dry_run=dry_run)])


def print_manifests(objects: Iterable[Mapping[str, Any]]) -> None:
    """Prints objects as YAML to stdout, and for each Secret a remark in place of its values."""
    for manifest in objects:
        if is_secret(manifest):
            print_remarks([f"{key_of(manifest)} is not printed; create it: kubectl create secret generic --from-file FOLDER"])
        else:
            typer.echo(f"---\n{dump(dict(manifest))}", nl=False)


async def carry_out_and_print(
    repository: Repository | None, plan: Iterable[PlannedWrite], *, dry_run: bool, branch: str = ""
) -> str:
    """Carries out a plan, and prints each write to stdout. Returns the command that pushes the commit; empty where nothing was
    committed or the repository has no remote. Raises what the writes raise.

    repository: None where the plan commits nothing. branch: of the commit; empty: that of HEAD.
    """
    committed: list[WriteReport] = []

    show = print_writes(dry_run=dry_run)

    def tell(report: WriteReport) -> None:
        show(report)
        if report.action == "committed":
            committed.append(report)

    await carry_out(plan, tell, dry_run=dry_run)
    if dry_run or not committed or repository is None or REMOTE not in await repository.remotes():
        return ""
    return f"git push {REMOTE} {branch or await repository.head_branch()}"

"""`import`: make a repository of what another tool has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.gitops_imports import AllowInsecure, argocd, flux
from reconciler.cli.options import Context, DryRun, NoCommit, Output, Repo
from reconciler.cli.session import now, run_async, work_tree
from reconciler.cli.sops_options import PassedOn, Program, encrypting_keys
from reconciler.cli.terminal import print_document, print_lines, print_remarks
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.planned_writes import carry_out
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.request import Admin
from reconciler.migrate.karmada.import_karmada import ImportRequest, PlannedImport, planned_import, read_karmada
from reconciler.present.document import Format
from reconciler.present.imports import import_document, import_lines

Kubeconfig = Annotated[
    Path,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="A kubeconfig of the Karmada API server, for a user who may get, list and watch. It may use exec plugins.",
        metavar="FILE",
    ),
]
Namespaces = Annotated[
    list[str], typer.Option("--namespace", "-n", help="Only this namespace. Can be repeated; by default all.", metavar="NAME")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that differ from what Karmada has now.")]


class Secrets(StrEnum):
    """Values of `--secrets`."""

    REFUSE = "refuse"
    SOPS = "sops"


SecretFiles = Annotated[
    Secrets,
    typer.Option(
        "--secrets",
        help="What becomes of Secrets: they are left out and listed, or encrypted by SOPS with the rules of .sops.yaml.",
        case_sensitive=False,
    ),
]


def karmada(
    kubeconfig: Kubeconfig,
    context: Context = "",
    namespace: Namespaces = [],  # noqa: B006 -- typer reads it as "no option"
    repo: Repo = ".",
    overwrite: Overwrite = False,
    secrets: SecretFiles = Secrets.REFUSE,
    sops_env: PassedOn = [],  # noqa: B006 -- typer reads it as "none given"
    sops: Program = "sops",
    allow_insecure: AllowInsecure = False,
    output: Output = Format.TABLE,
    no_commit: NoCommit = False,
    dry_run: DryRun = False,
) -> None:
    """Read a Karmada API server, and write a repository that places everything where Karmada has it.

    Clusters, policies, override policies and what else this program reads become files, and so do the templates that Karmada
    propagates, cleaned of what servers add; one object in each file, in the folder of its namespace. Karmada's bindings are
    recorded on the status branch as earlier decisions, so that the first sync moves nothing. Secrets are left out, or encrypted.
    What has no counterpart is listed. Nothing is written to Karmada, or to a member. Importing again changes nothing; a file that
    differs is left, and the exit code is 1.

    Example: reconciler import karmada --kubeconfig karmada-apiserver.config
    """
    keys = encrypting_keys(sops, sops_env) if secrets is Secrets.SOPS else None
    request = ImportRequest(Admin(kubeconfig, context), tuple(namespace), overwrite, keys, not no_commit, allow_insecure)
    left = run_async(_karmada(repo, request, output, dry_run=dry_run), "reading Karmada")
    raise typer.Exit(exitcodes.ANSWER_IS_NO if left else exitcodes.DONE)


async def _karmada(repo: str, request: ImportRequest, output: Format, *, dry_run: bool) -> bool:
    """Whether a file was left because it differs."""
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=request.commit and not dry_run)
        control = await read_karmada(request)
        planned = await planned_import(repository, control, request, now(), tree)
        if output is not Format.TABLE:
            await carry_out(planned.writes, lambda _: None, dry_run=dry_run)
            print_document(import_document(planned), output)
            return bool(planned.files.differing)
        print_lines(import_lines(planned))
        push = await carry_out_and_print(repository, planned.writes, dry_run=dry_run)
        if not dry_run:
            print_remarks([_next(push, planned, request)])
    return bool(planned.files.differing)


def _next(push: str, planned: PlannedImport, request: ImportRequest) -> str:
    """What to do after an import. push: the command for the branch of HEAD; empty where there is nothing to push."""
    if not request.commit:
        return "Commit the files, and import again: then Karmada's decisions are recorded, too."
    before = f"Push both branches ({f'{push} {planned.status_branch}'.rstrip()}), and let" if push else "Let"
    return f"{before} the members join; then look at `reconciler diff HEAD HEAD --live`."


SUBCOMMANDS = {"karmada": karmada, "argocd": argocd, "flux": flux}
"""Verb of the group → its function, in the order of the help."""
EXAMPLE = "reconciler import karmada --kubeconfig karmada-apiserver.config"

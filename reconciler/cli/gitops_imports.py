"""`import argocd` and `import flux`: their options, and what is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import Context, DryRun, NoCommit, Output, Repo
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_document, print_lines, print_remarks
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.planned_writes import carry_out
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.request import Admin
from reconciler.migrate.import_gitops import GitOpsOptions, GitOpsTool, PlannedGitOpsImport, plan_gitops_import
from reconciler.present.document import Format
from reconciler.present.gitops_imports import gitops_import_document, gitops_import_lines

From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="A folder with the objects, in the repository or elsewhere. By default all files of the repository, or with "
        "--kubeconfig none.",
        metavar="FOLDER",
    ),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        help="A kubeconfig of the cluster that the tool runs in, for a user who may list its objects. It may use exec plugins.",
        metavar="FILE",
    ),
]
Into = Annotated[str, typer.Option("--into", help="The folder of the repository for templates and policies.", metavar="FOLDER")]
OwnCluster = Annotated[
    str, typer.Option("--own-cluster", help="The name of the Cluster that the tool itself runs in.", metavar="NAME")
]
Servers = Annotated[
    list[str],
    typer.Option(
        "--cluster",
        help="A cluster that no cluster Secret declares, by the server that Applications name. Can be repeated.",
        metavar="NAME=SERVER",
    ),
]
Folders = Annotated[
    list[str],
    typer.Option(
        "--cluster",
        help="The folder that the Flux of a cluster reads, where each cluster has its own. Can be repeated.",
        metavar="NAME=FOLDER",
    ),
]
ThisRepository = Annotated[
    list[str],
    typer.Option(
        "--this-repository",
        help="A URL by which objects name this repository, besides those of its remotes and spec.repository. Can be repeated.",
        metavar="URL",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that differ from what the tool has now.")]
AllowInsecure = Annotated[
    bool, typer.Option("--allow-insecure", help="Connect even if the kubeconfig does not verify the server.")
]


@dataclass(frozen=True, slots=True)
class ImportHow:
    """What both commands have in common."""

    repo: str
    options: Callable[..., GitOpsOptions]
    """Takes what they have not: the tool, and `clusters`."""
    output: Format
    dry_run: bool


def import_how(
    folder: From = None,
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    into: Into = "imported",
    own_cluster: OwnCluster = "in-cluster",
    this_repository: ThisRepository = [],  # noqa: B006 -- typer reads it as "no option"
    repo: Repo = ".",
    overwrite: Overwrite = False,
    allow_insecure: AllowInsecure = False,
    output: Output = Format.TABLE,
    no_commit: NoCommit = False,
    dry_run: DryRun = False,
) -> ImportHow:
    options = partial(
        GitOpsOptions,
        folder=folder,
        admin=None if kubeconfig is None else Admin(kubeconfig, context),
        into=into.strip("/"),
        own_cluster=own_cluster,
        repositories=tuple(this_repository),
        overwrite=overwrite,
        commit=not no_commit,
        allow_insecure=allow_insecure,
    )
    return ImportHow(repo, options, output, dry_run)


_imports = grouped("how", import_how)


@_imports
def argocd(how: ImportHow, cluster: Servers = []) -> None:  # noqa: B006 -- typer reads it as "no option"
    """Make templates, policies and overrides of Applications and ApplicationSets, from files or from the cluster of Argo CD.

    A chart becomes a Chart and a kustomization a Kustomize, one for all clusters; what differs by cluster becomes an
    OverridePolicy. A folder of manifests stays as it is, and gets a policy. Cluster Secrets become Clusters with name and labels;
    addresses and credentials are not read, and `join` adds them. What has no counterpart is listed. Nothing is written to Argo
    CD, or to a member. Importing again changes nothing; a file that differs is left, and the exit code is 1.

    Example: reconciler import argocd --from argocd
    """
    raise typer.Exit(_run(how, how.options(GitOpsTool.ARGO_CD, clusters=_pairs(cluster, "SERVER"))))


@_imports
def flux(how: ImportHow, cluster: Folders = []) -> None:  # noqa: B006 -- typer reads it as "no option"
    """Make templates, policies and overrides of HelmReleases and Kustomizations, from files or from the cluster of Flux.

    A chart becomes a Chart and a kustomization a Kustomize, one for all clusters; what differs by cluster becomes an
    OverridePolicy. Clusters get the names of the Secrets in spec.kubeConfig, or of --cluster; `join` adds how they are reached.
    What a Kustomization builds of other objects of Flux stays in it. What has no counterpart is listed. Nothing is written to
    Flux, or to a member. Importing again changes nothing; a file that differs is left, and the exit code is 1.

    Example: reconciler import flux --cluster eu=clusters/eu --cluster us=clusters/us
    """
    raise typer.Exit(_run(how, how.options(GitOpsTool.FLUX, clusters=_pairs(cluster, "FOLDER"))))


def _pairs(arguments: Sequence[str], second: str) -> dict[str, str]:
    """Raises BadParameter."""
    found = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{argument} is not NAME={second}", param_hint="--cluster")
        found[name] = value
    return found


def _run(how: ImportHow, options: GitOpsOptions) -> int:
    planned = run_async(_import(how, options), f"reading {options.tool}")
    return exitcodes.ANSWER_IS_NO if planned.files.differing else exitcodes.DONE


async def _import(how: ImportHow, options: GitOpsOptions) -> PlannedGitOpsImport:
    output, dry_run = how.output, how.dry_run
    async with work_tree(how.repo) as repository:
        tree = await WorkTree.open(repository, commit=options.commit and not dry_run)
        planned = await plan_gitops_import(tree, options)
        if output is not Format.TABLE:
            await carry_out(planned.writes, lambda _: None, dry_run=dry_run)
            print_document(gitops_import_document(planned), output)
            return planned
        print_lines(gitops_import_lines(planned))
        push = await carry_out_and_print(repository, planned.writes, dry_run=dry_run)
        if planned.writes and not dry_run:
            before = f"Push the commit ({push}), and let" if push else "Let"
            print_remarks([f"{before} the members join; then look at `reconciler sync --dry-run`."])
    return planned

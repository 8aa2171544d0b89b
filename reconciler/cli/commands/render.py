"""`render`: what each member must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Output, Repo, Revision, Worktree
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.documents.writer import dump
from reconciler.expanding.programs import Programs
from reconciler.model.file_names import path_of
from reconciler.model.issues import errors_in
from reconciler.model.manifest import is_secret
from reconciler.model.wording import plural
from reconciler.model.work import Work
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.works import make_works
from reconciler.plan.mask_secrets import mask_one
from reconciler.plan.order import apply_order
from reconciler.present.document import Format
from reconciler.present.notices import COMMIT_OR_WORKTREE, uncommitted_lines
from reconciler.repo.options import GitOptions

Folder = Annotated[
    Path | None,
    typer.Option("--to", help="Write one file per object below this folder instead of printing.", metavar="FOLDER"),
]
WithSecrets = Annotated[bool, typer.Option("--with-secrets", help="Also write the values of Secrets; only with --to.")]


@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    revision: Revision = "HEAD",
    worktree: Worktree = False,
    repo: Repo = ".",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Format.YAML,
    to: Folder = None,
    with_secrets: WithSecrets = False,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Prints the manifests of every member after overrides, without contacting a member. The values of Secrets are masked.
    Uncommitted files are not read, except with --worktree.

    Example: reconciler render --cluster member1
    """
    if with_secrets and to is None:
        raise typer.BadParameter("values of Secrets are never printed; use --with-secrets together with --to FOLDER")
    if worktree and revision != "HEAD":
        raise typer.BadParameter("--worktree looks at the work tree; name no revision")
    compiled, uncommitted = run_async(_compile(repo, cache, git, programs, None if worktree else revision), "rendering")
    refuse_unknown_clusters(cluster, compiled.cluster_names)
    works = [work for name, work in make_works(compiled).items() if not cluster or name in cluster]
    print_issues(compiled.issues)
    print_remarks(uncommitted_lines(uncommitted, COMMIT_OR_WORKTREE))
    if to is not None:
        _write(works, to, with_secrets)
    elif output is Format.JSON:
        masked = {work.cluster: [mask_one(manifest.manifest) for manifest in work.manifests] for work in works}
        print_document(masked, output)
    else:
        for work in works:
            for manifest in sorted(work.manifests, key=lambda item: apply_order(item.key)):
                print_lines(["---", f"# {work.cluster}: {manifest.key} ({manifest.origin})"])
                typer.echo(dump(mask_one(manifest.manifest)), nl=False)  # YAML has escapes of its own.
    raise typer.Exit(exitcodes.ANSWER_IS_NO if errors_in(compiled.issues) else exitcodes.DONE)


async def _compile(
    repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str | None
) -> tuple[Compiled, tuple[str, ...]]:
    """What the revision declares, None for the work tree, and the files that were not looked at."""
    async with session(repo, cache, git, programs) as opened:
        commit, desired = await (opened.load(revision) if revision is not None else opened.load_worktree())
        uncommitted = await opened.uncommitted(commit, desired) if commit is not None and revision is not None else ()
        recorded = await opened.recorded(desired)
        return await opened.compiler.compile(desired, recorded.state, now(), settled=True), uncommitted


def _write(works: list[Work], folder: Path, with_secrets: bool) -> None:
    for work in works:
        for manifest in work.manifests:
            path = folder / work.cluster / f"{path_of(manifest.key)}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600 if is_secret(manifest.key) and with_secrets else 0o666)
            path.write_text(dump(manifest.manifest if with_secrets else mask_one(manifest.manifest)), encoding="utf-8")
        print_remarks([f"{work.cluster}: {plural(len(work.manifests), 'manifest')}"])

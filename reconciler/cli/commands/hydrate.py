"""`hydrate`: the manifests of members as files of a branch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import DryRun
from reconciler.cli.git_options import records_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo, Revision
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_error, print_issues, print_lines, print_remarks
from reconciler.edit.hydration import HydratedBranch, Hydrator, targets_of
from reconciler.expanding.programs import Programs
from reconciler.model.wording import first_few, plural
from reconciler.passes.earlier import as_reconciled
from reconciler.passes.preflight import refuse_broken_configuration
from reconciler.pipeline.works import make_works
from reconciler.record.rebuild import is_lost
from reconciler.repo.commit_branch import Signature
from reconciler.repo.options import GitOptions
from reconciler.sources.options import SourceOptions

Push = Annotated[bool, typer.Option("--push/--no-push", help="Push the branches of this repository, if it has a remote.")]
_NAMED = 10


@expands
@records_git
def run(
    git: GitOptions,
    programs: Programs,
    revision: Revision = "HEAD",
    repo: Repo = ".",
    push: Push = True,
    dry_run: DryRun = False,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Writes what each member must hold as clean manifests to the branch that the annotation `reconciler.dev/hydrate` of its
    Cluster names, without contacting a member. Each member has a folder there; files of others stay as they are. Secrets are left
    out. `run` does the same after each pass. Where a pass is recorded, this is what the next one would bring about: what waits
    for its turn in a rollout, or for a copy elsewhere, is not written yet.

    Example: reconciler hydrate --dry-run
    """
    raise typer.Exit(run_async(_hydrate(repo, cache, git, programs, revision, push=push, dry_run=dry_run), "rendering"))


async def _hydrate(
    repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str, *, push: bool, dry_run: bool
) -> int:
    async with session(repo, cache, git, programs) as opened:
        commit, desired = await opened.load(revision)
        refuse_broken_configuration(desired)
        if not targets_of(desired.clusters):
            print_lines([f"No Cluster of {commit.sha[:10]} has the annotation reconciler.dev/hydrate."])
            return exitcodes.DONE
        state = (await opened.recorded(desired)).state
        desired = await as_reconciled(opened.repository, commit, desired, state, opened.compiler)
        # Without a record nobody makes passes, and nothing that waits would ever have its turn.
        compiled = await opened.compiler.compile(desired, state, now(), settled=is_lost(state))
        print_issues(compiled.issues)
        by = Signature.of_program(now())
        sources = SourceOptions.of(opened.repository.outside, cache)
        hydrator = Hydrator(opened.repository, sources, by, push, frozenset({desired.settings.status_branch}))
        branches = await hydrator.write(make_works(compiled), desired, commit.sha, dry_run=dry_run)
        for branch in branches:
            print_lines(_lines(branch, dry_run=dry_run))
            if branch.error is not None:
                print_error(str(branch.error))
            elif branch.foreign:
                print_remarks([f"{branch.target}: not written, because the files are somebody else's: {_named(branch.foreign)}"])
        return exitcodes.COULD_NOT if any(branch.error for branch in branches) else exitcodes.DONE


def _lines(branch: HydratedBranch, *, dry_run: bool) -> Iterator[str]:
    if branch.error is not None:
        return
    members = first_few(branch.members, _NAMED)
    if not branch.written and not branch.removed:
        yield f"{branch.target}: unchanged ({members})"
    else:
        counts = f"{plural(len(branch.written), 'file')} written, {len(branch.removed)} removed"
        yield f"{branch.target}: {counts} ({members}){' (dry run)' if dry_run else ''}"
    if branch.secrets:
        yield f"{branch.target}: {plural(len(branch.secrets), 'Secret')} left out"


def _named(paths: tuple[str, ...]) -> str:
    return first_few(paths, _NAMED)

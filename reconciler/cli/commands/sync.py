"""`sync`: bring all members to a revision, and record the result."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration, refuse_unknown_clusters
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.git_options import records_git, refuse_unsigned_records
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Repo, Revision, TableFormat, TableOutput
from reconciler.cli.progress import ProgressBar
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.sops_options import decrypts
from reconciler.cli.sync_output import print_result
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_issues, print_remarks
from reconciler.cluster.access import Access
from reconciler.decrypt.decryptor import Decryptor
from reconciler.expanding.decrypted_expansions import DecryptedExpansions
from reconciler.expanding.programs import Programs
from reconciler.model.issues import Issue, each_once
from reconciler.passes.options import Options
from reconciler.passes.result import Result
from reconciler.passes.sync import sync
from reconciler.present.notices import COMMIT_FIRST, behind_lines, more_warnings_lines, uncommitted_lines
from reconciler.repo.head import Behind
from reconciler.repo.options import GitOptions
from reconciler.review.lint import lint
from reconciler.review.new_warnings import new_warnings

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done; write and record nothing.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until every object is Current or has failed.")]
Timeout = Annotated[str, typer.Option("--timeout", help="How long to wait, such as 90s or 5m.", metavar="DURATION")]
AllowPrune = Annotated[
    list[str],
    typer.Option(
        "--allow-prune",
        help="Let this member lose more objects than spec.pruneGuard allows; may be repeated. `*` stands for all members, "
        "except for a revision without any resource template.",
        metavar="CLUSTER",
    ),
]
Push = Annotated[
    bool,
    typer.Option(
        "--push/--local",
        " /--no-push",
        help="Push the status branch, if there is a remote. With --local nothing is pushed, and the remote need not have HEAD.",
    ),
]


@prints_tables
@reaches_members
@expands
@records_git
@decrypts
def run(
    access: Access,
    git: GitOptions,
    decryptor: Decryptor | None,
    programs: Programs,
    revision: Revision = "HEAD",
    repo: Repo = ".",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    dry_run: DryRun = False,
    wait: Wait = True,
    timeout: Timeout = "5m",
    allow_prune: AllowPrune = [],  # noqa: B006 -- typer reads it as "none given"
    push: Push = True,
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the revision, compares it with what the members hold, applies the differences in order, prunes our objects that
    are no longer wanted, waits until objects are healthy, and commits the result to the status branch. A second run changes
    nothing. If the repository has a remote, the revision must have been pushed. With spec.mode: Observe in the Configuration,
    nothing is written to a member: the differences are printed and recorded, and the exit code is 1 if there are some.

    Example: reconciler sync --dry-run
    """
    if not dry_run:
        refuse_unsigned_records(git)
    consent = frozenset(allow_prune)
    options = Options(dry_run, wait, duration(timeout), consent, consent, frozenset(cluster) or None, decryptor=decryptor)
    synced = run_async(_sync(repo, cache, git, programs, revision, access, options, push))
    result, uncommitted = synced.result, synced.uncommitted
    print_issues(each_once([*result.issues, *synced.new_warnings]))
    print_remarks([*behind_lines(synced.behind), *uncommitted_lines(uncommitted, COMMIT_FIRST)])
    print_result(result, output, {"uncommitted": list(uncommitted)})
    print_remarks(more_warnings_lines(len(synced.other_warnings)))
    raise typer.Exit(exitcodes.OF_VERDICT[result.verdict])


@dataclass(frozen=True, slots=True)
class _Synced:
    result: Result
    behind: Behind | None
    """What HEAD lacks of its branch."""
    uncommitted: tuple[str, ...]
    """The files that were not looked at."""
    new_warnings: list[Issue]
    """Of `validate`: those in files that differ from the revision that was applied last."""
    other_warnings: list[Issue]


async def _sync(
    repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str, access: Access, options: Options, push: bool
) -> _Synced:
    async with session(repo, cache, git, programs) as opened:
        commit, desired = await opened.load(revision, check=())
        named = (options.only or frozenset()) | (options.allow_prune - {"*"})
        refuse_unknown_clusters(named, [cluster.name for cluster in desired.clusters])
        uncommitted = await opened.uncommitted(commit, desired)
        behind = await opened.repository.behind(commit)
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        bar: AbstractContextManager[ProgressBar] = ProgressBar()
        with bar as progress:
            repository, compiler = opened.repository, opened.compiler
            options = replace(options, decrypted=DecryptedExpansions(compiler.expand))
            result = await sync(repository, compiler, revision, access, now, options, push=push, progress=progress)
        warnings = lint(result.last.compiled, opened.place)
        return _Synced(result, behind, uncommitted, *await new_warnings(repository, result.before, commit, warnings))

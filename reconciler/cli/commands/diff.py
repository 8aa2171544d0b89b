"""`diff`: what a change does to every member, offline or compared with what the members hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer

from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo, ReviewFormat, ReviewOutput, Worktree
from reconciler.cli.render_options import expands
from reconciler.cli.review_pages import print_page
from reconciler.cli.session import now, run_async, session
from reconciler.cli.sops_options import decrypts
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_issues, print_paged, print_remarks, room
from reconciler.cli.upgrades import UpgradeQuery, With, diff_with
from reconciler.cluster.access import Access
from reconciler.decrypt.decryptor import Decryptor
from reconciler.expanding.programs import Programs
from reconciler.model.issues import errors_in
from reconciler.model.wording import plural
from reconciler.present.diff import difference_lines, differences_document, live_document, live_remarks, stat_lines
from reconciler.present.fail_on import UnknownWordError, fail_on_words, found_words
from reconciler.present.notices import COMMIT_OR_WORKTREE, behind_lines, diverged_lines, not_recorded_lines, uncommitted_lines
from reconciler.present.review_page.page import diff_page
from reconciler.present.review_page.page_document import page_document
from reconciler.repo.options import GitOptions
from reconciler.review.diff import RevisionDiff, diff_revisions
from reconciler.review.diff_live import LiveDiff, diff_live
from reconciler.review.revision_pair import Sides
from reconciler.tenancy.rights import REASONS

Base = Annotated[
    str, typer.Argument(help="The revision to compare with. May be left out with --worktree: it is HEAD then.", metavar="BASE")
]
Head = Annotated[str, typer.Argument(help="The revision with the change.", metavar="HEAD")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if there are differences, as git diff does.")]
Live = Annotated[
    bool, typer.Option("--live", help="Compare HEAD with what the members hold now. Reads the members, writes nothing.")
]
Stat = Annotated[bool, typer.Option("--stat", help="Show only how many objects change on each member.")]
Pager = Annotated[
    bool, typer.Option("--pager/--no-pager", help="Show what is longer than the terminal through $PAGER.", show_default=False)
]


class Shown(NamedTuple):
    """How differences are printed."""

    output: ReviewFormat
    stat: bool
    pager: bool


FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="WORD,…",
        help="Exit with 1 if the change has one of these: an effect (remove, move, recreate, refuse, scale, …), a warning of one "
        "kind (scale-to-zero, prune-guard, …), or any warning (warning).",
    ),
]


Judges = Annotated[
    str,
    typer.Option(
        "--judges",
        metavar="REVISION",
        help="The revision whose Tenants judge HEAD, such as the target of a pull request where BASE is the commit at which the "
        "branch began. By default BASE.",
    ),
]


@prints_tables
@reaches_members
@expands
@reads_git
@decrypts
def run(
    git: GitOptions,
    programs: Programs,
    access: Access,
    decryptor: Decryptor | None,
    base: Base = "",
    head: Head = "",
    live: Live = False,
    worktree: Worktree = False,
    exit_code: ExitCode = False,
    fail_on: FailOn = "",
    judges: Judges = "",
    other: With = "",
    repo: Repo = ".",
    output: ReviewOutput = ReviewFormat.TABLE,
    stat: Stat = False,
    pager: Pager = True,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Compares the manifests of two revisions for every member. BASE is scheduled from the recorded placements, and HEAD
    from those of BASE, so that moves are visible. Members with the same manifest are shown together. With --worktree, HEAD is
    the work tree: changed, new and deleted files count as if they were committed.

    With --live, compares the manifests of HEAD with what every member holds now. It uses dry runs, so nothing is written. The
    connections and the Configuration are those of BASE, never those of HEAD. The exit code is 3 if a member does not answer.

    With --with, shows what an upgrade would change on all members, before it: BASE, by default HEAD, is compared with itself, as
    another version of this program renders it, with another helm or kustomize, or with what a release of Kubernetes serves.

    The exit code is 0 whether there are differences or not; with --exit-code it is 1 if there are, and with --fail-on if there
    are such ones. It is 3 if HEAD has an error that BASE does not have: what the error concerns cannot be judged.

    Example, in a pull request: reconciler diff origin/main HEAD
    """
    query = UpgradeQuery.of(other, base, alone=not (head or live or worktree or judges)) if other else None
    sides = _sides(base, head, worktree, judges) if query is None else Sides(query.revision, query.revision)
    show, words = Shown(output, stat, pager), _words(fail_on)
    if live:
        compared = run_async(_diff_live(repo, cache, git, programs, sides, access, decryptor), "comparing with the members")
        _run_live(compared, show, exit_code, words)
    diff, has_remote = run_async(_diff(repo, cache, git, programs, query or sides, decryptor), "comparing")
    if diff.unrecorded and has_remote:
        print_remarks(not_recorded_lines(diff.unrecorded, has_remote=True))
    print_issues(errors_in(diff.new_issues))
    print_issues(diff.warnings)
    remarks = (*behind_lines(diff.behind), *diverged_lines(diff.diverged, sides.base, sides.head))
    print_remarks([*remarks, *uncommitted_lines(diff.uncommitted, COMMIT_OR_WORKTREE)])
    _print(diff, show)
    _exit(diff, bool(diff.differences or diff.readdressed) and exit_code, words)


def _print(diff: RevisionDiff | LiveDiff, show: Shown) -> None:
    if show.output.document:
        document = live_document(diff) if isinstance(diff, LiveDiff) else differences_document(diff)
        print_document({**document, "page": page_document(diff_page(diff))}, show.output.document)
    elif show.output is ReviewFormat.TABLE:
        print_paged(stat_lines(diff, room()) if show.stat else difference_lines(diff), pager=show.pager)
    else:
        print_page(diff_page(diff), show.output)


def _words(fail_on: str) -> frozenset[str]:
    """Raises BadParameter."""
    try:
        return fail_on_words(fail_on)
    except UnknownWordError as error:
        raise typer.BadParameter(str(error), param_hint="--fail-on") from error


def _exit(diff: RevisionDiff | LiveDiff, no: bool, words: Collection[str]) -> NoReturn:
    errors, worktree = len(errors_in(diff.new_issues)), diff.is_worktree
    if errors:
        where, command = ("The work tree", "validate --worktree") if worktree else ("HEAD", "validate")
        if any(issue.reason in REASONS for issue in diff.new_issues):  # HEAD itself may allow it.
            command += f" --base {diff.judge.sha[:12]}"
        concern = "it concerns" if errors == 1 else "they concern"
        found = f"{where} has {plural(errors, 'new error')}"
        print_remarks([f"{found}: what {concern} cannot be judged. See `reconciler {command}`."])
        raise typer.Exit(exitcodes.COULD_NOT)
    there = found_words(words, diff.outline, diff.warnings)
    if there:
        print_remarks([f"--fail-on: this change has {', '.join(there)}."])
    raise typer.Exit(exitcodes.ANSWER_IS_NO if no or there else exitcodes.DONE)


def _sides(base: str, head: str, worktree: bool, judges: str) -> Sides:
    """Raises BadParameter."""
    if worktree and head:
        raise typer.BadParameter("--worktree compares BASE with the work tree; name no HEAD")
    if not base and not worktree:
        raise typer.BadParameter("name the revision to compare with, or use --worktree", param_hint="BASE")
    return Sides(base or "HEAD", None if worktree else head or "HEAD", judges)


def _run_live(diff: LiveDiff, show: Shown, exit_code: bool, words: Collection[str]) -> NoReturn:
    print_issues(errors_in(diff.new_issues))
    print_issues(diff.warnings)
    print_remarks([*behind_lines(diff.behind), *uncommitted_lines(diff.uncommitted, COMMIT_OR_WORKTREE)])
    _print(diff, show)
    if show.output is ReviewFormat.TABLE:
        print_remarks(live_remarks(diff))
    if diff.unanswered:
        raise typer.Exit(exitcodes.COULD_NOT)
    _exit(diff, bool(diff.differences or diff.skipped) and exit_code, words)


async def _diff(
    repo: str, cache: Path, git: GitOptions, programs: Programs, sides: Sides | UpgradeQuery, decryptor: Decryptor | None
) -> tuple[RevisionDiff, bool]:
    """The differences, and whether the repository has a remote."""
    async with session(repo, cache, git, programs) as opened:
        if isinstance(sides, UpgradeQuery):
            return await diff_with(opened, sides, repo, cache, programs), await opened.has_remote()
        compiler = opened.compiler
        diff = await diff_revisions(opened.repository, compiler, sides, now(), opened.place, decryptor)
        return diff, await opened.has_remote()


async def _diff_live(
    repo: str, cache: Path, git: GitOptions, programs: Programs, sides: Sides, access: Access, decryptor: Decryptor | None
) -> LiveDiff:
    async with session(repo, cache, git, programs) as opened:
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        compiler = opened.compiler
        return await diff_live(opened.repository, compiler, sides, access, now(), opened.place, decryptor)

"""`validate`: all issues of a revision, or of the work tree."""

from __future__ import annotations

from pathlib import Path

import typer

from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Output, Repo, Revision, Worktree
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.model.issues import Issue, errors_in
from reconciler.model.wording import plural
from reconciler.pipeline.compiled import Compiled
from reconciler.present.document import Format
from reconciler.present.issues import exclusion_lines, issue_counts, issue_summary, issues_document
from reconciler.present.notices import COMMIT_OR_WORKTREE, uncommitted_lines
from reconciler.repo.options import GitOptions
from reconciler.review.exclusions import suggested_exclusions
from reconciler.review.lint import lint


@reads_git
def run(
    git: GitOptions,
    revision: Revision = "HEAD",
    worktree: Worktree = False,
    repo: Repo = ".",
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads all files of the revision, checks them against the schemas of their kinds and against each other, and checks that
    every template can be scheduled. Needs no cluster and no credentials. What is not committed is not looked at, except with
    --worktree. The exit code is 1 if there is an error.

    Example: reconciler validate --repo ./config main
    """
    if worktree and revision != "HEAD":
        raise typer.BadParameter("--worktree looks at the work tree; name no revision")
    commit, compiled, issues, uncommitted = run_async(_validate(repo, cache, git, None if worktree else revision))
    desired = compiled.desired
    if output is Format.TABLE:
        print_issues(issues)
        print_remarks([*issue_summary(issues), *exclusion_lines(suggested_exclusions(compiled, issues))])
        counts = (
            plural(len(desired.templates), "resource template"),
            plural(len(desired.clusters), "cluster"),
            plural(len(desired.policies), "propagation policy", "propagation policies"),
            plural(len(desired.override_policies), "override policy", "override policies"),
        )
        place = f"work tree at {commit[:12]}" if worktree else commit[:12]
        print_lines([f"{place}: {', '.join(counts)}: {issue_counts(issues)}"])
    else:
        exclude = suggested_exclusions(compiled, issues)
        document = {"revision": commit, "worktree": worktree, "uncommitted": list(uncommitted)}
        print_document({**document, "issues": issues_document(issues), "exclude": exclude}, output)
    print_remarks(uncommitted_lines(uncommitted, COMMIT_OR_WORKTREE))
    raise typer.Exit(exitcodes.ANSWER_IS_NO if errors_in(issues) else exitcodes.DONE)


async def _validate(
    repo: str, cache: Path, git: GitOptions, revision: str | None
) -> tuple[str, Compiled, list[Issue], tuple[str, ...]]:
    """The commit, what it declares, all issues, sorted, and the files that were not looked at.

    revision: None for the work tree.
    """
    async with session(repo, cache, git) as opened:
        commit, desired = await (opened.load(revision) if revision is not None else opened.load_worktree())
        uncommitted = await opened.uncommitted(commit, desired) if revision is not None else ()
        recorded = await opened.recorded(desired)
        compiled = await opened.compiler.compile(desired, recorded.state, now(), settled=True)
        return commit.sha, compiled, sorted({*compiled.issues, *lint(compiled, opened.compiler.place)}), uncommitted

"""`validate`: all issues of a revision, or of the work tree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.validate import Validated, validate
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo, Revision, Worktree
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.model.issues import errors_in
from reconciler.present.document import Format
from reconciler.present.issues import IssueFormat, exclusion_lines, issue_summary, issues_document
from reconciler.present.notices import COMMIT_OR_WORKTREE, behind_lines, uncommitted_lines
from reconciler.present.sarif import sarif_document
from reconciler.present.workflow_commands import workflow_commands
from reconciler.repo.options import GitOptions
from reconciler.review.exclusions import suggested_exclusions

IssueOutput = Annotated[
    IssueFormat,
    typer.Option(
        "--output",
        "-o",
        envvar="RECONCILER_OUTPUT",
        help="How to print the result; sarif for code scanning, github for annotations of GitHub Actions.",
        case_sensitive=False,
    ),
]

Base = Annotated[
    str,
    typer.Option(
        "--base",
        metavar="REVISION",
        help="The revision whose Tenants judge this one, such as the target of a pull request. By default its own do.",
    ),
]


@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    revision: Revision = "HEAD",
    worktree: Worktree = False,
    repo: Repo = ".",
    output: IssueOutput = IssueFormat.TABLE,
    base: Base = "",
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads all files of the revision, checks them against the schemas of their kinds and against each other, and checks that
    every template can be scheduled, and that no member would refuse an object by the ValidatingAdmissionPolicies and the rules of
    CustomResourceDefinitions that it gets. Needs no cluster and no credentials. Uncommitted files are not read, except with
    --worktree. The exit code is 1 if there is an error. Tenants of the revision itself judge what it may do, or those of
    --base; what its own forbid is then a warning.

    Example: reconciler validate --repo ./config main
    """
    if worktree and revision != "HEAD":
        raise typer.BadParameter("--worktree looks at the work tree; name no revision")
    validated = run_async(_validate(repo, cache, git, programs, None if worktree else revision, base), "checking the files")
    compiled, issues, commit = validated.compiled, validated.issues, validated.commit
    desired = compiled.desired
    if output is IssueFormat.SARIF:
        print_document(sarif_document(issues), Format.JSON)
    elif output is IssueFormat.GITHUB:
        print_lines(workflow_commands(issues))
    elif output is IssueFormat.TABLE:
        print_issues(issues)
        print_remarks([*issue_summary(issues), *exclusion_lines(suggested_exclusions(compiled, issues), desired.configuration)])
        print_lines([validated.summary])
    else:
        exclude = suggested_exclusions(compiled, issues)
        document = {"revision": commit, "worktree": worktree, "uncommitted": list(validated.uncommitted)}
        print_document({**document, "issues": issues_document(issues), "exclude": exclude}, Format(output))
    print_remarks([*behind_lines(validated.behind), *uncommitted_lines(validated.uncommitted, COMMIT_OR_WORKTREE)])
    raise typer.Exit(exitcodes.ANSWER_IS_NO if errors_in(issues) else exitcodes.DONE)


async def _validate(repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str | None, base: str) -> Validated:
    """revision: None for the work tree. base: the revision whose Tenants judge it; empty for its own."""
    async with session(repo, cache, git, programs) as opened:
        return await validate(opened, revision, now(), base=base)

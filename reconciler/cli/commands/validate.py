"""`validate`: all issues of a revision, or of the work tree."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo, Revision, Worktree
from reconciler.cli.render_options import expands
from reconciler.cli.session import Session, now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, Severity, errors_in
from reconciler.model.tenant import Tenancy
from reconciler.model.wording import plural
from reconciler.passes.preflight import refuse_status_branch
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.families import PROGRAM_MISSING
from reconciler.present.document import Format
from reconciler.present.issues import IssueFormat, exclusion_lines, issue_counts, issue_summary, issues_document
from reconciler.present.notices import COMMIT_OR_WORKTREE, behind_lines, uncommitted_lines
from reconciler.present.sarif import sarif_document
from reconciler.present.workflow_commands import workflow_commands
from reconciler.repo.head import Behind
from reconciler.repo.options import GitOptions
from reconciler.repo.revision import Commit
from reconciler.review.admission import refusals
from reconciler.review.exclusions import suggested_exclusions
from reconciler.review.forbidden_next import forbidden_next
from reconciler.review.lint import lint
from reconciler.review.survival import too_few_left

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
        counts = (
            plural(len(desired.templates), "resource template"),
            plural(len(desired.clusters), "cluster"),
            plural(len(desired.policies), "propagation policy", "propagation policies"),
            plural(len(desired.override_policies), "override policy", "override policies"),
        )
        place = (f"work tree at {commit[:12]}" if commit else "work tree") if worktree else commit[:12]
        print_lines([f"{place}: {', '.join(counts)}: {issue_counts(issues)}"])
    else:
        exclude = suggested_exclusions(compiled, issues)
        document = {"revision": commit, "worktree": worktree, "uncommitted": list(validated.uncommitted)}
        print_document({**document, "issues": issues_document(issues), "exclude": exclude}, Format(output))
    print_remarks([*behind_lines(validated.behind), *uncommitted_lines(validated.uncommitted, COMMIT_OR_WORKTREE)])
    raise typer.Exit(exitcodes.ANSWER_IS_NO if errors_in(issues) else exitcodes.DONE)


@dataclass(frozen=True, slots=True)
class _Validated:
    commit: str
    """Its id; empty for the work tree of a repository without a commit."""
    compiled: Compiled
    issues: list[Issue]
    """Sorted."""
    uncommitted: tuple[str, ...]
    """Files that were not looked at."""
    behind: Behind | None


def _as_validated(issue: Issue) -> Issue:
    """Without helm or kustomize, what charts come to is not judged; the files themselves may be right."""
    return replace(issue, severity=Severity.WARNING) if issue.reason == PROGRAM_MISSING else issue


async def _validate(repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str | None, base: str) -> _Validated:
    """revision: None for the work tree. base: the revision whose Tenants judge it; empty for its own."""
    async with session(repo, cache, git, programs) as opened:
        judges = (await opened.load(base))[1].tenancy if base else None
        commit, desired = await _load(opened, revision, judges)
        uncommitted = await opened.uncommitted(commit, desired) if commit is not None and revision is not None else ()
        behind = await opened.repository.behind(commit) if commit is not None else None
        recorded = await opened.recorded(desired)
        if commit is not None:
            refuse_status_branch(commit, recorded.commit, desired.settings.status_branch, revision or "HEAD")
        compiled = await opened.compiler.compile(desired, recorded.state, now(), settled=True)
        moment, place = now(), opened.place
        refused = await asyncio.to_thread(refusals, compiled)
        found = {*compiled.issues, *lint(compiled, place), *too_few_left(compiled, moment, place), *refused}
        if desired.tenancy != desired.judges:
            _, own = await _load(opened, revision, None)
            found.update(forbidden_next(found, (await opened.compiler.compile(own, recorded.state, moment, settled=True)).issues))
        issues = sorted(map(_as_validated, found))
        return _Validated(commit.sha if commit is not None else "", compiled, issues, uncommitted, behind)


async def _load(opened: Session, revision: str | None, judges: Tenancy | None) -> tuple[Commit | None, DesiredState]:
    return await (opened.load_worktree(judges=judges) if revision is None else opened.load(revision, judges=judges))

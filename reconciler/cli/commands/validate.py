"""`validate`: all issues of a revision."""

from __future__ import annotations

from pathlib import Path

import typer

from reconciler.cli import exitcodes
from reconciler.cli.options import DEFAULT_CACHE, Cache, Output, Repo, Revision
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.model.issues import errors_in
from reconciler.model.wording import plural
from reconciler.pipeline.compiled import Compiled
from reconciler.present.document import Format
from reconciler.present.issues import exclusion_lines, issue_counts, issue_summary, issues_document
from reconciler.review.exclusions import suggested_exclusions
from reconciler.review.lint import lint


def run(revision: Revision = "HEAD", repo: Repo = ".", output: Output = Format.TABLE, cache: Cache = DEFAULT_CACHE) -> None:
    """Reads all files of the revision, checks them against the schemas of their kinds and against each other, and checks that
    every template can be scheduled. Needs no cluster and no credentials.

    Example: reconciler validate --repo ./config main
    """
    commit, compiled = run_async(_validate(repo, cache, revision))
    issues = sorted({*compiled.issues, *lint(compiled)})
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
        print_lines([f"{commit[:12]}: {', '.join(counts)}: {issue_counts(issues)}"])
    else:
        exclude = suggested_exclusions(compiled, issues)
        print_document({"revision": commit, "issues": issues_document(issues), "exclude": exclude}, output)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if errors_in(issues) else exitcodes.DONE)


async def _validate(repo: str, cache: Path, revision: str) -> tuple[str, Compiled]:
    async with session(repo, cache) as opened:
        commit, desired = await opened.load(revision)
        recorded = await opened.recorded(desired)
        return commit.sha, await opened.compiler.compile(desired, recorded.state, now(), settled=True)

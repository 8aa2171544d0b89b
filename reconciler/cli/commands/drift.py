"""`drift`: what other clients changed in the members, as it was recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration, refuse_unknown_clusters, since
from reconciler.answers.recorded_objects import status_head
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Namespace, Repo, ReportFormat, ReportOutput, StatusBranch
from reconciler.cli.session import now, run_async, session
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, print_text, room
from reconciler.model.sighting import BRANCH, Sighting
from reconciler.passes.member_branches import MemberBranches
from reconciler.present.drift import NOTHING, drift_document, drift_markdown, drift_remarks, drift_table, members_table
from reconciler.record.object_history import RecordedStep, read_steps
from reconciler.record.sighting_file import FILE, LIMIT, parse_sighting
from reconciler.record.status_branch import read_recorded_at
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.review.drift_report import DriftReport, Filter, Signs, drift_report

Since = Annotated[
    str,
    typer.Option(
        "--since",
        help="Also what was recorded of earlier manifests, since then: 2026-01-31, or 7d (seven days ago), 12h, 90m.",
        metavar="DATE|DURATION",
    ),
]
MaxAge = Annotated[
    str,
    typer.Option(
        "--max-age",
        help="Call a member Unknown if its verdict is older, such as 1h.",
        metavar="DURATION",
    ),
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if a member is not in sync.")]
_FIRST_READ = 64
"""Commits of the status branch that are read first; where they are too few, eight times as many."""


@prints_tables
@reads_git
def run(
    git: GitOptions,
    since_text: Since = "",
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    max_age: MaxAge = "",
    exit_code: ExitCode = False,
    status_branch: StatusBranch = "",
    output: ReportOutput = ReportFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the status branch, and contacts no member: `reconciler diff HEAD --live` asks them. Each line is one drift of one
    object: which fields, by which field manager, since when, how often at least, and whether it was corrected, stands (its drift
    policy is Report), or has ended. Each verdict on a member has an age: since the last sign of life of who watches it
    (spec.heartbeat of the Configuration, or its agent), else since the last record. A member that could not be read, or that
    nobody watches any more, is Unknown, whatever was seen before.

    Example: reconciler drift --since 7d --cluster member1
    """
    wanted = Filter(cluster, namespace, since(since_text, now()), duration(max_age) if max_age else None)
    report = run_async(_read(repo, cache, git, status_branch, wanted), "reading the history")
    if output.document is not None:
        print_document(drift_document(report), output.document)
    elif output is ReportFormat.MARKDOWN:
        print_text(drift_markdown(report))
    else:
        space = room(wide=output is ReportFormat.WIDE)
        print_lines(members_table(report, space))
        if report.entries:
            print_lines(["", *drift_table(report, space)])
        print_remarks([*([] if report.entries else [NOTHING]), *drift_remarks(report)])
    raise typer.Exit(exitcodes.ANSWER_IS_NO if exit_code and not report.in_sync else exitcodes.DONE)


async def _read(repo: str, cache: Path, git: GitOptions, branch: str, wanted: Filter) -> DriftReport:
    async with session(repo, cache, git) as opened:
        head = await status_head(opened, branch)
        state = (await read_recorded_at(opened.repository, head.commit)).state
        written = await opened.repository.resolve(head.commit, recorded=True)
        _, desired = await opened.load("HEAD", check=())
        refuse_unknown_clusters(wanted.clusters, {*(one.name for one in desired.clusters), *state.clusters})
        steps: list[RecordedStep] = []
        size = _FIRST_READ
        while wanted.since is not None:
            steps = await read_steps(opened.repository, head.commit, size)
            if len(steps) < size or steps[-1].commit.time < wanted.since:
                break
            size *= 8
        recent = [step for step in steps if wanted.since is None or step.commit.time >= wanted.since]
        declared = {cluster.name for cluster in desired.clusters}
        known = {name: cluster for name, cluster in state.clusters.items() if name in declared}
        signs = Signs(await _sighting(opened.repository), await MemberBranches(opened.repository).read(desired.clusters))
        return drift_report(replace(state, clusters=known), recent, written.time, now(), wanted, signs)


async def _sighting(repository: Repository) -> Sighting | None:
    """The last sign of life, as of the last fetch. What is not one is none."""
    tip = (await repository.branch_tips(BRANCH)).get("")
    if tip is None:
        return None
    content = (await repository.read_files([tip], FILE, LIMIT))[tip]
    try:
        return parse_sighting(content) if isinstance(content, bytes) else None
    except ValueError:
        return None

"""`simulate`: what would move if the fleet were different."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from reconciler.answers.arguments import duration
from reconciler.answers.simulate import (
    Simulated,
    free_of,
    labels_of,
    simulate_each_loss,
    simulate_incident,
    simulate_revision,
    taints_of,
)
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo, ReviewFormat, ReviewOutput, Revision
from reconciler.cli.render_options import expands
from reconciler.cli.review_pages import print_page
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.load.parse_file import parse_file
from reconciler.load.strict import as_strict
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.issues import errors_in
from reconciler.model.settings import Validation
from reconciler.model.survival import DomainKind, MinAvailable
from reconciler.present.n_minus_1 import n_minus_1_document, n_minus_1_lines
from reconciler.present.notices import COMMIT_FIRST, uncommitted_lines
from reconciler.present.review_page.page import n_minus_1_page, simulation_page
from reconciler.present.simulation import simulation_document, simulation_lines
from reconciler.present.timeline import timeline_document, timeline_lines
from reconciler.repo.options import GitOptions
from reconciler.review.n_minus_1 import NMinusOne
from reconciler.review.simulate import Scenario
from reconciler.review.timeline import Incident, Timeline

Lose = Annotated[list[str], typer.Option("--lose", help="Simulate without this member; may be repeated.", metavar="CLUSTER")]
Add = Annotated[
    list[Path], typer.Option("--add", help="Simulate with the Clusters of this file; may be repeated.", metavar="FILE")
]
Taints = Annotated[
    list[str],
    typer.Option("--taint", help="Simulate with this taint on a member; may be repeated.", metavar="CLUSTER:KEY[=VALUE]:EFFECT"),
]
Labels = Annotated[
    list[str],
    typer.Option(
        "--label",
        help="Simulate with this label on a member, or without it (KEY-); may be repeated.",
        metavar="CLUSTER:KEY=VALUE",
    ),
]
Free = Annotated[
    list[str],
    typer.Option(
        "--free", help="Simulate with these free resources on a member; may be repeated.", metavar="CLUSTER:RESOURCE=QUANTITY[,…]"
    ),
]
LoseEach = Annotated[
    list[DomainKind],
    typer.Option(
        "--lose-each",
        help="Simulate the loss of each cluster, zone or region, one at a time (N-1), and show the workloads that fall below "
        "their minimum; may be repeated.",
    ),
]
Minimum = Annotated[
    str,
    typer.Option(
        "--min-available",
        metavar="N|N%",
        help="With --lose-each: what a workload must keep, if it has no annotation reconciler.dev/min-available.",
    ),
]
Labelled = Annotated[
    str, typer.Option("--selector", "-l", metavar="SELECTOR", help="With --lose-each: only workloads with these labels.")
]


For = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="DURATION",
        help="With --lose and --taint: show which evictions begin within this time, such as 20m, and what waits.",
    ),
]
_DOING = "simulating"


@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    revision: Revision = "HEAD",
    repo: Repo = ".",
    lose: Lose = [],  # noqa: B006 -- typer reads it as "none given", as in all of these
    add: Add = [],  # noqa: B006
    taint: Taints = [],  # noqa: B006
    label: Labels = [],  # noqa: B006
    free: Free = [],  # noqa: B006
    lose_each: LoseEach = [],  # noqa: B006
    min_available: Minimum = "1",
    selector: Labelled = "",
    for_: For = "",
    output: ReviewOutput = ReviewFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Schedules the revision for a fleet that differs from the declared one, offline, and shows what a sync would then do. The
    exit code is 1 if something would change, or could not be placed.

    With --lose-each, schedules it once without each failure domain, and shows the workloads that fall below their minimum. A
    member with several zones outlives the loss of one. The exit code is 1 if there is such a workload.

    With --for, steps the clock over thresholds, tolerations and the limits of spec.failover, and shows what is evicted when. New
    copies count as Current at once. The exit code is 1 if something moves or waits.

    Example: reconciler simulate --lose member1 --label member2:environment=dev
    """
    if lose_each:
        if lose or add or taint or label or free:
            raise typer.BadParameter("it loses each failure domain of the declared fleet; leave out the other changes")
        _run_n_minus_1(
            run_async(_check(repo, cache, git, programs, revision, lose_each, min_available, selector), _DOING), lose_each, output
        )
    if for_:
        if add or label or free:
            raise typer.BadParameter("it steps through --lose and --taint; leave out the other changes", param_hint="--for")
        incident = Incident(frozenset(lose), taints_of(taint))
        _run_timeline(run_async(_simulate_time(repo, cache, git, programs, revision, incident, duration(for_)), _DOING), output)
    scenario = Scenario(frozenset(lose), (), taints_of(taint), labels_of(label), free_of(free))
    if scenario == Scenario() and not add:
        raise typer.BadParameter("no change to simulate; use --lose, --lose-each, --add, --taint, --label or --free")
    _run_simulation(run_async(_simulate(repo, cache, git, programs, revision, scenario, add), _DOING), output)


def _run_simulation(simulated: Simulated, output: ReviewFormat) -> NoReturn:
    print_remarks(uncommitted_lines(simulated.uncommitted, COMMIT_FIRST))
    simulation = simulated.simulation
    if output.document:
        print_document(simulation_document(simulation), output.document)
    elif output is ReviewFormat.TABLE:
        print_lines(simulation_lines(simulation))
    else:
        print_page(simulation_page(simulation), output)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if simulation.differences or simulation.unplaced else exitcodes.DONE)


def _run_n_minus_1(result: NMinusOne, kinds: Collection[DomainKind], output: ReviewFormat) -> NoReturn:
    if output.document:
        print_document(n_minus_1_document(result), output.document)
    elif output is ReviewFormat.TABLE:
        print_lines(n_minus_1_lines(result, kinds))
    else:
        print_page(n_minus_1_page(result, kinds), output)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if result.shortfalls else exitcodes.DONE)


def _run_timeline(timeline: Timeline, output: ReviewFormat) -> NoReturn:
    if output.document:
        print_document(timeline_document(timeline), output.document)
    elif output is ReviewFormat.TABLE:
        print_lines(timeline_lines(timeline))
    else:
        raise typer.BadParameter("with --for, it is table, json or yaml", param_hint="--output")
    raise typer.Exit(exitcodes.ANSWER_IS_NO if timeline.moves or timeline.waiting else exitcodes.DONE)


async def _simulate_time(
    repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str, incident: Incident, length: timedelta
) -> Timeline:
    """Raises BadParameter."""
    if not incident.members:
        raise typer.BadParameter("name what happens: --lose, --taint", param_hint="--for")
    async with session(repo, cache, git, programs) as opened:
        simulated = await simulate_incident(opened, revision, incident, length, now())
    print_remarks(uncommitted_lines(simulated.uncommitted, COMMIT_FIRST))
    return simulated.timeline


async def _check(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    revision: str,
    kinds: Collection[DomainKind],
    minimum: str,
    selector: str,
) -> NMinusOne:
    """Raises BadParameter."""
    try:
        default = MinAvailable.parse(minimum)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write 2 or 50%", param_hint="--min-available") from None
    async with session(repo, cache, git, programs) as opened:
        return await simulate_each_loss(opened, revision, kinds, default, selector, now())


async def _simulate(
    repo: str, cache: Path, git: GitOptions, programs: Programs, revision: str, scenario: Scenario, add: Iterable[Path]
) -> Simulated:
    def added(desired: DesiredState) -> tuple[Cluster, ...]:
        return _added(add, strict=desired.settings.validation is Validation.STRICT)

    async with session(repo, cache, git, programs) as opened:
        return await simulate_revision(opened, revision, scenario, now(), added)


def _added(files: Iterable[Path], *, strict: bool) -> tuple[Cluster, ...]:
    """The Clusters of these files, read as files of the repository are; warnings are printed. Raises BadParameter.

    strict: whether unknown fields are errors.
    """
    clusters: list[Cluster] = []
    for file in files:
        if not file.is_file():
            raise typer.BadParameter(f"the file {file} does not exist")
        parsed = parse_file(str(file), "", file.read_bytes())
        parsed = as_strict(parsed) if strict else parsed
        declared = [each.noun for each in parsed.objects if isinstance(each.noun, Cluster)]
        if errors := errors_in(parsed.issues):
            raise typer.BadParameter(f"{errors[0].origin}: {errors[0].message}. {errors[0].remedy}")
        if not declared:
            raise typer.BadParameter(f"{file}: it declares no Cluster")
        print_issues(parsed.issues)
        clusters.extend(declared)
    return tuple(clusters)

"""`rebalance`: place workloads afresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from reconciler.answers.kind_names import guessed_object
from reconciler.answers.short_names import possible_kinds
from reconciler.cli import exitcodes
from reconciler.cli.cluster_edits import Branch, commit_options
from reconciler.cli.options import DEFAULT_CACHE, Namespace, NoCommit, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cli.working import working
from reconciler.cli.writes import carry_out_and_print
from reconciler.documents.writer import dump
from reconciler.edit.committed_edit import CommitOptions, committed_writes
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.expanding.expanding_compiler import with_expansions
from reconciler.expanding.programs import Programs
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few, plural
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.simulation import simulation_lines
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository
from reconciler.review.rebalance import Rebalancing, free_name, movable, rebalancer_manifest, simulate_rebalance

Objects = Annotated[
    list[str] | None,
    typer.Argument(help="The workloads as KIND/NAME; short names of kinds work, as in kubectl.", metavar="[KIND/NAME]..."),
]
All = Annotated[bool, typer.Option("--all", help="All workloads that a policy places.")]
ObjectName = Annotated[
    str, typer.Option("--name", help="The name of the WorkloadRebalancer; a number follows where it is taken.", metavar="NAME")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would move, and write nothing.")]
_NAMED = 3
"""Objects that the subject of the commit names before it counts the others."""


@dataclass(frozen=True, slots=True)
class _Request:
    objects: Sequence[str]
    namespace: str
    name: str
    how: CommitOptions
    dry_run: bool


@expands
def run(
    programs: Programs,
    objects: Objects = None,
    every: All = False,
    namespace: Namespace = "",
    name: ObjectName = "rebalance",
    repo: Repo = ".",
    no_commit: NoCommit = False,
    branch: Branch = "",
    dry_run: DryRun = False,
) -> None:
    """Shows what would move if these workloads were placed afresh, as if they were new. Without --dry-run, writes a
    WorkloadRebalancer that names those that would move to rebalancers/NAME.yaml, and commits it; the next sync moves them, the
    new copy before the old one. Where nothing would move, nothing is written. With --dry-run the exit code is 1 if something
    would move.

    Example: reconciler rebalance deploy/web -n shop --dry-run
    """
    if bool(objects) == every:
        raise typer.BadParameter("name workloads as KIND/NAME, or --all")
    request = _Request(objects or (), namespace, name, commit_options(no_commit=no_commit, branch=branch), dry_run)
    raise typer.Exit(run_async(_rebalance(repo, programs, request)))


async def _rebalance(repo: str, programs: Programs, request: _Request) -> int:
    """The exit code. Raises BadParameter, ReconcilerError."""
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=request.how.in_work_tree and not request.dry_run)
        recorded = (await read_recorded(repository, tree.desired.settings.status_branch)).state
        compiler = with_expansions(ThreadCompiler(tree.compiler), repository, programs, DEFAULT_CACHE)
        time = now()
        with working("simulating"):
            before = await compiler.compile(tree.desired, recorded, time, settled=True)
            keys = _named(request, movable(before), list(before.templates))
            found = await simulate_rebalance(tree.desired, recorded, before, keys, compiler, time)
        print_lines(simulation_lines(found.simulation))
        if request.dry_run or not found.moved:
            return exitcodes.ANSWER_IS_NO if found.moved else exitcodes.DONE
        await _write(repository, tree, found, recorded, request)
    return exitcodes.DONE


def _named(request: _Request, placed: Sequence[ResourceKey], templates: Sequence[ResourceKey]) -> list[ResourceKey]:
    """The objects that the arguments name. Raises BadParameter."""
    if not request.objects:
        return list(placed)
    keys: dict[ResourceKey, None] = {}
    for word in request.objects:
        kind, _, name = word.partition("/")
        if not name or "/" in name:
            raise typer.BadParameter(f"{word} is not KIND/NAME; write for example deployment/nginx")
        kinds, places = possible_kinds(kind), ("", request.namespace)
        found = [
            key
            for key in templates
            if key.kind.lower() in kinds and key.name == name and (not request.namespace or key.namespace in places)
        ]
        if not found:
            where = request.namespace or "any namespace"
            raise typer.BadParameter(f"no template {word} in {where} of HEAD. {guessed_object(kind, name, templates)}".rstrip())
        if unplaced := [key for key in found if key not in placed]:
            raise typer.BadParameter(f"no policy places {unplaced[0]}, so there is nothing to place afresh")
        keys |= dict.fromkeys(found)
    return sorted(keys)


async def _write(repository: Repository, tree: WorkTree, found: Rebalancing, recorded: RecordedState, request: _Request) -> None:
    name = free_name(request.name, tree.desired, recorded)
    file, text = f"rebalancers/{name}.yaml", dump(rebalancer_manifest(name, found.moved))
    if file in tree.files:
        raise typer.BadParameter(f"{file} exists and declares something else", param_hint="--name")
    edits = await tree.plan([FileEdit(file, lambda _: text)])
    if name not in {one.name for one in edits.desired.rebalancers}:
        raise typer.BadParameter(f"{file} is not read: spec.include or spec.exclude of the Configuration leaves it out")
    names = first_few([template.key for template in found.moved], _NAMED)
    message, how = f"Rebalance {names}\n\n{file} places them afresh, once.\n", request.how
    writes = committed_writes(edits, message, how)
    push = await carry_out_and_print(repository, writes, dry_run=False, branch=how.branch)
    before = f"Push the commit ({push}){', and merge it' if how.branch else ''}. " if push else ""
    print_lines([f"{before}The next sync places {plural(len(found.moved), 'workload')} afresh. {file} can be removed after it."])

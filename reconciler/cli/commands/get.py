"""`get`: objects of any kind over all members."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.get import Asked, Gotten, asking_members, selections_of
from reconciler.answers.kind_names import named_kinds
from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.clusters import ClusterQuery, is_clusters, show_clusters
from reconciler.cli.following import FollowedObjects
from reconciler.cli.get_output import AS_TABLE, METAVAR, PLAIN, GetOutput, parse_get_output
from reconciler.cli.git_options import reads_git
from reconciler.cli.objects_view import Arguments, ObjectsView, print_objects, room_of, shows_objects, template_errors
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Labels, Repo
from reconciler.cli.session import run_async, session, stop_on_signals, until
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_remarks
from reconciler.cli.working import counted
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.passes.fleet import Fleet
from reconciler.present.objects import TableOptions, object_remarks
from reconciler.repo.options import GitOptions
from reconciler.review.follow import follow_objects
from reconciler.review.get import GetResult

Words = Annotated[
    list[str],
    typer.Argument(help="Kinds, in any spelling of kubectl, and names.", metavar="KIND[,KIND…] [NAME…] | KIND/NAME…"),
]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Objects of this namespace.", metavar="NAME")
]
Everywhere = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Objects of all namespaces.")]
Fields = Annotated[
    str,
    typer.Option("--field-selector", help="Only objects with these fields, such as status.phase=Running.", metavar="SELECTOR"),
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Print the objects, then each change of them, until interrupted.")]
Output = Annotated[
    GetOutput,
    typer.Option(
        "--output",
        "-o",
        envvar="RECONCILER_OUTPUT",
        help="How to print the result; templates are those of kubectl, also as jsonpath-as-json=…, jsonpath-file=FILE and"
        " custom-columns-file=FILE.",
        parser=parse_get_output,
        metavar=METAVAR,
    ),
]


@prints_tables
@reads_members
@reads_git
@shows_objects
def run(
    git: GitOptions,
    access: Access,
    view: ObjectsView,
    words: Words,
    namespace: Namespace = "default",
    everywhere: Everywhere = False,
    labels: Labels = "",
    fields: Fields = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    watch: Watch = False,
    output: Output = AS_TABLE,
    revision: At = "HEAD",
    repo: Repo = ".",
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Asks all members at the same time, each for the columns that kubectl shows. Members that do not answer are listed below
    the tables, and the exit code is 3. The exit code is 1 if no member has a named object or serves a kind. A template sees one
    List with the objects of all members; each of them answers to `.cluster`, too. Of one named object, `-o jsonpath` prints a
    line for each member; with one --cluster as well, what kubectl prints. With -w, each change is printed as it happens; members
    that stop answering are named, and asked again.
    `get clusters` shows the members themselves, as the command `clusters` does.

    Example: reconciler get deploy,svc -n shop -l app=web -o wide
    """
    if is_clusters(words):
        names = frozenset(name for named in named_kinds(words).values() for name in named)
        query = ClusterQuery(repo, cache, git, revision, names.union(cluster), labels)
        raise typer.Exit(show_clusters(query, _plain(output, watch=watch)))
    base = Selection(
        "", frozenset(), (), "" if everywhere else namespace, labels, output.needs_objects, fields, bool(view.sort_by)
    )
    selections = selections_of(words, base)
    if everywhere and any(selection.names for selection in selections):
        raise typer.BadParameter("named objects need one namespace; choose it with -n")
    question = _Question(repo, cache, git, revision, cluster, access, selections)
    arguments = Arguments(everywhere, len(selections) == 1 == len(selections[0].names), len(cluster) == 1)
    if watch:
        _refuse_to_follow(view)
        run_async(_follow(question, output, view.table(namespaces=everywhere, follows=True)))
        raise typer.Exit(exitcodes.DONE)
    got = run_async(_get(question), "reading the repository")
    result = got.result
    print_objects(result, output, view, arguments)
    _print_remarks(result, selections, got.remarks)
    if result.unanswered:
        raise typer.Exit(exitcodes.COULD_NOT)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if result.unknown or result.missing else exitcodes.DONE)


def _plain(output: GetOutput, *, watch: bool) -> str:
    """The form of output of members. Raises BadParameter for one that is for objects only."""
    if watch or output.shape not in PLAIN:
        raise typer.BadParameter("members have no templates, and are not watched; objects are")
    return output.shape.value


def _refuse_to_follow(view: ObjectsView) -> None:
    """Raises BadParameter."""
    if view.sort_by is not None:
        raise typer.BadParameter("-w prints changes as they come: --sort-by has no meaning there")


def _print_remarks(result: GetResult, selections: Sequence[Selection], hints: Iterable[str]) -> None:
    print_remarks(object_remarks(result, next((one.namespace for one in selections if one.namespace), "")))
    print_remarks(hints)


@dataclass(frozen=True, slots=True)
class _Question:
    repo: str
    cache: Path
    git: GitOptions
    revision: str
    names: Collection[str]
    """Of members; empty: all."""
    access: Access
    selections: Sequence[Selection]


async def _get(question: _Question) -> Gotten:
    async with _opened(question) as asked:
        with counted("asking the members", len(asked.fleet.clients)) as answered_one:
            return await asked.get(question.selections, answered_one)


async def _follow(question: _Question, output: GetOutput, options: TableOptions) -> None:
    """Until the process is interrupted."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with _opened(question) as asked:
        with counted("asking the members", len(asked.fleet.clients)) as answered_one:
            got = await asked.get(question.selections, answered_one)
        result = got.result
        followed = FollowedObjects(result, output, room_of(output), options)
        with template_errors():
            followed.print_first()
        _print_remarks(result, question.selections, got.remarks)
        if result.unknown and not result.unanswered:
            raise typer.Exit(exitcodes.ANSWER_IS_NO)
        await until(stop, _print_changes(asked.fleet, question.selections, result, followed))


async def _print_changes(fleet: Fleet, selections: Sequence[Selection], result: GetResult, followed: FollowedObjects) -> None:
    with template_errors():
        async with aclosing(follow_objects(fleet, selections, result)) as changes:
            async for change in changes:
                followed.print_change(change)


@asynccontextmanager
async def _opened(question: _Question) -> AsyncIterator[Asked]:
    async with (
        session(question.repo, question.cache, question.git) as opened,
        asking_members(opened, question.access, revision=question.revision, clusters=question.names) as asked,
    ):
        yield asked

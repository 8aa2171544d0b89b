"""`get`: objects of any kind over all members."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.clusters import ClusterQuery, is_clusters, show_clusters
from reconciler.cli.following import FollowedObjects
from reconciler.cli.get_output import AS_TABLE, METAVAR, PLAIN, GetOutput, parse_get_output
from reconciler.cli.git_options import reads_git
from reconciler.cli.names import guessed_kind, is_cluster_scoped, kind_of_karmada, listed_kinds, named_kinds
from reconciler.cli.objects_view import Arguments, ObjectsView, print_objects, room_of, shows_objects, template_errors
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Labels, Repo, label_selector
from reconciler.cli.session import member_root_of, refuse_unknown_clusters, run_async, session, stop_on_signals, until
from reconciler.cli.short_names import possible_kinds
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_remarks
from reconciler.cli.working import counted
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.load.schemas.karmada import known_kinds
from reconciler.load.schemas.kubernetes_kinds import newest_kinds
from reconciler.model.desired import DesiredState
from reconciler.model.field_selector import parse_field_selector
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.selector import InvalidSelectorError
from reconciler.model.wording import first_few, one_of
from reconciler.passes.connections import open_fleet
from reconciler.passes.fleet import Fleet
from reconciler.passes.preflight import refuse_missing_members
from reconciler.present.objects import TableOptions, object_remarks
from reconciler.repo.options import GitOptions
from reconciler.review.follow import follow_objects
from reconciler.review.get import GetResult, list_objects

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
    selections = _selections(words, base)
    if everywhere and any(selection.names for selection in selections):
        raise typer.BadParameter("named objects need one namespace; choose it with -n")
    question = _Question(repo, cache, git, revision, cluster, access, selections)
    arguments = Arguments(everywhere, len(selections) == 1 == len(selections[0].names), len(cluster) == 1)
    if watch:
        _refuse_to_follow(selections, view)
        run_async(_follow(question, output, view.table(namespaces=everywhere, follows=True)))
        raise typer.Exit(exitcodes.DONE)
    got = run_async(_get(question), "reading the repository")
    result, guesses = _with_unknown(got, selections)
    print_objects(result, output, view, arguments)
    _print_remarks(result, selections, [*got.elsewhere, *guesses])
    if result.unanswered:
        raise typer.Exit(exitcodes.COULD_NOT)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if result.unknown or result.missing else exitcodes.DONE)


def _plain(output: GetOutput, *, watch: bool) -> str:
    """The form of output of members. Raises BadParameter for one that is for objects only."""
    if watch or output.shape not in PLAIN:
        raise typer.BadParameter("members have no templates, and are not watched; objects are")
    return output.shape.value


def _refuse_to_follow(selections: Sequence[Selection], view: ObjectsView) -> None:
    """Raises BadParameter."""
    if len(selections) > 1 or selections[0].kind == "all":
        raise typer.BadParameter("-w follows one kind; name one")
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


@dataclass(frozen=True, slots=True)
class _Got:
    result: GetResult
    answered: tuple[ClusterName, ...]
    """The members that answered in full."""
    servers: frozenset[ClusterName]
    """Those of them that know their kinds."""
    kinds: Collection[GroupVersionKind]
    """Those of Kubernetes, of Karmada, of this repository, and those that it defines."""
    elsewhere: list[str]
    """Hints at other namespaces."""


async def _get(question: _Question) -> _Got:
    async with _opened(question) as (fleet, got):
        return await got(fleet)


async def _follow(question: _Question, output: GetOutput, options: TableOptions) -> None:
    """Until the process is interrupted."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with _opened(question) as (fleet, ask):
        got = await ask(fleet)
        result, guesses = _with_unknown(got, question.selections)
        followed = FollowedObjects(result, output, room_of(output), options)
        with template_errors():
            followed.print_first()
        _print_remarks(result, question.selections, [*got.elsewhere, *guesses])
        if result.unknown and not result.unanswered:
            raise typer.Exit(exitcodes.ANSWER_IS_NO)
        await until(stop, _print_changes(fleet, question.selections[0], result, followed))


async def _print_changes(fleet: Fleet, selection: Selection, result: GetResult, followed: FollowedObjects) -> None:
    with template_errors():
        async with aclosing(follow_objects(fleet, selection, result)) as changes:
            async for change in changes:
                followed.print_change(change)


@asynccontextmanager
async def _opened(question: _Question) -> AsyncIterator[tuple[Fleet, Callable[[Fleet], Awaitable[_Got]]]]:
    """The members, and what asks them."""
    async with session(question.repo, question.cache, question.git) as opened:
        _, desired = await opened.load(question.revision, check=())
        names, access = question.names, question.access
        refuse_unknown_clusters(names, [cluster.name for cluster in desired.clusters])
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        clusters = [cluster for cluster in desired.clusters if not names or cluster.name in names]
        recorded = (await opened.recorded(desired)).state
        refuse_missing_members(clusters, recorded, access.member_root)

        async def ask(fleet: Fleet) -> _Got:
            with counted("asking the members", len(fleet.clients)) as answered_one:
                result = await list_objects(fleet, question.selections, answered_one)
            answered = tuple(name for name in fleet.clients if name not in result.unanswered)
            folders = {cluster.name for cluster in clusters if cluster.directory}
            servers = frozenset(answered) - folders
            return _Got(result, answered, servers, _kinds(desired), list(_other_namespaces(result.missing, recorded.decisions)))

        async with open_fleet(clusters, access, desired.settings.instance) as fleet:
            yield fleet, ask


def _kinds(desired: DesiredState) -> set[GroupVersionKind]:
    definitions = [one.manifest for one in desired.templates if is_definition(one.key)]
    defined = {gvk for one in definitions for gvk in served_kinds(one)}
    return {*newest_kinds(), *known_kinds(), *defined, *(template.gvk for template in desired.templates)}


def _other_namespaces(missing: Iterable[ResourceKey], recorded: Collection[ResourceKey]) -> Iterator[str]:
    """Where an object of the kind and name of a missing one is, according to the last sync."""
    for key in missing:
        kinds = possible_kinds(key.kind)
        found = sorted(one for one in recorded if one.kind.lower() in kinds and one.name == key.name and one.namespace)
        if found:
            names, options = first_few(found, _NAMED), one_of([f"-n {one.namespace}" for one in found[:_NAMED]])
            yield f"The last sync recorded {names}: write {options}, or -A without a name."


_NAMED = 3
"""Objects in other namespaces that a hint names before it counts the rest."""


def _with_unknown(got: _Got, selections: Sequence[Selection]) -> tuple[GetResult, list[str]]:
    """The result in which a kind that nothing defines counts as one that no member serves; and what was meant.

    A member without discovery, such as a folder, cannot say that it lacks a kind.
    """
    result, found = got.result, {block.kind.lower() for block in got.result.blocks}
    strange = [
        one
        for one in selections
        if found.isdisjoint(one.meant)
        and got.servers.issubset(result.unserved.get(one.kind, ()))
        and not any(map(one.means, got.kinds))
    ]
    words = [one.kind for one in strange]
    unknown = (*result.unknown, *[word for word in words if word not in result.unknown])
    missing = tuple(key for key in result.missing if key.kind not in words)
    unserved = {**result.unserved, **dict.fromkeys(words, got.answered)}
    result = replace(result, unknown=unknown, missing=missing, unserved=unserved)
    filled = {block.kind.lower() for block in result.blocks if any(listing.rows for listing in block.listings.values())}
    elsewhere = {one.kind: kind_of_karmada(one.kind) for one in selections if filled.isdisjoint(one.meant)}
    hints = [elsewhere.get(one.kind) or (guessed_kind(one.kind) if one.kind in words else "") for one in selections]
    return result, [hint for hint in dict.fromkeys(hints) if hint]


def _selections(words: Sequence[str], base: Selection) -> list[Selection]:
    """Of the arguments. base: what all of them have in common. Raises BadParameter."""
    label_selector(base.labels)
    try:
        parse_field_selector(base.fields)
    except InvalidSelectorError as error:
        raise typer.BadParameter(error.message, param_hint="--field-selector") from error
    named = named_kinds(words)
    if (base.labels or base.fields) and any(named.values()):
        raise typer.BadParameter("name objects, or select them with -l or --field-selector, but not both")
    return [
        replace(
            base,
            kind=kind,
            meant=listed_kinds(kind),
            names=tuple(dict.fromkeys(names)),
            namespace="" if is_cluster_scoped(kind) else base.namespace,
        )
        for kind, names in named.items()
    ]

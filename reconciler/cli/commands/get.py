"""`get`: objects of any kind over all members."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.clusters import ClusterQuery, is_clusters, show_clusters
from reconciler.cli.git_options import reads_git
from reconciler.cli.names import guessed_kind, is_cluster_scoped, kind_of_karmada, listed_kinds, named_kinds, possible_kinds
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Labels, Repo, label_selector
from reconciler.cli.session import member_root_of, refuse_unknown_clusters, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.load.schemas.karmada import known_kinds
from reconciler.load.schemas.kubernetes_kinds import newest_kinds
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.wording import first_few, one_of
from reconciler.passes.connections import open_fleet
from reconciler.passes.preflight import refuse_missing_members
from reconciler.present.document import Format
from reconciler.present.objects import object_names, object_remarks, object_tables, objects_document
from reconciler.repo.options import GitOptions
from reconciler.review.get import GetResult, list_objects


class Shape(StrEnum):
    """Values of `--output`; `name` exists only for objects."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


Words = Annotated[
    list[str],
    typer.Argument(help="Kinds, in any spelling of kubectl, and names.", metavar="KIND[,KIND…] [NAME…] | KIND/NAME…"),
]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Objects of this namespace.", metavar="NAME")
]
Everywhere = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Objects of all namespaces.")]
Output = Annotated[
    Shape, typer.Option("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print the result.", case_sensitive=False)
]


@reads_members
@reads_git
def run(
    git: GitOptions,
    access: Access,
    words: Words,
    namespace: Namespace = "default",
    everywhere: Everywhere = False,
    labels: Labels = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Shape.TABLE,
    revision: At = "HEAD",
    repo: Repo = ".",
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Asks all members at the same time, each for the columns that kubectl shows. Members that do not answer are listed below
    the tables, and the exit code is 3. The exit code is 1 if no member has a named object or serves a kind.
    `get clusters` shows the members themselves, as the command `clusters` does.

    Example: reconciler get deploy,svc -n shop -l app=web -o wide
    """
    if is_clusters(words):
        names = frozenset(name for named in named_kinds(words).values() for name in named)
        raise typer.Exit(show_clusters(ClusterQuery(repo, cache, git, revision, names.union(cluster), labels), output))
    whole = output in (Shape.JSON, Shape.YAML)
    selections = _selections(words, "" if everywhere else namespace, labels, whole=whole)
    if everywhere and any(selection.names for selection in selections):
        raise typer.BadParameter("named objects need one namespace; choose it with -n")
    got = run_async(_get(repo, cache, git, revision, cluster, access, selections))
    result, guesses = _with_unknown(got, selections)
    if output is Shape.NAME:
        print_lines(object_names(result))
    elif whole:
        print_document(objects_document(result), Format(output.value))
    else:
        print_lines(object_tables(result, room(wide=output is Shape.WIDE), namespaces=everywhere))
    print_remarks(object_remarks(result, next((one.namespace for one in selections if one.namespace), "")))
    print_remarks([*got.elsewhere, *guesses])
    if result.unanswered:
        raise typer.Exit(exitcodes.COULD_NOT)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if result.unknown or result.missing else exitcodes.DONE)


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


async def _get(
    repo: str,
    cache: Path,
    git: GitOptions,
    revision: str,
    names: Collection[str],
    access: Access,
    selections: Sequence[Selection],
) -> _Got:
    async with session(repo, cache, git) as opened:
        _, desired = await opened.load(revision, check=())
        refuse_unknown_clusters(names, [cluster.name for cluster in desired.clusters])
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        clusters = [cluster for cluster in desired.clusters if not names or cluster.name in names]
        recorded = (await opened.recorded(desired)).state
        refuse_missing_members(clusters, recorded, access.member_root)
        async with open_fleet(clusters, access, desired.settings.instance) as fleet:
            result = await list_objects(fleet, selections)
        answered = tuple(name for name in fleet.clients if name not in result.unanswered)
        folders = {cluster.name for cluster in clusters if cluster.directory}
        servers = frozenset(answered) - folders
        return _Got(result, answered, servers, _kinds(desired), list(_other_namespaces(result.missing, recorded.decisions)))


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


def _selections(words: Sequence[str], namespace: str, labels: str, *, whole: bool) -> list[Selection]:
    """Of the arguments. Raises BadParameter."""
    label_selector(labels)
    named = named_kinds(words)
    if labels and any(named.values()):
        raise typer.BadParameter("name objects, or select them by labels with -l, but not both")
    return [
        Selection(
            kind, listed_kinds(kind), tuple(dict.fromkeys(names)), "" if is_cluster_scoped(kind) else namespace, labels, whole
        )
        for kind, names in named.items()
    ]

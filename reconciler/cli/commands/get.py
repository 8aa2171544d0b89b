"""`get`: objects of any kind over all members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.names import listed_kinds
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Repo
from reconciler.cli.session import member_root_of, refuse_unknown_clusters, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.model.selector import InvalidSelectorError
from reconciler.model.selector_text import parse_selector_text
from reconciler.passes.connections import open_fleet
from reconciler.present.document import Format
from reconciler.present.objects import object_names, object_remarks, object_tables, objects_document
from reconciler.review.get import GetResult, list_objects


class Shape(StrEnum):
    """Output formats; `wide` and `name` exist only for objects."""

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
Labels = Annotated[
    str, typer.Option("--selector", "-l", help="Objects with these labels, such as app=web,tier!=test.", metavar="SELECTOR")
]
Output = Annotated[
    Shape, typer.Option("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print the result.", case_sensitive=False)
]


@reaches_members
def run(
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
    the tables, and the exit code is 3. The exit code is 1 where a named object, or a kind, is on none of the members.

    Example: reconciler get deploy,svc -n shop -l app=web -o wide
    """
    whole = output in (Shape.JSON, Shape.YAML)
    selections = _selections(words, "" if everywhere else namespace, labels, whole=whole)
    if everywhere and any(selection.names for selection in selections):
        raise typer.BadParameter("named objects need one namespace; choose it with -n")
    result = run_async(_get(repo, cache, revision, cluster, access, selections))
    if output is Shape.NAME:
        print_lines(object_names(result))
    elif whole:
        print_document(objects_document(result), Format(output.value))
    else:
        print_lines(object_tables(result, wide=output is Shape.WIDE, namespaces=everywhere))
    print_remarks(object_remarks(result, "" if everywhere else namespace))
    if result.unanswered:
        raise typer.Exit(exitcodes.COULD_NOT)
    raise typer.Exit(exitcodes.ANSWER_IS_NO if result.unknown or result.missing else exitcodes.DONE)


async def _get(
    repo: str, cache: Path, revision: str, names: Collection[str], access: Access, selections: Sequence[Selection]
) -> GetResult:
    async with session(repo, cache) as opened:
        _, desired = await opened.load(revision, check=())
        refuse_unknown_clusters(names, [cluster.name for cluster in desired.clusters])
        access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
        clusters = [cluster for cluster in desired.clusters if not names or cluster.name in names]
        async with open_fleet(clusters, access, desired.settings.instance) as fleet:
            return await list_objects(fleet, selections)


def _selections(words: Sequence[str], namespace: str, labels: str, *, whole: bool) -> list[Selection]:
    """`deploy,svc`, `deploy web api`, `deploy/web svc/web`. Raises BadParameter."""
    try:
        parse_selector_text(labels)
    except InvalidSelectorError as error:
        raise typer.BadParameter(error.message) from error
    if any("/" in word for word in words):
        named = _named(words)
    else:
        named = {kind: list(words[1:]) for kind in words[0].lower().split(",")}
    if labels and any(named.values()):
        raise typer.BadParameter("name objects, or select them by labels with -l, but not both")
    return [
        Selection(kind, listed_kinds(kind), tuple(dict.fromkeys(names)), namespace, labels, whole)
        for kind, names in named.items()
        if kind
    ]


def _named(words: Sequence[str]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for word in words:
        kind, slash, name = word.partition("/")
        if not (kind and slash and name) or "/" in name:
            raise typer.BadParameter(f"{word} is not KIND/NAME; write all objects in this form, or one KIND followed by names")
        named.setdefault(kind.lower(), []).append(name)
    return named

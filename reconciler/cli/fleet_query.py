"""The options by which a command asks members about what they hold now, combined into one value; and the members that it asks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from reconciler.answers.arguments import label_selector, refuse_unknown_clusters
from reconciler.answers.get import Asked, asking_members, selection_of
from reconciler.answers.kind_names import listed_kinds, named_kinds
from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members, unused_contexts
from reconciler.cli.git_options import reads_git
from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, KubectlFile, Repo
from reconciler.cli.session import session, stop_on_signals, until
from reconciler.cli.terminal import print_remarks
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.kubectl.find_program import find_kubectl
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.present.members import unanswered_lines
from reconciler.repo.options import GitOptions

T = TypeVar("T")

Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Objects of this namespace.", metavar="NAME")
]
Everywhere = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Objects of all namespaces.")]


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """Which members to ask, and how."""

    repo: str
    cache: Path
    revision: str
    clusters: tuple[str, ...]
    """Empty: all."""
    git: GitOptions
    access: Access
    kubectl: Path | None
    """As the option names it."""

    def program(self) -> Kubectl:
        """Raises KubectlError where there is none."""
        return Kubectl(find_kubectl(self.kubectl), dict(os.environ))


@reads_members
@reads_git
def _fleet_query(
    git: GitOptions,
    access: Access,
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    revision: At = "HEAD",
    repo: Repo = ".",
    cache: Cache = DEFAULT_CACHE,
    kubectl: KubectlFile = None,
) -> FleetQuery:
    return FleetQuery(repo, cache, revision, tuple(cluster), git, access, kubectl)


asks_members = grouped("query", _fleet_query)
"""Replaces the parameter `query` of a command by the options of `_fleet_query`."""


@asynccontextmanager
async def opened_fleet(query: FleetQuery, *, folders: bool = False) -> AsyncIterator[Asked]:
    """The members, with their connections until the end of the block. Raises ArgumentError for a member that is not declared, and
    where a folder is named although `folders` is not set."""
    async with session(query.repo, query.cache, query.git) as opened:
        if strange := unused_contexts(query.access, query.clusters):
            _, desired = await opened.load(query.revision, check=())
            refuse_unknown_clusters(strange, [cluster.name for cluster in desired.clusters])
        asked = asking_members(opened, query.access, revision=query.revision, clusters=query.clusters, folders=folders)
        async with asked as members:
            yield members


def chosen_objects(words: Sequence[str], namespace: str, labels: str, *, everywhere: bool) -> list[Selection]:
    """Of the arguments of a command that names objects as kubectl does. Raises BadParameter."""
    label_selector(labels)
    named = named_kinds(words)
    if labels and any(named.values()):
        raise typer.BadParameter("name objects, or select them by labels with -l, but not both")
    if everywhere and any(named.values()):
        raise typer.BadParameter("named objects need one namespace; choose it with -n")
    base = Selection("", frozenset(), (), "" if everywhere else namespace, labels)
    return [selection_of(kind, names, base) for kind, names in named.items()]


def chosen_pods(target: str, namespace: str, labels: str = "", *, everywhere: bool = False) -> Selection:
    """Of `POD` or `KIND/NAME`, or of labels. everywhere: in all namespaces, also where there is a name. Raises BadParameter."""
    label_selector(labels)
    if bool(target) == bool(labels):
        raise typer.BadParameter("name a Pod or KIND/NAME, or select Pods by labels with -l")
    kind, slash, name = target.rpartition("/")
    if (slash and not (kind and name)) or "/" in kind:
        raise typer.BadParameter(f"{target} is neither a POD nor KIND/NAME")
    kind = kind.lower() or "pods"
    if everywhere:  # A server has no path to a name in all namespaces.
        return Selection(kind, listed_kinds(kind), (), "", labels, fields=f"metadata.name={name}" if name else "")
    return Selection(kind, listed_kinds(kind), (name,) if name else (), namespace, labels)


def target_and_rest(words: Sequence[str], labels: str) -> tuple[str, list[str]]:
    """Of a command whose first word names a Pod, unless labels select it."""
    return ("", list(words)) if labels else (words[0], list(words[1:]))


def ended(unanswered: Mapping[ClusterName, str], *, is_no: bool = False) -> typer.Exit:
    """Prints the members that did not answer, and returns what ends the command. is_no: whether the answer is no."""
    print_remarks(unanswered_lines(dict(sorted(unanswered.items()))))
    if unanswered:
        return typer.Exit(exitcodes.COULD_NOT)
    return typer.Exit(exitcodes.ANSWER_IS_NO if is_no else exitcodes.DONE)


async def until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """The result, or None where SIGINT or SIGTERM ends the work before: that is how people end what follows something."""
    results: list[T] = []

    async def kept() -> None:
        results.append(await work)

    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await until(stop, kept())
    except ExceptionGroup as group:  # Of tasks; the first error is as good as any, and `main` knows how to tell it.
        raise _first(group.exceptions) from group
    return results[0] if results else None


def _first(errors: Iterable[Exception]) -> Exception:
    first = next(iter(errors))
    return _first(first.exceptions) if isinstance(first, ExceptionGroup) else first

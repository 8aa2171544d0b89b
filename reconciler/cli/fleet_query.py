"""The options by which a command asks members about what they hold now, combined into one value; and the members that it asks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from reconciler.answers.arguments import label_selector, refuse_unknown_clusters
from reconciler.answers.get import selection_of
from reconciler.answers.kind_names import listed_kinds, named_kinds
from reconciler.answers.session import Session, member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members, unused_contexts
from reconciler.cli.git_options import reads_git
from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, KubectlFile, Repo
from reconciler.cli.options import Cluster as ClusterOption
from reconciler.cli.session import session, stop_on_signals, until
from reconciler.cli.terminal import print_remarks
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.kubectl.find_program import find_kubectl
from reconciler.kubectl.process import Kubectl
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.passes.connections import open_fleet
from reconciler.passes.fleet import Fleet
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


@dataclass(frozen=True, slots=True)
class OpenedFleet:
    session: Session
    desired: DesiredState
    fleet: Fleet
    """With connections to those of the chosen members that have an API server."""

    @property
    def unreachable(self) -> dict[ClusterName, str]:
        """Members without a connection, and why."""
        pulled = {
            name: f"{name}: an agent keeps it, and this process does not reach it. Use --kubeconfig with a context of yours."
            for name in self.fleet.pulled
        }
        return {**pulled, **self.fleet.unreachable}


@reads_members
@reads_git
def _fleet_query(
    git: GitOptions,
    access: Access,
    cluster: ClusterOption = [],  # noqa: B006 -- typer reads it as "none given"
    revision: At = "HEAD",
    repo: Repo = ".",
    cache: Cache = DEFAULT_CACHE,
    kubectl: KubectlFile = None,
) -> FleetQuery:
    return FleetQuery(repo, cache, revision, tuple(cluster), git, access, kubectl)


asks_members = grouped("query", _fleet_query)
"""Replaces the parameter `query` of a command by the options of `_fleet_query`."""


@asynccontextmanager
async def opened_fleet(query: FleetQuery, *, folders: bool = False) -> AsyncIterator[OpenedFleet]:
    """The members, with their connections until the end of the block. Raises BadParameter for a member that is not declared.

    folders: whether members that are folders are asked, too; else BadParameter is raised where one is named.
    """
    async with session(query.repo, query.cache, query.git) as opened:
        _, desired = await opened.load(query.revision, check=())
        asked = chosen_clusters(query, desired, folders=folders)
        async with fleet_of(query, opened, desired, asked) as fleet:
            yield OpenedFleet(opened, desired, fleet)


def chosen_clusters(query: FleetQuery, desired: DesiredState, *, folders: bool = False) -> list[Cluster]:
    """Those that the options name; without any, all. Arguments and errors: `opened_fleet`."""
    names = [cluster.name for cluster in desired.clusters]
    refuse_unknown_clusters([*query.clusters, *unused_contexts(query.access, names)], names)
    chosen = [cluster for cluster in desired.clusters if not query.clusters or cluster.name in query.clusters]
    asked = [cluster for cluster in chosen if folders or not cluster.directory]
    if query.clusters and len(asked) < len(chosen):
        name = next(cluster.name for cluster in chosen if cluster.directory)
        raise typer.BadParameter(f"{name} is a folder: it has no API server, and nothing runs there", param_hint="--cluster")
    return asked


@asynccontextmanager
async def fleet_of(
    query: FleetQuery, opened: Session, desired: DesiredState, clusters: Iterable[Cluster]
) -> AsyncIterator[Fleet]:
    """Connections to these members until the end of the block."""
    access = replace(query.access, member_root=query.access.member_root or member_root_of(opened.repository))
    async with open_fleet(clusters, access, desired.settings.instance) as fleet:
        yield fleet


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


def chosen_pods(target: str, namespace: str, labels: str = "") -> Selection:
    """Of `POD` or `KIND/NAME`, or of labels. Raises BadParameter."""
    label_selector(labels)
    if bool(target) == bool(labels):
        raise typer.BadParameter("name a Pod or KIND/NAME, or select Pods by labels with -l")
    kind, slash, name = target.rpartition("/")
    if (slash and not (kind and name)) or "/" in kind:
        raise typer.BadParameter(f"{target} is neither a POD nor KIND/NAME")
    kind = kind.lower() or "pods"
    return Selection(kind, listed_kinds(kind), (name,) if name else (), namespace, labels)


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

"""`logs`: the logs of Pods on all members."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.fleet_query import (
    Everywhere,
    FleetQuery,
    Namespace,
    asks_members,
    chosen_pods,
    ended,
    opened_fleet,
    until_stopped,
)
from reconciler.cli.log_output import LogPrinter
from reconciler.cli.options import Labels
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_remarks
from reconciler.cluster.listing import Selection
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.model.wording import first_few, plural
from reconciler.passes.fleet import Fleet
from reconciler.present.members import unanswered_lines
from reconciler.review.follow import Lost
from reconciler.review.live.later_pods import later_pods
from reconciler.review.live.logs import LogRequest, read_logs
from reconciler.review.live.pods import FoundPods, MemberPods, find_pods

Target = Annotated[
    str,
    typer.Argument(
        help="A Pod, or what selects Pods, such as deploy/web or svc/web.", metavar="POD|KIND/NAME", show_default=False
    ),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines, until Ctrl-C.")]
Previous = Annotated[bool, typer.Option("--previous", "-p", help="The logs of the containers before their last restart.")]
Container = Annotated[str, typer.Option("--container", "-c", help="This container. By default the first one.", metavar="NAME")]
AllContainers = Annotated[bool, typer.Option("--all-containers", help="All containers of each Pod; the prefix has their name.")]
Tail = Annotated[
    int | None,
    typer.Option("--tail", help="Lines of each container at most; -1 for all. By default all, and 10 with -l.", metavar="NUMBER"),
]
Since = Annotated[str, typer.Option("--since", help="Only lines that are newer, such as 90s, 5m or 3h.", metavar="DURATION")]
Timestamps = Annotated[bool, typer.Option("--timestamps", help="The time before each line.")]
NoPrefix = Annotated[bool, typer.Option("--no-prefix", help="The lines without member and Pod before them.")]
Most = Annotated[int, typer.Option("--max-pods", help="How many Pods may be read, over all members.", metavar="NUMBER", min=1)]
_AT_ONCE = 100
"""Pods, by default: each has an open request at an API server."""
_NAMED = 5
"""Members that a message names before it counts the rest."""


@asks_members
def run(
    query: FleetQuery,
    target: Target = "",
    namespace: Namespace = "default",
    everywhere: Everywhere = False,
    labels: Labels = "",
    follow: Follow = False,
    previous: Previous = False,
    container: Container = "",
    all_containers: AllContainers = False,
    tail: Tail = None,
    since: Since = "",
    timestamps: Timestamps = False,
    no_prefix: NoPrefix = False,
    max_pods: Most = _AT_ONCE,
) -> None:
    """Prints the logs of a Pod, of the Pods of a workload or a Service, or of those with labels, on all members that have them.
    `member1 web-5d8c-x2 | ` stands before each line, in the member's colour; with -A, the namespace is in it, too. With -f, lines
    of all Pods come as they are written, each of them whole, also of Pods that start later. Colours of the log stay on a
    terminal; other control characters are shown escaped. Members that do not answer are listed, and the exit code is 3. It is 1
    if there is no such Pod. Ctrl-C ends everything, with 0 or 3.

    Example: reconciler logs deploy/web -n shop -f
    """
    if container and all_containers:
        raise typer.BadParameter("choose one container with -c, or --all-containers", param_hint="--all-containers")
    lines = (10 if labels else -1) if tail is None else tail
    request = LogRequest(follow, previous, container, all_containers, lines, since, timestamps)
    selection = chosen_pods(target, namespace, labels, everywhere=everywhere)
    found, problems, told = run_async(_logs(query, query.program(), selection, request, max_pods, no_prefix=no_prefix))
    if not found.groups:
        print_remarks(_nothing(found, target or labels, selection.namespace or "any namespace"))
    ending = ended({name: why for name, why in problems.items() if name not in told}, is_no=not found.groups)
    raise typer.Exit(exitcodes.COULD_NOT) if problems else ending


async def _logs(
    query: FleetQuery, kubectl: Kubectl, selection: Selection, request: LogRequest, most: int, *, no_prefix: bool
) -> tuple[FoundPods, dict[ClusterName, str], frozenset[ClusterName]]:
    """The Pods, the members that did not answer in full, and those of them that were told already."""
    async with opened_fleet(query) as opened:
        found = await find_pods(opened.fleet, selection)
        if found.count > most:
            where = first_few(found.members, _NAMED)
            raise typer.BadParameter(
                f"{plural(found.count, 'Pod')} on {where} would be read, and {most} are allowed. Choose fewer by -l or --cluster,"
                f" or allow more by --max-pods {found.count}."
            )
        problems = {**found.problems}
        told = frozenset(problems) if request.follow and found.groups else frozenset()
        print_remarks(unanswered_lines({name: problems[name] for name in sorted(told)}))
        everywhere = not selection.namespace
        printer = LogPrinter(opened.fleet.clients, prefix=not no_prefix, namespaces=everywhere, containers=request.all_containers)
        later = _later(opened.fleet, selection, found, most) if request.follow else None
        reading = read_logs(kubectl, opened.fleet, found.groups, request, printer.show, later)
        return found, problems | (await until_stopped(reading) or {}), told


def _later(fleet: Fleet, selection: Selection, found: FoundPods, most: int) -> AsyncIterator[MemberPods] | None:
    """Pods that come while others are followed; None where a Pod was named, and for a Job, which ends."""
    inside = [selection.namespace if selection.labels else pods.namespace for pods in found.groups]
    scopes = {(namespace, pods.selector) for namespace, pods in zip(inside, found.groups, strict=True) if pods.selector}
    if not scopes or "job" in selection.meant:
        return None

    async def bounded() -> AsyncIterator[MemberPods]:
        free = most - found.count
        async for pods in later_pods(fleet, scopes, found.groups, _tell_lost):
            free -= 1
            if free >= 0:
                yield pods
            elif free == -1:
                first = f"{pods.cluster} {pods.names[0]}"
                print_remarks([f"{first} and Pods that come after it are not followed: {most} are allowed (--max-pods)."])

    return bounded()


def _tell_lost(lost: Lost) -> None:
    reason = lost.reason.removeprefix(f"{lost.cluster}: ")
    print_remarks([f"{lost.cluster}: {reason}" if reason else f"{lost.cluster} answers again"])


def _nothing(found: FoundPods, what: str, where: str) -> Iterator[str]:
    """Why there is no log."""
    if found.result.unknown:
        yield f'None of the members that answered serves a kind "{found.result.unknown[0]}".'
    elif found.without_pods:
        yield f"{what} has no Pods in {where} now, on {first_few(found.without_pods, _NAMED)}."
    else:
        yield f"No member that answered has Pods of {what} in {where}."

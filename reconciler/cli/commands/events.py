"""`events`: what happened on all members, folded by cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from reconciler.answers.arguments import kind_and_name
from reconciler.answers.get import Asked
from reconciler.answers.short_names import possible_kinds
from reconciler.cli import exitcodes
from reconciler.cli.fleet_query import (
    Everywhere,
    FleetQuery,
    Namespace,
    asks_members,
    ended,
    opened_fleet,
    until_stopped,
)
from reconciler.cli.options import TableFormat, TableOutput
from reconciler.cli.session import now, run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.listing import Selection
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.present.event_causes import causes_table, event_line, events_document
from reconciler.present.members import unanswered_lines
from reconciler.review.get import list_objects
from reconciler.review.live.event_causes import FleetEvent, causes_of, event_of
from reconciler.review.live.event_stream import watch_events
from reconciler.review.live.pods import rows_by_member

About = Annotated[str, typer.Option("--for", help="Only Events about this object.", metavar="KIND/NAME")]
Types = Annotated[str, typer.Option("--types", help="Only Events of these types: Normal, Warning.", metavar="TYPE,…")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Go on with new Events, until Ctrl-C.")]
IsWanted = Callable[[FleetEvent], bool]


@prints_tables
@asks_members
def run(
    query: FleetQuery,
    namespace: Namespace = "default",
    everywhere: Everywhere = False,
    about: About = "",
    types: Types = "",
    watch: Watch = False,
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Shows the Events of all members, the newest last. Events with one cause are one line: the same reason at objects of one
    kind, with messages that differ in names only; COUNT says how often it happened, on all members together. With -w, each new
    Event is a line as it comes. Members that do not answer are listed below, and the exit code is 3. Ctrl-C ends -w, with 0 or 3.

    Example: reconciler events -n shop --types Warning
    """
    if watch and output.document is not None:
        raise typer.BadParameter("a watch prints lines, no document", param_hint="--output")
    wanted = _wanted(about, types)
    if watch:
        kubectl = query.program()
        lost = run_async(_watch(query, kubectl, "" if everywhere else namespace, wanted))
        raise typer.Exit(exitcodes.COULD_NOT if lost else exitcodes.DONE)
    events, unanswered = run_async(_listed(query, "" if everywhere else namespace), "asking the members")
    causes = causes_of(filter(wanted, events))
    if output.document is not None:
        print_document(events_document(causes, unanswered), output.document)
    elif causes:
        print_lines(causes_table(causes, now(), room(wide=output is TableFormat.WIDE), namespaces=everywhere))
    else:
        inside = "" if everywhere else f" in {namespace} namespace"
        print_remarks([f"No Events found{inside}{' on the members that answered' if unanswered else ''}."])
    raise ended(unanswered)


def _wanted(about: str, types: str) -> IsWanted:
    """Raises BadParameter."""
    kind, name = kind_and_name(about) if about else ("", "")
    kinds = possible_kinds(kind) if kind else frozenset()
    only = {one.strip().lower() for one in types.split(",") if one.strip()}

    def is_wanted(event: FleetEvent) -> bool:
        is_about = not about or (event.kind.lower() in kinds and event.name == name)
        return is_about and (not only or event.type.lower() in only)

    return is_wanted


async def _listed(query: FleetQuery, namespace: str) -> tuple[list[FleetEvent], dict[ClusterName, str]]:
    async with opened_fleet(query) as opened:
        return await _read(opened, namespace)


async def _read(opened: Asked, namespace: str) -> tuple[list[FleetEvent], dict[ClusterName, str]]:
    """namespace: empty for all."""
    result = await list_objects(opened.fleet, [Selection("events", frozenset({"event"}), (), namespace, whole=True)])
    events = [event_of(name, row.object) for name, rows in rows_by_member(result).items() for row in rows]
    return events, {**result.unanswered, **opened.unreachable}


async def _watch(query: FleetQuery, kubectl: Kubectl, namespace: str, wanted: IsWanted) -> set[ClusterName]:
    """Prints what is there, folded, then each new Event. Returns the members that were lost, or never answered."""
    async with opened_fleet(query) as opened:
        events, unanswered = await _read(opened, namespace)
        lost = set(unanswered)
        known = {(event.cluster, event.identity) for event in events}
        if causes := causes_of(filter(wanted, events)):
            print_lines([*causes_table(causes, now(), room(), namespaces=not namespace), ""])
        print_remarks(unanswered_lines(unanswered))

        def show(event: FleetEvent) -> None:
            if (event.cluster, event.identity) not in known and wanted(event):
                print_lines([event_line(event, namespaces=not namespace)])

        def gone(name: ClusterName, why: str) -> None:
            lost.add(name)
            print_remarks(unanswered_lines({name: why}))

        names = [name for name in opened.fleet.clients if name not in unanswered]
        scope = [f"--namespace={namespace}"] if namespace else ["--all-namespaces"]
        await until_stopped(watch_events(kubectl, opened.fleet, names, scope, show, gone))
        return lost

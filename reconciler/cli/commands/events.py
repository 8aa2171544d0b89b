"""`events`: what happened on all members, folded by cause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from reconciler.answers.arguments import kind_and_name, label_selector
from reconciler.answers.get import Asked
from reconciler.answers.kind_names import listed_kinds
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
from reconciler.cli.options import Labels, TableFormat, TableOutput
from reconciler.cli.session import now, run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.listing import Selection
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet
from reconciler.present.event_causes import causes_table, event_line, events_document
from reconciler.present.members import unanswered_lines
from reconciler.review.follow import Lost, follow_objects
from reconciler.review.get import GetResult, list_objects
from reconciler.review.live.event_causes import FleetEvent, causes_of, event_of
from reconciler.review.live.event_stream import watch_events
from reconciler.review.live.labelled_events import LabelledEvents
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
    labels: Labels = "",
    watch: Watch = False,
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Shows the Events of all members, the newest last. Events with one cause are one line: the same reason at objects of one
    kind, with messages that differ in names only; COUNT says how often it happened, on all members together. With -l, they are
    about objects with these labels that are there now, of the kinds of `kubectl get all`, and about what owns one of them. With
    -w, each new Event is a line as it comes, with -l also about objects that come later. Members that do not answer are listed
    below, and the exit code is 3. Ctrl-C ends -w, with 0 or 3.

    Example: reconciler events -n shop --types Warning
    """
    if watch and output.document is not None:
        raise typer.BadParameter("a watch prints lines, no document", param_hint="--output")
    wanted = _wanted(about, types)
    scope = _scope("" if everywhere else namespace, labels)
    if watch:
        kubectl = query.program()
        lost = run_async(_watch(query, kubectl, scope, wanted))
        raise typer.Exit(exitcodes.COULD_NOT if lost else exitcodes.DONE)
    events, unanswered = run_async(_listed(query, scope), "asking the members")
    causes = causes_of(filter(wanted, events))
    if output.document is not None:
        print_document(events_document(causes, unanswered), output.document)
    elif causes:
        print_lines(causes_table(causes, now(), room(wide=output is TableFormat.WIDE), namespaces=everywhere))
    else:
        inside = "" if everywhere else f" in {namespace} namespace"
        inside += f" about objects with {labels}" if labels else ""
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


def _scope(namespace: str, labels: str) -> tuple[Selection, ...]:
    """The Events of a namespace, empty for all; and the objects with labels, where there are some. Raises ArgumentError."""
    label_selector(labels)
    events = Selection("events", frozenset({"event"}), (), namespace, whole=True)
    return (events, Selection("all", listed_kinds("all"), (), namespace, labels)) if labels else (events,)


async def _listed(query: FleetQuery, scope: Sequence[Selection]) -> tuple[list[FleetEvent], dict[ClusterName, str]]:
    async with opened_fleet(query) as opened:
        read = await _read(opened, scope)
        return [event for event in read.events if read.labelled is None or read.labelled.has(event)], read.unanswered


@dataclass(frozen=True, slots=True)
class _Read:
    """What the members answered."""

    events: list[FleetEvent]
    """With any labels."""
    labelled: LabelledEvents | None
    objects: GetResult
    """Those with labels."""
    unanswered: dict[ClusterName, str]


async def _read(opened: Asked, scope: Sequence[Selection]) -> _Read:
    result = await list_objects(opened.fleet, scope)
    of_events, objects = (
        replace(result, blocks=tuple(block for block in result.blocks if (block.selection == scope[0]) is wanted))
        for wanted in (True, False)
    )
    events = [event_of(name, row.object) for name, rows in rows_by_member(of_events).items() for row in rows]
    labelled = LabelledEvents(objects) if len(scope) > 1 else None
    return _Read(events, labelled, objects, {**result.unanswered, **opened.unreachable})


async def _watch(query: FleetQuery, kubectl: Kubectl, scope: Sequence[Selection], wanted: IsWanted) -> set[ClusterName]:
    """Prints what is there, folded, then each new Event. Returns the members that were lost, or never answered."""
    async with opened_fleet(query) as opened:
        read = await _read(opened, scope)
        lost, labelled, namespace = set(read.unanswered), read.labelled, scope[0].namespace
        known = {(event.cluster, event.identity) for event in read.events}
        events = [event for event in read.events if wanted(event) and (labelled is None or labelled.has(event))]
        if causes := causes_of(events):
            print_lines([*causes_table(causes, now(), room(), namespaces=not namespace), ""])
        print_remarks(unanswered_lines(read.unanswered))

        def show(event: FleetEvent) -> None:
            if (event.cluster, event.identity) in known or not wanted(event):
                return
            if labelled is None or labelled.has(event):
                print_lines([event_line(event, namespaces=not namespace)])
            else:
                labelled.wait(event)

        def gone(name: ClusterName, why: str) -> None:
            lost.add(name)
            print_remarks(unanswered_lines({name: why}))

        async def watch() -> None:
            names = [name for name in opened.fleet.clients if name not in read.unanswered]
            inside = [f"--namespace={namespace}"] if namespace else ["--all-namespaces"]
            async with asyncio.TaskGroup() as tasks:
                coming = tasks.create_task(_add_later(opened.fleet, read, scope[1:], show))
                await watch_events(kubectl, opened.fleet, names, inside, show, gone)
                coming.cancel()

        await until_stopped(watch())
        return lost


async def _add_later(fleet: Fleet, read: _Read, selections: Sequence[Selection], show: Callable[[FleetEvent], None]) -> None:
    """Objects with the labels that come while their Events are watched, without end. A member that is lost is told by the watch
    of its Events."""
    if read.labelled is None:
        return
    async with aclosing(follow_objects(fleet, selections, read.objects)) as changes:
        async for change in changes:
            if not isinstance(change, Lost):
                for event in read.labelled.add(change.cluster, change.listing):
                    show(event)

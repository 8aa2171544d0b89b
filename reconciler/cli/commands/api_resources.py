"""`api-resources`: the kinds that members serve, and which members lack them."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.fleet_query import FleetQuery, asks_members, ended, opened_fleet
from reconciler.cli.options import TableFormat, TableOutput
from reconciler.cli.session import run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.model.keys import ClusterName
from reconciler.present.served_kinds import kinds_document, kinds_table
from reconciler.review.live.served_kinds import FleetKinds, read_kinds

Group = Annotated[str, typer.Option("--api-group", help="Only kinds of this group.", metavar="GROUP")]
Differing = Annotated[
    bool, typer.Option("--differing", help="Only kinds that not all members serve, in the version they prefer.")
]


@prints_tables
@asks_members
def run(query: FleetQuery, api_group: Group = "", differing: Differing = False, output: TableOutput = TableFormat.TABLE) -> None:
    """Shows the kinds that the members serve, each in the version that the member prefers. CLUSTERS says `all`, or which members
    serve it. Members that do not answer are listed below, and the exit code is 3.

    Example: reconciler api-resources --differing
    """
    found, unreachable = run_async(_kinds(query), "asking the members")
    kinds = [
        kind for kind in found.kinds if api_group in ("", kind.gvk.group) and not (differing and kind.clusters == found.answered)
    ]
    if output.document is not None:
        print_document(kinds_document(found, kinds), output.document)
    elif kinds:
        print_lines(kinds_table(found, kinds, room(wide=output is TableFormat.WIDE)))
    else:
        print_remarks(["All members that answered serve the same kinds." if differing else "No kinds found."])
    raise ended({**found.unanswered, **unreachable})


async def _kinds(query: FleetQuery) -> tuple[FleetKinds, dict[ClusterName, str]]:
    async with opened_fleet(query) as opened:
        return await read_kinds(opened.fleet), opened.unreachable

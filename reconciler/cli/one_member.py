"""Becoming kubectl on the one member that has an object, for `exec` and `port-forward`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from reconciler.cli import exitcodes
from reconciler.cli.fleet_query import FleetQuery, opened_fleet
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_error, print_remarks
from reconciler.cluster.listing import Selection
from reconciler.model.keys import ClusterName
from reconciler.present.members import unanswered_lines
from reconciler.review.get import GetResult, list_objects
from reconciler.review.live.chosen_member import NowhereError, SeveralMembersError, choose_member
from reconciler.review.live.kubectl_answers import credential_of
from reconciler.review.live.pods import rows_by_member


def run_on_one_member(query: FleetQuery, selection: Selection, arguments: Sequence[str]) -> NoReturn:
    """Ends this program. arguments: of kubectl. selection: the object that decides about the member."""
    kubectl = query.program()
    what = f"{'pod' if selection.kind == 'pods' else selection.kind}/{selection.names[0]}"
    try:
        name, config, result = run_async(_chosen(query, selection, what))
    except NowhereError as error:
        print_error(str(error))
        raise typer.Exit(exitcodes.COULD_NOT if error.is_open else exitcodes.ANSWER_IS_NO) from error
    except SeveralMembersError as error:
        raise typer.BadParameter(f"{error.message}. {error.remedy}") from error
    print_remarks(unanswered_lines(result.unanswered))
    if not query.clusters:
        print_remarks([f"{what} is on {name}."])
    sys.stdout.flush()
    sys.stderr.flush()
    kubectl.become(arguments, config)


async def _chosen(query: FleetQuery, selection: Selection, what: str) -> tuple[ClusterName, bytes, GetResult]:
    async with opened_fleet(query) as opened:
        result = await list_objects(opened.fleet, [selection])
        holders = rows_by_member(result)
        if not holders:
            print_remarks(unanswered_lines(result.unanswered))
        name = choose_member(what, list(holders), result.unanswered)
        return name, await credential_of(opened.fleet, name), result

"""Becoming kubectl on the one member that has an object, for `exec` and `port-forward`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
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
from reconciler.review.live.chosen_member import NowhereError, SeveralMembersError, choose_member, first_pod
from reconciler.review.live.kubectl_answers import credential_of
from reconciler.review.live.pods import rows_by_member


def run_on_one_member(query: FleetQuery, selection: Selection, verb: str, arguments: Sequence[str]) -> NoReturn:
    """Ends this program. selection: the object that decides about the member, or labels, whose first running Pod is taken.
    verb, arguments: of kubectl; the object comes between them."""
    kubectl = query.program()
    try:
        name, what, config, result = run_async(_chosen(query, selection))
    except NowhereError as error:
        print_error(str(error))
        raise typer.Exit(exitcodes.COULD_NOT if error.is_open else exitcodes.ANSWER_IS_NO) from error
    except SeveralMembersError as error:
        raise typer.BadParameter(f"{error.message}. {error.remedy}") from error
    print_remarks(unanswered_lines(result.unanswered))
    if selection.labels or not query.clusters:
        print_remarks([f"{what} is on {name}."])
    sys.stdout.flush()
    sys.stderr.flush()
    kubectl.become([verb, what, f"--namespace={selection.namespace}", *arguments], config)


async def _chosen(query: FleetQuery, selection: Selection) -> tuple[ClusterName, str, bytes, GetResult]:
    """The member, the object there as KIND/NAME, the credential, and what all members answered."""
    kind = "pod" if selection.kind == "pods" else selection.kind
    what = f"{kind}/{selection.names[0]}" if selection.names else f"a running Pod with {selection.labels}"
    if selection.labels:
        selection = replace(selection, fields="status.phase=Running")
    async with opened_fleet(query) as opened:
        result = await list_objects(opened.fleet, [selection])
        holders = rows_by_member(result)
        if not holders:
            print_remarks(unanswered_lines(result.unanswered))
        name = choose_member(what, list(holders), result.unanswered)
        if selection.labels:
            what = f"pod/{first_pod(holders[name])}"
        return name, what, await credential_of(opened.fleet, name), result

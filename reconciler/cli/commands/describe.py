"""`describe`: what kubectl describes, on every member that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from reconciler.answers.get import Gotten
from reconciler.cli.fleet_query import Everywhere, FleetQuery, Namespace, asks_members, chosen_objects, ended, opened_fleet
from reconciler.cli.options import Labels
from reconciler.cli.session import run_async
from reconciler.cli.terminal import print_lines, print_remarks
from reconciler.cluster.listing import Listing, Selection
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.present.objects import absence_lines
from reconciler.present.style import Style, styled
from reconciler.review.get import Block, GetResult
from reconciler.review.live.kubectl_answers import ask_kubectl

Words = Annotated[
    list[str],
    typer.Argument(help="Kinds, in any spelling of kubectl, and names.", metavar="KIND[,KIND…] [NAME…] | KIND/NAME…"),
]


@asks_members
def run(
    query: FleetQuery, words: Words, namespace: Namespace = "default", everywhere: Everywhere = False, labels: Labels = ""
) -> None:
    """Runs `kubectl describe` on all members that have the objects, eight at a time, and prints the answers one member after the
    other. Members that do not answer are listed below, and the exit code is 3. The exit code is 1 if no member has a named object
    or serves a kind.

    Example: reconciler describe deploy/web -n shop --cluster member1
    """
    selections = chosen_objects(words, namespace, labels, everywhere=everywhere)
    got, texts, problems = run_async(_describe(query, query.program(), selections), "asking the members")
    for name, parts in sorted(texts.items()):
        print_lines(
            [styled(f"==> {name} <==", Style.HEADING), *[line for text in parts for line in text.rstrip().split("\n")], ""]
        )
    result = got.result
    print_remarks([*absence_lines(result, "" if everywhere else namespace), *got.remarks])
    raise ended({**result.unanswered, **problems}, is_no=bool(result.unknown or result.missing))


async def _describe(
    query: FleetQuery, kubectl: Kubectl, selections: Sequence[Selection]
) -> tuple[Gotten, dict[ClusterName, list[str]], dict[ClusterName, str]]:
    """What was found, what kubectl says of it by member, and why it does not say more."""
    texts: dict[ClusterName, list[str]] = {}
    problems: dict[ClusterName, str] = {}
    async with opened_fleet(query) as opened:
        got = await opened.get(selections)
        for questions in _questions(got.result, selections):
            answers = await ask_kubectl(kubectl, opened.fleet, questions)
            for name, text in answers.outputs.items():
                texts.setdefault(name, []).append(text)
            problems |= answers.problems
    return got, texts, problems


def _questions(result: GetResult, selections: Sequence[Selection]) -> list[Mapping[ClusterName, list[str]]]:
    """For each kind, what to ask the members that have such objects. What a member said stands after `--`: it is no option."""
    scope = selections[0]
    inside = [f"--namespace={scope.namespace}"] if scope.namespace else ["--all-namespaces"]
    labels = [f"--selector={scope.labels}"] if scope.labels else []
    named = any(selection.names for selection in selections)
    return [
        {
            name: [
                "describe",
                *labels,
                *(inside if block.namespaced else []),
                "--",
                _argument(block),
                *_names(listing, named=named),
            ]
            for name, listing in block.listings.items()
            if listing.rows
        }
        for block in result.blocks
    ]


def _argument(block: Block) -> str:
    return f"{block.kind}.{block.group}".lower() if block.group else block.kind.lower()


def _names(listing: Listing, *, named: bool) -> list[str]:
    return sorted(row.name for row in listing.rows) if named else []

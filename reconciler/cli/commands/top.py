"""`top`: what nodes or Pods of all members use."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reconciler.answers.arguments import label_selector
from reconciler.cli.fleet_query import Everywhere, FleetQuery, Namespace, asks_members, ended, opened_fleet
from reconciler.cli.options import Labels, TableFormat, TableOutput
from reconciler.cli.session import run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.present.usage import usage_document, usage_table
from reconciler.review.live.kubectl_answers import Answers, ask_kubectl
from reconciler.review.live.usage import usage_of


class SortBy(StrEnum):
    CPU = "cpu"
    MEMORY = "memory"


What = Annotated[str, typer.Argument(help="What to measure.", metavar="nodes|pods")]
Name = Annotated[str, typer.Argument(help="This one only.", metavar="NAME", show_default=False)]
Sort = Annotated[SortBy | None, typer.Option("--sort-by", help="What uses most first, over all members.", case_sensitive=False)]
Containers = Annotated[bool, typer.Option("--containers", help="A row for each container of a Pod.")]
_WORDS = {"no": "nodes", "node": "nodes", "nodes": "nodes", "po": "pods", "pod": "pods", "pods": "pods"}


@prints_tables
@asks_members
def run(
    query: FleetQuery,
    what: What,
    name: Name = "",
    namespace: Namespace = "default",
    everywhere: Everywhere = False,
    labels: Labels = "",
    sort_by: Sort = None,
    containers: Containers = False,
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Runs `kubectl top` on all members, eight at a time, and prints one table. Members that do not answer, or have no metrics
    API (metrics-server), are listed below, and the exit code is 3.

    Example: reconciler top pods -n shop --sort-by memory
    """
    kind = _WORDS.get(what.lower(), "")
    if not kind:
        raise typer.BadParameter(f"{what} is not measured; write nodes or pods")
    label_selector(labels)
    inside = [] if kind == "nodes" else ["--all-namespaces"] if everywhere else [f"--namespace={namespace}"]
    options = [f"--selector={labels}"] * bool(labels) + ["--containers"] * (containers and kind == "pods")
    arguments = ["top", kind, *inside, *options, *(["--", name] if name else [])]
    answers, unreachable = run_async(_top(query, query.program(), arguments), "asking the members")
    usage = usage_of(answers.outputs, sort_by.value if sort_by is not None else "")
    problems = {**unreachable, **answers.problems}
    if output.document is not None:
        print_document(usage_document(usage, dict(sorted(problems.items()))), output.document)
    elif usage.rows:
        print_lines(usage_table(usage, room(wide=output is TableFormat.WIDE)))
    elif not problems:
        print_remarks(["No resources found"])
    raise ended(problems)


async def _top(query: FleetQuery, kubectl: Kubectl, arguments: list[str]) -> tuple[Answers, dict[ClusterName, str]]:
    async with opened_fleet(query) as opened:
        questions = dict.fromkeys(opened.fleet.clients, arguments)
        return await ask_kubectl(kubectl, opened.fleet, questions), opened.unreachable

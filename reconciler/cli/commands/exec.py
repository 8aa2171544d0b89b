"""`exec`: a command in a container, on the one member that has the Pod."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.fleet_query import FleetQuery, Namespace, asks_members, chosen_pods, target_and_rest
from reconciler.cli.one_member import run_on_one_member
from reconciler.cli.options import Labels

Words = Annotated[
    list[str],
    typer.Argument(
        help="A Pod, or a workload whose first Pod is taken; then -- and the command. With -l, the command alone.",
        metavar="[POD|KIND/NAME] -- COMMAND…",
    ),
]
Container = Annotated[str, typer.Option("--container", "-c", help="This container. By default the first one.", metavar="NAME")]
Stdin = Annotated[bool, typer.Option("--stdin", "-i", help="Pass stdin to the container.")]
Tty = Annotated[bool, typer.Option("--tty", "-t", help="Stdin is a terminal.")]


@asks_members
def run(
    query: FleetQuery,
    words: Words,
    namespace: Namespace = "default",
    labels: Labels = "",
    container: Container = "",
    stdin: Stdin = False,
    tty: Tty = False,
) -> None:
    """Becomes `kubectl exec` on the member that has the Pod: terminal, signals and exit code are those of the command. With -l,
    it is the first running Pod with these labels. If several members have it, the command says which, and --cluster chooses one.
    One Pod is in one namespace, so there is no -A. The exit code is 1 if no member has it.

    Example: reconciler exec -it deploy/web -n shop --cluster member1 -- sh
    """
    target, command = target_and_rest(words, labels)
    if not command:
        raise typer.BadParameter("write the command after --, such as: deploy/web -- sh")
    options = [f"--container={container}"] * bool(container) + ["--stdin"] * stdin + ["--tty"] * tty
    run_on_one_member(query, chosen_pods(target, namespace, labels), "exec", [*options, "--", *command])

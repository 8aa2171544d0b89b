"""`port-forward`: ports of this machine that lead to a Pod, on the one member that has it."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.fleet_query import FleetQuery, Namespace, asks_members, chosen_pods, target_and_rest
from reconciler.cli.one_member import run_on_one_member
from reconciler.cli.options import Labels

Words = Annotated[
    list[str],
    typer.Argument(
        help="A Pod, or what has Pods, such as svc/web; then ports of this machine and of the Pod, of which the first may be"
        " missing. With -l, the ports alone.",
        metavar="[POD|KIND/NAME] [[LOCAL]:]REMOTE…",
    ),
]
Address = Annotated[
    str, typer.Option("--address", help="Addresses of this machine to listen on, with commas.", metavar="ADDRESS")
]


@asks_members
def run(
    query: FleetQuery, words: Words, namespace: Namespace = "default", labels: Labels = "", address: Address = "localhost"
) -> None:
    """Becomes `kubectl port-forward` on the member that has the Pod, until Ctrl-C. With -l, it is the first running Pod with
    these labels. If several members have it, the command says which, and --cluster chooses one. One Pod is in one namespace, so
    there is no -A. The exit code is 1 if no member has it.

    Example: reconciler port-forward svc/web 8080:80 -n shop --cluster member1
    """
    target, ports = target_and_rest(words, labels)
    if not ports:
        raise typer.BadParameter("write the ports after the Pod, such as: svc/web 8080:80")
    run_on_one_member(query, chosen_pods(target, namespace, labels), "port-forward", [f"--address={address}", "--", *ports])

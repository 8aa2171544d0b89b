"""`port-forward`: ports of this machine that lead to a Pod, on the one member that has it."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.fleet_query import FleetQuery, Namespace, asks_members, chosen_pods
from reconciler.cli.one_member import run_on_one_member

Target = Annotated[str, typer.Argument(help="A Pod, or what has Pods, such as svc/web.", metavar="POD|KIND/NAME")]
Ports = Annotated[
    list[str], typer.Argument(help="Of this machine and of the Pod; the first may be missing.", metavar="[[LOCAL]:]REMOTE…")
]
Address = Annotated[
    str, typer.Option("--address", help="Addresses of this machine to listen on, with commas.", metavar="ADDRESS")
]


@asks_members
def run(
    query: FleetQuery, target: Target, ports: Ports, namespace: Namespace = "default", address: Address = "localhost"
) -> None:
    """Becomes `kubectl port-forward` on the member that has the Pod, until Ctrl-C. If several members have it, the command says
    which, and --cluster chooses one. The exit code is 1 if no member has it.

    Example: reconciler port-forward svc/web 8080:80 -n shop --cluster member1
    """
    arguments = ["port-forward", target, *ports, f"--namespace={namespace}", f"--address={address}"]
    run_on_one_member(query, chosen_pods(target, namespace), arguments)

"""The options for one member that a command reaches as its administrator, combined into one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.access import address_of_pod
from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import AllowInsecure, Context
from reconciler.cluster.access import Host
from reconciler.install.host_cluster import Connection, connected
from reconciler.membership.request import Admin

Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_KUBECONFIG",
        help="A kubeconfig of the member, for a user who may create roles there. It may use exec plugins.",
        metavar="FILE",
    ),
]
InMember = Annotated[bool, typer.Option("--in-cluster", help="The member is the cluster in which this command runs as a Pod.")]


@dataclass(frozen=True, slots=True)
class MemberAccess:
    kubeconfig: Path | None
    context: str
    in_cluster: bool
    allow_insecure: bool

    def connection(self, name: str, *, needed: bool) -> Connection | None:
        """None where the options name none and none is needed. name: of the member. Raises BadParameter."""
        if self.kubeconfig is None and not self.in_cluster:
            if needed:
                raise typer.BadParameter("name a kubeconfig of the member, or --in-cluster", param_hint="--kubeconfig")
            return None
        if self.kubeconfig is not None and self.in_cluster:
            raise typer.BadParameter("it names another way to the same member", param_hint="--in-cluster")
        admin = Admin(self.kubeconfig, self.context) if self.kubeconfig is not None else Host(address=address_of_pod())
        return connected(admin, allow_insecure=self.allow_insecure, name=name)


def member_access(
    kubeconfig: Kubeconfig = None, context: Context = "", in_cluster: InMember = False, allow_insecure: AllowInsecure = False
) -> MemberAccess:
    return MemberAccess(kubeconfig, context, in_cluster, allow_insecure)


administers_member = grouped("member", member_access)
"""Replaces the parameter `member` of a command by the options of `member_access`."""

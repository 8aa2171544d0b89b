"""What `join.py` and `unjoin.py` share: an administrator's hand in the member, and the places where things are kept.

Nothing is remembered between the steps of either. Each looks at what is there and does what is missing, so whatever instant a
process is killed at, running it again finishes; and where nothing is missing, nothing is written. When a member comes its
Cluster file is last, after the credential was tried out: what is declared can be reached. When it goes the file is first, so
that nobody reconciles a member whose account is being taken away; the credential is last, for it is what finds the account.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reconciler.cluster.access import Access
from reconciler.cluster.api import Api
from reconciler.cluster.credentials import client_of_file
from reconciler.cluster.servers import Servers
from reconciler.errors import ReconcilerError
from reconciler.membership.account import NAMESPACE, Enrolment, Member, Say


class MembershipError(ReconcilerError):
    """A member cannot join or leave as things are."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The kubeconfig of somebody who may make accounts in the member, named by whoever runs the command: it may run programs."""

    kubeconfig: Path
    context: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are kept."""

    access: Access
    """`member_root` is set unless there is a host."""
    namespace: str = NAMESPACE
    """Of the account, in the member."""
    secret_namespace: str = NAMESPACE
    """Of the credential, in the host cluster."""


def administered(admin: Admin, access: Access, enrolment: Enrolment, say: Say, stack: AsyncExitStack, *, dry_run: bool) -> Member:
    name = enrolment.marks.member
    trusting = Access(allow_exec=True, allow_insecure=access.allow_insecure)
    api = Api(name, partial(client_of_file, name, admin.kubeconfig, admin.context, trusting))
    stack.push_async_callback(api.close)
    return Member(api, enrolment, say, dry_run=dry_run)


def host_of(access: Access, stack: AsyncExitStack) -> Api:
    servers = Servers(access)
    stack.push_async_callback(servers.close)
    return servers.host()

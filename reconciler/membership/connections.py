"""Connections that a person opens: to a member as its administrator, and to the host cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.cluster.credentials import client_of_file
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from reconciler.cluster.servers import Servers
from reconciler.membership.account import Account
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.request import Admin


@contextmanager
def remedies_for_a_person(used: Admin) -> Iterator[None]:
    """Errors of the block that mean that the kubeconfig gives no access get a remedy for whoever runs the command: nobody tries
    again for them."""
    context = f"context {used.context}" if used.context else "current context"
    try:
        yield
    except MemberUnreachableError as error:
        remedy = f"Check that it is up, and the server of the {context} in {used.kubeconfig}."
        raise MemberUnreachableError(error.message, remedy=remedy) from error
    except RefusedError as error:
        if error.status != 401:
            raise
        remedy = f"Log in again, so that kubectl can use the {context} of {used.kubeconfig}, or name another context."
        raise MemberError(error.message, remedy=remedy) from error


def connect_admin(admin: Admin, access: Access, account: Account, stack: AsyncExitStack) -> AdminConnection:
    """A connection with the administrator's kubeconfig. stack: closes it."""
    api = connect_person(account.labels.member, admin, stack, allow_insecure=access.allow_insecure)
    return AdminConnection(api, account)


def connect_person(name: str, used: Admin, stack: AsyncExitStack, *, allow_insecure: bool) -> Api:
    """A connection with the kubeconfig of the person who runs the command, which may run programs. name: of the server, for
    messages. stack: closes it."""
    trusted = Access(allow_exec=True, allow_insecure=allow_insecure)
    api = Api(name, partial(client_of_file, name, used.kubeconfig, used.context, trusted))
    stack.push_async_callback(api.close)
    return api


def connect_host(access: Access, stack: AsyncExitStack) -> Api:
    """A connection to the host cluster. stack: closes it. Raises MemberError where this process has no host cluster."""
    servers = Servers(access)
    stack.push_async_callback(servers.close)
    return servers.host()

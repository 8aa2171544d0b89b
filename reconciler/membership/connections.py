"""Connections that `join` and `unjoin` open: to a member as its administrator, and to the host cluster."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from reconciler.cluster.access import Access
from reconciler.cluster.api import Api
from reconciler.cluster.credentials import client_of_file
from reconciler.cluster.servers import Servers
from reconciler.membership.account import Account
from reconciler.membership.admin_connection import AdminConnection
from reconciler.membership.request import Admin


def connect_admin(admin: Admin, access: Access, account: Account, stack: AsyncExitStack) -> AdminConnection:
    """A connection with the administrator's kubeconfig. stack: closes it."""
    name = account.labels.member
    trusted = Access(allow_exec=True, allow_insecure=access.allow_insecure)
    api = Api(name, partial(client_of_file, name, admin.kubeconfig, admin.context, trusted))
    stack.push_async_callback(api.close)
    return AdminConnection(api, account)


def connect_host(access: Access, stack: AsyncExitStack) -> Api:
    """A connection to the host cluster. stack: closes it. Raises MemberError where this process has no host cluster."""
    servers = Servers(access)
    stack.push_async_callback(servers.close)
    return servers.host()

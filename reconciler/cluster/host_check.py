"""Whether this process has the means to reach the host cluster."""

from __future__ import annotations

from reconciler.cluster.access import Access
from reconciler.cluster.member_protocol import MemberError, NotConfiguredError


async def check_host(access: Access) -> None:
    """Raises NotConfiguredError where the process was started with a host cluster, and has no credential for it. Requests
    nothing."""
    if access.host is None:
        return
    from reconciler.cluster.credentials import client_of_host

    try:
        client = await client_of_host(access.host, access)
    except MemberError as error:
        raise NotConfiguredError(error.message, remedy=error.remedy) from error
    await client.close()

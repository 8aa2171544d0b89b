"""What Argo CD and Flux conclude from the parts of an address. The program itself compares repositories by their paths alone."""

from __future__ import annotations

import re

from reconciler.repo.remote_url import RemoteAddress

_SSH_USER = re.compile(r"[a-z0-9_.][a-z0-9_.@-]*", re.IGNORECASE)
_SSH_HOSTS_OF_FORGES = ("ssh.", "altssh.")
"""What forges put before their name for a host that takes ssh on port 443."""


def ssh_host(address: RemoteAddress) -> str:
    """`host:port` as known_hosts knows it, 22 unless stated; empty where this is not ssh."""
    return f"{address.host}:{address.port or 22}" if address.is_ssh else ""


def is_same(one: RemoteAddress, other: RemoteAddress) -> bool:
    """Whether both are spellings of one address. Case means nothing: no forge has two repositories that differ in it."""
    if (one.scheme, one.port, one.host.lower(), _repository(one)) != (
        other.scheme,
        other.port,
        other.host.lower(),
        _repository(other),
    ):
        return False
    return not one.is_ssh or one.user.lower() == other.user.lower()


def is_at(address: RemoteAddress, web: RemoteAddress) -> bool:
    """Whether an address, by which a repository is read, is of the repository that a forge shows at a web address.

    The protocols may differ, and so may ports, because a forge has one for each protocol.
    """
    host = address.host.lower()
    hosts = {host} | {host.removeprefix(prefix) for prefix in _SSH_HOSTS_OF_FORGES if host.startswith(prefix)}
    if address.is_ssh and address.user and not _SSH_USER.fullmatch(address.user):
        return False
    return web.host != "" and web.host.lower() in hosts and _repository(web) == _repository(address)


def _repository(address: RemoteAddress) -> str:
    return address.path.rstrip("/").removesuffix(".git").lower()

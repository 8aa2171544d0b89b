"""The proxy on the way to a member: that of its credential, that of its Cluster file, or that of the process's environment.

Everyone who can open a pull request can write the proxy of a Cluster file. What passes through it is TLS to the member itself,
whose certificate is checked with the CA of the credential, so a proxy learns the address and the amount of data, and can only
refuse to pass it on. Where the server is not checked, the proxy would get the token. So such a connection takes its proxy from
the credential or from the environment, whatever other options allow.
"""

from __future__ import annotations

import re

from yarl import URL

from reconciler.cluster.access import Access
from reconciler.cluster.connection import Connection
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.cluster import Cluster

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
"""RFC 9110, sections 5.1 and 5.5, without the obsolete bytes."""


def proxied_as_declared(client: Connection, cluster: Cluster) -> Connection:
    """The client, through the proxy of the Cluster file if it has one. Raises MemberError if that proxy may not be used."""
    declared = cluster.proxy_url
    if client.proxy:
        _check(cluster.name, client.proxy, "the proxy of its credential")
    if not declared:
        return client
    _check(cluster.name, declared, "spec.proxyURL of its Cluster file")
    if client.proxy and URL(client.proxy) != URL(declared):
        raise MemberError(
            f"{cluster.name}: its credential names another proxy than spec.proxyURL of its Cluster file",
            remedy="Remove one of them, or write the same.",
        )
    if not client.host.startswith("https://") or not client.is_verified:
        raise MemberError(
            f"{cluster.name}: its server is not verified (plain http, or insecure-skip-tls-verify), so the proxy of its Cluster "
            "file would get the credential",
            remedy="Give the credential a CA, or write the proxy into its kubeconfig (proxy-url), outside the repository.",
        )
    for name, value in cluster.proxy_headers:
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            message = f"{cluster.name}: spec.proxyHeader of its Cluster file has a name or a value that no HTTP header can have"
            raise MemberError(message, remedy=f"Correct the header {name!r}: no line breaks, and only ASCII characters.")
    client.proxy, client.proxy_headers = declared, list(cluster.proxy_headers) or None
    return client


def proxied_by_environment(name: str, client: Connection, access: Access) -> Connection:
    """The client, through the proxy of the environment if the process may use it and it has no other. Raises MemberError."""
    if access.proxies is not None and not client.proxy:
        try:
            client.proxy = access.proxies.proxy_for(client.host)
        except ValueError as error:
            raise no_url(name) from error
        if client.proxy:
            _check(name, client.proxy, "the proxy in the environment")
    return client


def no_url(name: str) -> MemberError:
    """The error of a credential whose server has an address that cannot be read. It may contain a password."""
    message = f"{name}: its credential is for a server whose address is not a URL"
    return MemberError(message, remedy="Write https://HOST:PORT as its server.")


def _check(name: str, proxy: str, whose: str) -> None:
    """The proxy itself may contain a password, so no message has it."""
    try:
        url = URL(proxy)
        usable = url.scheme in ("http", "https") and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise MemberError(
            f"{name}: {whose} is not the URL of an HTTP proxy",
            remedy="Write http://HOST:PORT or https://HOST:PORT. SOCKS is not supported.",
        )

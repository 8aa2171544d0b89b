"""The proxies of the process's environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as Go programs such as kubectl read them.

Unlike in Go, addresses of loopback have no exception of their own. The variables are read in `cli/`, and only on request.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    https: str = ""
    """The URL of the proxy for https addresses; empty for none."""
    http: str = ""
    """The same for http addresses."""
    exceptions: tuple[str, ...] = ()
    """The entries of NO_PROXY, in lower case: `*`, an address, a CIDR range, `name` (with its subdomains), `.name` (these only),
    each but the range with an optional `:port`."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> EnvironmentProxies:
        """The upper-case name of a variable comes before the lower-case one."""
        https, http, exceptions = (
            environment.get(name, "") or environment.get(name.lower(), "") for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
        )
        entries = (entry.strip().lower() for entry in exceptions.split(","))
        return cls(_with_scheme(https), _with_scheme(http), tuple(entry for entry in entries if entry))

    def proxy_for(self, server: str) -> str:
        """The URL of the proxy on the way to the server at this URL; empty where there is none. Raises ValueError where the
        server's is none."""
        parts = urlsplit(server)
        proxy = self.https if parts.scheme == "https" else self.http
        host, port = (parts.hostname or "").rstrip("."), str(parts.port or (443 if parts.scheme == "https" else 80))
        return "" if any(_covers(entry, host, port) for entry in self.exceptions) else proxy


def _with_scheme(proxy: str) -> str:
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _covers(entry: str, host: str, port: str) -> bool:
    """Whether an entry of NO_PROXY names this host, and this port if it has one."""
    if entry == "*":
        return True
    address = _address(host)
    if address is not None:
        with suppress(ValueError):
            return address in ipaddress.ip_network(entry, strict=False)
    name, colon, wanted = entry.rpartition(":")
    if not colon:
        name, wanted = entry, port
    if wanted != port:
        return False
    if address is not None:
        return address == _address(name.strip("[]"))
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

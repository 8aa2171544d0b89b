"""People whom a reverse proxy has signed in: it names them in a header.

Believed is a request from a stated address that has the shared secret, too: an address alone may be another Pod's tomorrow.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass

from aiohttp import web

from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.settings import DashboardSettings, Proxy


@dataclass(frozen=True, slots=True)
class ByProxy:
    proxy: Proxy
    settings: DashboardSettings

    async def viewer(self, request: web.Request) -> Viewer | None:
        sent = request.headers.get(self.proxy.secret_header, "").encode("utf-8", "surrogateescape")
        if not self._is_from_it(request.remote) or not hmac.compare_digest(sent, self.proxy.secret.encode()):
            return None
        name = request.headers.get(self.proxy.user_header, "").strip()
        if not name:
            return None
        groups = ",".join(request.headers.getall(self.proxy.groups_header, []))
        return Viewer(name, self.settings.scope_of(frozenset(filter(None, map(str.strip, groups.split(","))))))

    def _is_from_it(self, remote: str | None) -> bool:
        try:
            address = ipaddress.ip_address((remote or "").partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # a listener on [::] names IPv4 addresses so
        return any((mapped or address) in one for one in self.proxy.addresses)

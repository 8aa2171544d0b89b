"""The credential of a Pod: the server's address in its environment, and two files of the volume that the kubelet mounts.

https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/. The client library would do the same, and takes 20 MB to
load, which an agent has no other use for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from reconciler.cluster.connection import Connection, Pem, tls_of
from reconciler.cluster.member_protocol import MemberError

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_RENEWED = 60.0
"""Seconds after which the token is read again: the kubelet replaces it long before it expires."""
_REMEDY = "Run this program in a Pod with a service account, or name a kubeconfig with --host-kubeconfig."


async def connection_of_pod(address: str) -> Connection:
    """address: `HOST:PORT` of the API server; empty outside of a Pod. Raises MemberError."""
    if not address:
        raise MemberError("the host cluster: there is no API server in the environment of this process", remedy=_REMEDY)
    token = _Token(FOLDER / "token")
    await token.authorization()
    authority = FOLDER / "ca.crt"
    try:
        tls = await asyncio.to_thread(lambda: tls_of(ca_file=str(authority)))
        pem = Pem(await asyncio.to_thread(authority.read_text))
    except (OSError, ValueError) as error:
        raise MemberError(f"the host cluster: {authority}: {error}", remedy=_REMEDY) from error
    return Connection(f"https://{address}", tls, token.authorization, pem=pem)


@dataclass(slots=True)
class _Token:
    file: Path
    _value: str = ""
    _read_at: float = 0.0
    """By the clock of the event loop."""

    async def authorization(self) -> str:
        now = asyncio.get_running_loop().time()
        if not self._value or now - self._read_at >= _RENEWED:
            self._value, self._read_at = f"Bearer {await asyncio.to_thread(self._read)}", now
        return self._value

    def _read(self) -> str:
        try:
            token = self.file.read_text().strip()
        except (OSError, ValueError) as error:
            raise MemberError(f"the host cluster: {self.file}: {error}", remedy=_REMEDY) from error
        if not token:
            raise MemberError(f"the host cluster: {self.file} is empty", remedy=_REMEDY)
        return token

"""Runs the program of an access provider, and takes the credential that it prints: the protocol of exec plugins of kubectl
(https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.cluster.access_providers import EXEC_EXTENSION, AccessProvider
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.cluster import parse_moment
from reconciler.model.manifest import get, sequence, text

_LONGEST = 30.0
"""Seconds that a program may take."""
_EARLIER = timedelta(seconds=30)
"""Before it expires, a token is replaced."""
_SHOWN = 300
_OF_THE_CLUSTER = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
)


@dataclass(frozen=True, slots=True, repr=False)
class PrintedCredential:
    token: str = ""
    certificate: str = ""
    """Of the client, in PEM, with its key, where that is the credential."""
    key: str = ""
    expires: datetime | None = None
    """In UTC; None: never."""


class CredentialProgram:
    """The program of one member; its token is renewed before it expires."""

    def __init__(self, member: str, provider: AccessProvider, cluster: Mapping[str, Any]) -> None:
        """cluster: what the ClusterProfile says about the server."""
        self._member, self._provider, self._cluster = member, provider, cluster
        self._printed = PrintedCredential()
        self._renewing = asyncio.Lock()

    async def authorization(self) -> str:
        """The value of the header; empty where a client certificate is the credential. Raises MemberError."""
        async with self._renewing:
            expires = self._printed.expires
            if expires is not None and datetime.now(UTC) + _EARLIER >= expires:
                await self.run()
        return f"Bearer {self._printed.token}" if self._printed.token else ""

    async def run(self) -> PrintedCredential:
        """Raises MemberError."""
        provider = self._provider
        request = json.dumps(exec_request(provider, self._cluster))
        variables = {**os.environ, **dict(provider.variables), "KUBERNETES_EXEC_INFO": request}
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                provider.command, *provider.args, env=variables, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
            )
        except OSError as error:
            raise self._failed(f"cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(_LONGEST):
                out, err = await process.communicate()
        except TimeoutError as error:
            raise self._failed(f"did not end within {_LONGEST:.0f} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = err.decode(errors="replace").strip()[-_SHOWN:]
            raise self._failed(f"ended with {process.returncode}" + (f": {said}" if said else ""))
        self._printed = self._read(out)
        return self._printed

    def _read(self, out: bytes) -> PrintedCredential:
        try:
            document = json.loads(out)
        except ValueError as error:
            raise self._failed("printed no ExecCredential") from error
        if text(document, "apiVersion") != self._provider.api_version:
            raise self._failed(f"printed no ExecCredential of {self._provider.api_version}")
        fields = ("token", "clientCertificateData", "clientKeyData")
        token, certificate, key = (text(document, "status", field) for field in fields)
        if not token and not (certificate and key):
            raise self._failed("printed neither a token nor a certificate with its key")
        return PrintedCredential(token, certificate, key, parse_moment(text(document, "status", "expirationTimestamp")))

    def _failed(self, what: str) -> MemberError:
        provider = self._provider
        remedy = f"Run it by hand as the user of this process, and check the provider {provider.name} of --access-providers."
        return MemberError(f"{self._member}: {provider.command} {what}", remedy=remedy)


def exec_request(provider: AccessProvider, cluster: Mapping[str, Any]) -> dict[str, Any]:
    """The ExecCredential that the program gets."""
    spec: dict[str, Any] = {"interactive": False}
    if provider.gets_cluster:
        named = sequence(cluster, "extensions")
        config = next((get(one, "extension") for one in named if text(one, "name") == EXEC_EXTENSION), None)
        spec["cluster"] = {name: cluster[name] for name in _OF_THE_CLUSTER if name in cluster}
        spec["cluster"] |= {} if config is None else {"config": config}
    return {"apiVersion": provider.api_version, "kind": "ExecCredential", "spec": spec}

"""A kubeconfig with one context, for the server and the credential of a connection."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from reconciler.cluster.connection import Connection
from reconciler.documents.json_writer import write_json
from reconciler.kubectl.failures import KubectlError

_ONLY = "only"


async def kubeconfig_of(name: str, connection: Connection) -> bytes:
    """JSON, which is YAML. All its values are in it: it names no file and no program.

    name: of the member. Raises KubectlError where kubectl has no way to connect as this connection does, and MemberError where
    the credential cannot be renewed.
    """
    if connection.proxy_headers:
        raise KubectlError(
            f"{name}: kubectl cannot send spec.proxyHeader of its Cluster file to the proxy",
            remedy="Write the proxy with its password into the credential (proxy-url), or use a context of yours (--kubeconfig).",
        )
    user: dict[str, Any] = {**_authorization(name, await connection.authorization()), **connection.impersonation}
    pem = connection.pem
    client = {"client-certificate-data": pem.certificate, "client-key-data": pem.key}
    user |= {key: _encoded(value) for key, value in client.items() if value}
    cluster = {
        "server": connection.host,
        "certificate-authority-data": _encoded(pem.authority) if connection.is_verified else "",
        "insecure-skip-tls-verify": not connection.is_verified,
        "tls-server-name": connection.server_name,
        "proxy-url": connection.proxy,
    }
    return write_json(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": _ONLY,
            "contexts": [{"name": _ONLY, "context": {"cluster": _ONLY, "user": _ONLY}}],
            "clusters": [{"name": _ONLY, "cluster": {key: value for key, value in cluster.items() if value}}],
            "users": [{"name": _ONLY, "user": user}],
        }
    )


def _authorization(name: str, header: str) -> dict[str, str]:
    """The fields of `user` for the value of a header: a token, or a user with a password (RFC 7617). Raises KubectlError."""
    scheme, _, value = header.partition(" ")
    if not header:
        return {}
    if scheme.lower() == "bearer":
        return {"token": value}
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise KubectlError(f"{name}: kubectl cannot use its credential", remedy="Use a token or a client certificate.")
    return {"username": user, "password": password}


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()

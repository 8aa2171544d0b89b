"""The credential of a kubeconfig that needs no client library: a server, its CA and a token.

Most are such, and all that `join` writes. The library takes a third of a second to import. What it would read is read alike here
(kubernetes `KubeConfigLoader`); everything else is left to it.
"""

from __future__ import annotations

import base64
import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reconciler.cluster.connection import Connection, Pem, always, tls_of
from reconciler.cluster.kubeconfig import Context

_OF_OTHER_FORMS = frozenset(
    {
        "exec",
        "auth-provider",
        "tokenFile",
        "username",
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
    }
)
"""Fields of `user`."""
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_TEXTS = ("server", "certificate-authority", "certificate-authority-data", "tls-server-name", "proxy-url")
"""Fields of `cluster`."""


def plain_connection(context: Context, folder: Path) -> tuple[str, Callable[[], Connection]] | None:
    """The URL of the server, and what makes the connection. None where the client library has to read it. folder: of the file.

    Raises ValueError for a CA that is not base64 or not there. What it returns raises as `tls_of`.
    """
    cluster, token = context.cluster, context.user.get("token", "")
    if not _OF_OTHER_FORMS.isdisjoint(context.user) or not isinstance(token, str):
        return None
    if not all(isinstance(cluster[name], str) and cluster[name] for name in _TEXTS if name in cluster):
        return None
    skips = cluster.get("insecure-skip-tls-verify", False)
    if "server" not in cluster or not isinstance(skips, bool):
        return None
    host = cluster["server"].rstrip("/")
    trust = _trust(cluster, folder) if host.startswith("https") else {}
    if trust is None:
        return None

    def connect() -> Connection:
        tls = tls_of(**trust)
        if skips:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        authorization = always(f"Bearer {token}" if token else "")
        pem = Pem(trust.get("ca") or (Path(trust["ca_file"]).read_text() if "ca_file" in trust else ""))
        name, proxy = cluster.get("tls-server-name", ""), cluster.get("proxy-url", "")
        return Connection(host, tls, authorization, not skips, name, proxy, pem=pem)

    return host, connect


def _trust(cluster: Mapping[str, Any], folder: Path) -> dict[str, str] | None:
    """The arguments of `tls_of`; None for what may be no certificate, or has text that Python takes from files only. Raises
    ValueError."""
    if data := cluster.get("certificate-authority-data"):
        decoded = base64.b64decode(data)
        return {"ca": decoded.decode()} if decoded.startswith(_BEGIN) and decoded.isascii() else None
    if "certificate-authority" not in cluster:
        return {}
    file = os.path.normpath(folder / cluster["certificate-authority"])
    if not Path(file).is_file():
        raise ValueError(f"its CA is not there: {file}")
    return {"ca_file": file}

"""The credential of a kubeconfig, by the client library: it knows exec plugins, OIDC and all other forms (sole home of
`kubernetes`, which is imported late because it takes 20 MB)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.kube_config import KubeConfigLoader

from reconciler.cluster.connection import Connection, Pem, tls_of


async def load(document: Mapping[str, Any], folder: Path) -> Configuration:
    """From a kubeconfig with one context. folder: that of the file. Raises ValueError for a document that is no kubeconfig, and
    OSError, TypeError."""
    configuration = Configuration()
    try:
        await KubeConfigLoader(document, config_base_path=str(folder)).load_and_set(configuration)
    except ConfigException as error:
        raise ValueError(str(error)) from error
    return configuration


def connection_of(configuration: Configuration) -> Connection:
    """Raises OSError, ValueError where a certificate or a key cannot be read."""

    async def authorization() -> str:
        settings: Mapping[str, Any] = await configuration.auth_settings()
        return next((str(setting["value"]) for setting in settings.values()), "")

    tls = tls_of(ca_file=configuration.ssl_ca_cert)
    if configuration.cert_file:
        tls.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)
    if not configuration.verify_ssl:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    name, proxy = configuration.tls_server_name or "", configuration.proxy or ""
    pem = Pem(*map(_content, (configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file)))
    return Connection(configuration.host, tls, authorization, bool(configuration.verify_ssl), name, proxy, pem=pem)


def _content(file: str | None) -> str:
    """In text; empty where there is no file. A file that is no text was refused before, as TLS material."""
    return Path(file).read_text() if file else ""

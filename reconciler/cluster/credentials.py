"""How a declared Cluster is reached: the client that `kubernetes` makes of its credential, and what keeps the two together.

A Cluster file comes from whoever can open a pull request. So the server's address and CA come from the credential and never
from the file, a differing `apiEndpoint` is refused, and what could send a token elsewhere, read the host's files or run its
programs needs the leave of whoever started the process (`Access`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.incluster_config import load_incluster_config
from kubernetes.aio.config.kube_config import KubeConfigLoader

from reconciler.cluster.access import Access, Host
from reconciler.cluster.client import MemberError
from reconciler.cluster.connection import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.kubeconfig import read_kubeconfig
from reconciler.model.cluster import Cluster
from reconciler.model.manifest import Manifest, text

TOKEN, CA, ENDPOINT = "token", "caBundle", "endpoint"
"""Keys of a credential's Secret: the first two as Karmada's `join` writes them, the third names the server that they are for."""


async def client_of_kubeconfig(cluster: Cluster, access: Access) -> ApiClient:
    """By the file that the Cluster's annotation names. Raises MemberError."""
    named = cluster.annotations.get(KUBECONFIG_ANNOTATION, "")
    place = await asyncio.to_thread(_below_root, cluster.name, named, access.member_root)
    client = await client_of_file(cluster.name, place, cluster.annotations.get(CONTEXT_ANNOTATION, ""), access)
    return _bound(client, cluster, access)


async def client_of_secret(cluster: Cluster, secret: Manifest, access: Access) -> ApiClient:
    """By a Secret of the host cluster. Raises MemberError."""
    values = {name: _decoded(cluster.name, name, text(secret, "data", name)) for name in (TOKEN, CA, ENDPOINT)}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise MemberError(
            f"{cluster.name}: the Secret {cluster.secret_ref} lacks {' and '.join(missing)}",
            remedy="A credential names its server. Make it with `reconciler join`, or add `endpoint` to one that Karmada made.",
        )
    configuration = Configuration(host=values[ENDPOINT])
    configuration.ca_cert_data = values[CA]
    configuration.api_key["BearerToken"] = f"Bearer {values[TOKEN]}"
    return _bound(_opened(cluster.name, configuration), cluster, access)


async def client_of_host(host: Host, access: Access) -> ApiClient:
    """By the credential that the process was started with. Raises MemberError."""
    if host.kubeconfig is not None:
        trusting = Access(allow_exec=True, allow_insecure=access.allow_insecure)
        return await client_of_file("the host cluster", host.kubeconfig, host.context, trusting)
    configuration = Configuration()
    try:
        load_incluster_config(configuration)
    except ConfigException as error:
        remedy = "Run it in a Pod with a service account, or name a kubeconfig with --host-kubeconfig."
        raise MemberError(f"the host cluster: {error}", remedy=remedy) from error
    return _opened("the host cluster", configuration)


async def client_of_file(name: str, place: Path, context: str, access: Access) -> ApiClient:
    """By one context of a kubeconfig file. Raises MemberError."""
    chosen = await asyncio.to_thread(read_kubeconfig, name, place, context)
    if chosen.runs_program and not access.allow_exec:
        raise MemberError(
            f"{name}: {place.name} runs a program to get its credential",
            remedy="Start with --allow-exec if these files are yours, or use a token or a client certificate.",
        )
    if chosen.trusts_anyone and not access.allow_insecure:
        raise MemberError(
            f"{name}: {place.name} does not check who answers (plain http, or insecure-skip-tls-verify)",
            remedy="Give it certificate-authority-data, or start with --allow-insecure where that is acceptable.",
        )
    with TemporaryDirectory(prefix="reconciler-") as folder:  # Python reads client certificates from files only.
        configuration = Configuration()
        try:
            document = await asyncio.to_thread(chosen.with_files, Path(folder))
            await KubeConfigLoader(document, config_base_path=str(place.parent)).load_and_set(configuration)
        except (ConfigException, OSError, ValueError, TypeError) as error:
            raise MemberError(f"{name}: {place.name}: {error}", remedy="Mend the kubeconfig file.") from error
        return _opened(name, configuration)


def _opened(name: str, configuration: Configuration) -> ApiClient:
    try:
        return ApiClient(configuration)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise MemberError(
            f"{name}: its CA or client certificate cannot be read: {error}", remedy="Renew the credential."
        ) from error


def _bound(client: ApiClient, cluster: Cluster, access: Access) -> ApiClient:
    """Refuses a credential that is for another server than the Cluster says, or that does not tell servers apart."""
    server = client.configuration.host
    if cluster.api_endpoint and cluster.api_endpoint.rstrip("/") != server.rstrip("/"):
        raise MemberError(
            f"{cluster.name}: its credential is for {server}, and its Cluster file says {cluster.api_endpoint}",
            remedy="Correct spec.apiEndpoint; if the server moved, make a new credential with `reconciler join`.",
        )
    if not server.startswith("https://") and not access.allow_insecure:
        raise MemberError(f"{cluster.name}: {server} is no https address", remedy="Use https, or start with --allow-insecure.")
    return client


def _below_root(name: str, named: str, root: Path | None) -> Path:
    if root is None:
        raise MemberError(
            f"{name}: the annotation {KUBECONFIG_ANNOTATION} names a file, and there is no folder for such files",
            remedy="Start with --member-root FOLDER.",
        )
    place = (root / named).resolve()
    if not place.is_relative_to(root.resolve()):
        raise MemberError(f"{name}: the kubeconfig {named} lies outside the member root", remedy="Move it below the member root.")
    return place


def _decoded(name: str, key: str, value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise MemberError(f"{name}: {key} of its Secret is not what it should be", remedy="Make a new credential.") from error

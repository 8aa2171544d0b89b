"""Clients for declared Clusters, from their credentials.

Everyone who can open a pull request can write a Cluster file. So the address and CA of the server come from the credential,
never from the file; a different `apiEndpoint` is refused; and anything that could send a token to another server, read files of
the host or run programs needs an option of the process (`Access`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from yarl import URL

from reconciler.cluster.access import Access, Host, OwnContexts
from reconciler.cluster.connection import Connection, Pem, always, tls_of
from reconciler.cluster.connection_annotations import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION
from reconciler.cluster.kubeconfig import Context, parse_kubeconfig, read_kubeconfig
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.not_configured import kubeconfig_place
from reconciler.cluster.plain_credentials import plain_connection
from reconciler.cluster.proxies import no_url, proxied_as_declared, proxied_by_environment
from reconciler.cluster.service_account import connection_of_pod
from reconciler.model.cluster import Cluster
from reconciler.model.manifest import Manifest, text

TOKEN, CA, ENDPOINT = "token", "caBundle", "endpoint"
"""Keys of a Secret with a credential. Karmada's `join` writes the first two; the third is the server that the credential is
for."""

CLUSTER_API_TYPE = "cluster.x-k8s.io/secret"
"""Of the Secret NAME-kubeconfig of Cluster API; its key `value` holds the kubeconfig
(https://cluster-api.sigs.k8s.io/developer/providers/contracts/control-plane)."""


async def client_of_kubeconfig(cluster: Cluster, access: Access) -> Connection:
    """A client from the file that the annotation of the Cluster names. Raises MemberError."""
    file = cluster.annotations.get(KUBECONFIG_ANNOTATION, "")
    place = await asyncio.to_thread(kubeconfig_place, cluster.name, file, access.member_root)
    client = await client_of_file(cluster.name, place, cluster.annotations.get(CONTEXT_ANNOTATION, ""), access)
    return bound(client, cluster, access)


async def client_of_secret(cluster: Cluster, secret: Manifest, access: Access) -> Connection:
    """A client from a Secret of the host cluster: as `join` or Karmada writes it, or as Cluster API does. Raises MemberError."""
    if text(secret, "type") == CLUSTER_API_TYPE:
        return bound(await _client_of_stored_kubeconfig(cluster, secret, access), cluster, access)
    values = {name: _decoded(cluster.name, name, text(secret, "data", name)) for name in (TOKEN, CA, ENDPOINT)}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise MemberError(
            f"{cluster.name}: the Secret {cluster.secret_ref} lacks {' and '.join(missing)}",
            remedy="A credential must name its server. Create it with `reconciler join`, or add `endpoint` to Karmada's Secret.",
        )
    host, authorization = values[ENDPOINT].rstrip("/"), always(f"Bearer {values[TOKEN]}")
    opened = _opened(cluster.name, host, lambda: Connection(host, tls_of(ca=values[CA]), authorization, pem=Pem(values[CA])))
    return bound(opened, cluster, access)


async def client_of_host(host: Host, access: Access) -> Connection:
    """A client from the credential that the process was started with. Raises MemberError."""
    if host.kubeconfig is not None:
        own_access = Access(allow_exec=True, allow_insecure=access.allow_insecure)
        client = await client_of_file("the host cluster", host.kubeconfig, host.context, own_access)
        return proxied_by_environment("the host cluster", client, access)
    return proxied_by_environment("the host cluster", await connection_of_pod(host.address), access)


async def client_of_file(name: str, place: Path, context: str, access: Access) -> Connection:
    """A client from one context of a kubeconfig file. Raises MemberError."""
    selected = await asyncio.to_thread(read_kubeconfig, name, place, context)
    if selected.runs_program and not access.allow_exec:
        raise MemberError(
            f"{name}: {place} runs a program to get its credential",
            remedy="Start with --allow-exec if you trust these files, or use a token or a client certificate.",
        )
    return await client_of_context(name, str(place), selected, place.parent, access)


async def client_of_context(name: str, place: str, selected: Context, folder: Path, access: Access) -> Connection:
    """A client from one context. place: where it is, in words. folder: where files that it names are. Raises MemberError."""
    if selected.is_insecure and not access.allow_insecure:
        raise MemberError(
            f"{name}: {place} does not verify the server (plain http, or insecure-skip-tls-verify)",
            remedy="Add certificate-authority-data, or start with --allow-insecure if that is acceptable.",
        )
    try:
        plain = plain_connection(selected, folder)
    except ValueError as error:
        raise MemberError(f"{name}: {place}: {error}", remedy="Correct the kubeconfig file.") from error
    if plain is not None:
        return _acting(_opened(name, *plain), selected)
    from reconciler.cluster import kubeconfig_credentials  # Late: a Pod, and most kubeconfigs, need no client library.

    with TemporaryDirectory(prefix="reconciler-") as temporary:  # Python reads client certificates from files only.
        try:
            document = await asyncio.to_thread(selected.with_files, Path(temporary))
            loaded = await kubeconfig_credentials.load(document, folder)
        except (OSError, ValueError, TypeError) as error:
            raise MemberError(f"{name}: {place}: {error}", remedy="Correct the kubeconfig file.") from error
        return _acting(_opened(name, loaded.host, lambda: kubeconfig_credentials.connection_of(loaded)), selected)


async def client_of_user(cluster: Cluster, own: OwnContexts, access: Access) -> Connection:
    """A client from the kubeconfig of the person who asks. The Cluster file has no say in it: that person's context names the
    server, the proxy, and perhaps a program. Raises MemberError."""
    trusted = Access(allow_exec=True, allow_insecure=access.allow_insecure)
    client = await client_of_file(cluster.name, own.kubeconfig, own.contexts.get(cluster.name, cluster.name), trusted)
    return proxied_by_environment(cluster.name, client, access)


async def _client_of_stored_kubeconfig(cluster: Cluster, secret: Manifest, access: Access) -> Connection:
    """From the kubeconfig that a control plane provider of Cluster API wrote. It names no program and no file of this machine:
    whoever may write Secrets of the host cluster has no say here. Raises MemberError."""
    place = f"the kubeconfig in the Secret {cluster.secret_ref}"
    content = _decoded(cluster.name, "value", text(secret, "data", "value")).encode()
    selected = await asyncio.to_thread(parse_kubeconfig, cluster.name, place, content, "")
    if selected.runs_program or selected.named_files:
        what = "runs a program" if selected.runs_program else f"names files ({', '.join(selected.named_files)})"
        remedy = "Use a ClusterProfile, whose program you configure (--access-providers), or a kubeconfig with a token."
        raise MemberError(f"{cluster.name}: {place} {what}", remedy=remedy)
    return await client_of_context(cluster.name, place, selected, Path("/nonexistent"), access)


def _acting(client: Connection, context: Context) -> Connection:
    client.impersonation = context.impersonation
    return client


def _opened(name: str, host: str, connect: Callable[[], Connection]) -> Connection:
    """host: the URL of the server. Raises MemberError."""
    try:
        _ = URL(host).port
    except ValueError as error:
        raise no_url(name) from error
    try:
        return connect()
    except (ssl.SSLError, OSError, ValueError) as error:
        raise MemberError(
            f"{name}: its CA or client certificate cannot be read: {error}", remedy="Renew the credential."
        ) from error


def bound(client: Connection, cluster: Cluster, access: Access) -> Connection:
    """The client. Raises MemberError if its credential is for another server than the Cluster names, or does not use https."""
    server = client.host
    if cluster.api_endpoint and cluster.api_endpoint.rstrip("/") != server.rstrip("/"):
        raise MemberError(
            f"{cluster.name}: its credential is for {server}, but its Cluster file names {cluster.api_endpoint}",
            remedy="Correct spec.apiEndpoint. If the server moved, create a new credential with `reconciler join`.",
        )
    if not server.startswith("https://") and not access.allow_insecure:
        raise MemberError(
            f"{cluster.name}: {server} is not an https address", remedy="Use https, or start with --allow-insecure."
        )
    return proxied_by_environment(cluster.name, proxied_as_declared(client, cluster), access)


def _decoded(name: str, key: str, value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        message = f"{name}: {key} of its Secret is not base64-encoded text"
        raise MemberError(message, remedy="Create a new credential with `reconciler join`.") from error

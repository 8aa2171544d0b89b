"""Clients for members that a ClusterProfile of the host cluster describes.

The ClusterProfile names the server and its CA; the program that gets a credential for it is the operator's
(`access_providers.py`), and runs only where this process was started with leave to run programs.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from reconciler.cluster.access import Access
from reconciler.cluster.access_providers import chosen, read_providers
from reconciler.cluster.connection import Connection
from reconciler.cluster.credential_program import CredentialProgram, PrintedCredential
from reconciler.cluster.credentials import bound, client_of_context
from reconciler.cluster.kubeconfig import Context
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.cluster import Cluster
from reconciler.model.manifest import Manifest


async def client_of_profile(cluster: Cluster, profile: Manifest, access: Access) -> Connection:
    """profile: the ClusterProfile that the Cluster names. Raises MemberError."""
    if access.access_providers is None or not access.allow_exec:
        lacking = "--allow-exec" if access.access_providers is not None else "--access-providers FILE and --allow-exec"
        raise MemberError(
            f"{cluster.name}: a program gets the credential for its ClusterProfile {cluster.profile}",
            remedy=f"Start with {lacking} if this process may run that program.",
        )
    providers = read_providers(access.access_providers)
    choice = chosen(providers, profile)
    if choice is None:
        names = ", ".join(sorted(one.name for one in providers))
        message = f"{cluster.name}: its ClusterProfile {cluster.profile} names none of the access providers {names}"
        raise MemberError(message, remedy=f"Add one that it names to {access.access_providers}.")
    provider, server = choice
    place = f"the ClusterProfile {cluster.profile}"
    if Context(server, {}).named_files:
        raise MemberError(
            f"{cluster.name}: {place} names files of this machine", remedy="Let it have certificate-authority-data."
        )
    program = CredentialProgram(cluster.name, provider, server)
    context = Context(server, _user(await program.run()))
    client = bound(await client_of_context(cluster.name, place, context, Path("/nonexistent"), access), cluster, access)
    client.authorization = program.authorization
    return client


def _user(printed: PrintedCredential) -> dict[str, Any]:
    """As in a kubeconfig."""
    pem = {"client-certificate-data": printed.certificate, "client-key-data": printed.key}
    given = {name: base64.b64encode(value.encode()).decode() for name, value in pem.items() if value}
    return {**given, **({"token": printed.token} if printed.token else {})}

"""The operator's file of access providers: by which program a member with a ClusterProfile is reached (KEP-5339 of Kubernetes).

A ClusterProfile says where its cluster is, and which providers know a credential for it. Which program a provider is, with which
arguments and variables, this file says, and nothing in a repository or in a host cluster. The arguments and variables that a
ClusterProfile adds (`clusterprofiles.multicluster.x-k8s.io/exec/…`) are left out. The form is that of the project
cluster-inventory-api:

    {"providers": [{"name": "google", "execConfig": {"apiVersion": "client.authentication.k8s.io/v1", "command": "…"}}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cluster.member_protocol import MemberError
from reconciler.documents.reader import read_stream
from reconciler.model.cluster_inventory import named_servers
from reconciler.model.manifest import Manifest, get, sequence, text

EXEC_EXTENSION = "client.authentication.k8s.io/exec"
"""The extension of a `cluster` that its program gets
(https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster)."""
ADDITIONS = ("profileSourcedCLIArgsPolicy", "profileSourcedEnvVarsPolicy")
_API_VERSION = "client.authentication.k8s.io/v1"
_REMEDY = 'Write {"providers": [{"name": …, "execConfig": {"apiVersion": …, "command": …}}]}.'


@dataclass(frozen=True, slots=True)
class AccessProvider:
    """A program that gets a credential."""

    name: str
    command: str
    """Its absolute path, or its name in PATH."""
    args: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    api_version: str = _API_VERSION
    gets_cluster: bool = False
    """Whether it is told the server, its CA and the extension of the ClusterProfile (`provideClusterInfo`)."""


def read_providers(file: Path) -> tuple[AccessProvider, ...]:
    """In their order. Raises MemberError."""
    try:
        documents, errors = read_stream(file.read_bytes())
    except OSError as error:
        message = f"the access providers {file} cannot be read: {error.strerror}"
        raise MemberError(message, remedy="Name another file with --access-providers, or make it readable.") from error
    providers = sequence(documents[0].value, "providers") if len(documents) == 1 and not errors else ()
    if not providers:
        raise MemberError(f"{file} names no access providers", remedy=_REMEDY)
    return tuple(_provider(file, one) for one in providers)


def _provider(file: Path, document: Any) -> AccessProvider:
    name, command = text(document, "name"), text(document, "execConfig", "command")
    if not name or not command:
        raise MemberError(f"{file}: a provider lacks its name or its command", remedy=_REMEDY)
    added = next((policy for policy in ADDITIONS if get(document, policy) not in (None, "Ignore")), "")
    if added:
        message = f"{file}: {added} of {name} lets ClusterProfiles say what a program does"
        raise MemberError(message, remedy="Write Ignore, or remove it, and name all arguments and variables in execConfig.")
    variables = [(text(one, "name"), text(one, "value")) for one in sequence(document, "execConfig", "env")]
    return AccessProvider(
        name,
        command,
        tuple(map(str, sequence(document, "execConfig", "args"))),
        tuple(variables),
        text(document, "execConfig", "apiVersion") or _API_VERSION,
        get(document, "execConfig", "provideClusterInfo") is True,
    )


def chosen(providers: tuple[AccessProvider, ...], profile: Manifest) -> tuple[AccessProvider, Mapping[str, Any]] | None:
    """The first provider of the file that the profile names, and the `cluster` that the profile gives for it; None where it names
    none."""
    named = named_servers(profile)
    return next(((one, named[one.name]) for one in providers if one.name in named), None)

"""What this process may use to connect to members. The user who starts the process decides it, never a file in the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.cluster.environment_proxies import EnvironmentProxies
from reconciler.model.keys import ClusterName


@dataclass(frozen=True, slots=True)
class Host:
    """The host cluster: it contains the Secrets with the credentials of members."""

    kubeconfig: Path | None = None
    """None: the process runs in the host cluster, as a Pod with a service account."""
    context: str = ""
    """Context of the kubeconfig; empty for its current context."""
    address: str = ""
    """Of the API server, `HOST:PORT`, where there is no kubeconfig; empty outside of a Pod."""


@dataclass(frozen=True, slots=True)
class OwnContexts:
    """The kubeconfig of the person who asks, in place of the credentials of the reconciler. For commands that write nothing, and
    for `release`, which must also reach members that agents keep."""

    kubeconfig: Path
    contexts: Mapping[ClusterName, str] = field(default_factory=dict)
    """By member, the context to use; the one with the member's name where nothing is said."""


@dataclass(frozen=True, slots=True)
class Access:
    """The options of the process for connections to members."""

    member_root: Path | None = None
    """The folder of directory members and kubeconfig files. None: there are none."""
    host: Host | None = None
    """The cluster that `spec.secretRef` of a Cluster refers to. None: there is none."""
    host_member: ClusterName | None = None
    """The Cluster that is the host cluster itself. Connections to it use the credential of the process."""
    allow_exec: bool = False
    """Whether kubeconfig files may run programs to get a credential."""
    access_providers: Path | None = None
    """The file that names the programs by which members with a ClusterProfile are reached. None: there are none."""
    allow_insecure: bool = False
    """Whether connections may use plain http, or skip the check of the server's certificate."""
    proxies: EnvironmentProxies | None = None
    """The proxies of the environment, where nothing else names one. None: they are not used."""
    own: OwnContexts | None = None
    """With whose contexts members are read, whatever their Cluster files say, those with an agent as well."""

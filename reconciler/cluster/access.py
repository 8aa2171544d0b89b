"""What this process may use to reach members: decided by whoever started it, never by a file of the repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.model.keys import ClusterName


@dataclass(frozen=True, slots=True)
class Host:
    """The cluster that keeps the Secrets with members' credentials."""

    kubeconfig: Path | None = None
    """None: the process runs in it, as a Pod with a service account."""
    context: str = ""
    """Of the kubeconfig; empty for its current one."""


@dataclass(frozen=True, slots=True)
class Access:
    member_root: Path | None = None
    """The folder below which directory members and kubeconfig files lie. None: there are none."""
    host: Host | None = None
    """Where `spec.secretRef` of a Cluster points. None: nowhere."""
    host_member: ClusterName | None = None
    """The one Cluster that is the host itself, reached by the process's own credential."""
    allow_exec: bool = False
    """Whether kubeconfig files may run programs to get a credential."""
    allow_insecure: bool = False
    """Whether a member may be reached by plain http, or without checking its certificate."""

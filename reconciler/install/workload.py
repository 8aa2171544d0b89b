"""The Deployment of one of our processes.

One Pod, restricted as far as Kubernetes can: no root, a read-only root file system, no capabilities. The new Pod starts after the
old one has ended, because two processes would write against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.install.owned import Release

_USER = 65532
"""Of the image, without a name of its own on any Node."""
PORT = 8080
PAGES, PAGES_PORT = "dashboard", 8090
"""Name and number of the port of the dashboard."""
_CACHE, _TMP = "/cache", "/tmp"  # noqa: S108 - a volume of the Pod
SECRETS = "/etc/reconciler"
"""Below it, each Secret is mounted."""
PROCESS_ARGUMENTS = ("--in-cluster", f"--listen=0.0.0.0:{PORT}", "--log-json", f"--cache={_CACHE}")
"""Of every process in a Pod."""


@dataclass(frozen=True, slots=True)
class MountedSecret:
    """A Secret that the process reads. It is mounted as a folder, so that one which is replaced is used without a restart."""

    volume: str
    at: str
    """Below `SECRETS`."""
    name: str

    @property
    def folder(self) -> str:
        return f"{SECRETS}/{self.at}"


@dataclass(frozen=True, slots=True)
class Process:
    """What differs between the Deployments."""

    release: Release
    container: str
    """Its name."""
    account: str
    """The ServiceAccount."""
    image: str
    arguments: tuple[str, ...]
    url: str
    """Of the repository, without a credential."""
    secrets: tuple[MountedSecret, ...]
    cpu: str
    memory: tuple[str, str]
    """Request and limit."""
    pages: bool = False
    """Whether it serves the dashboard."""
    claim: str = ""
    """The PersistentVolumeClaim of the cache; empty: the cache is lost with the Pod."""


def workload_spec(process: Process) -> dict[str, Any]:
    """The `spec` of the Deployment."""
    labels = process.release.selector
    return {
        "replicas": 1,
        "revisionHistoryLimit": 3,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": _pod(process)},
    }


def _pod(process: Process) -> dict[str, Any]:
    return {
        "serviceAccountName": process.account,
        "automountServiceAccountToken": True,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(process)],
        "volumes": _volumes(process),
    }


def _container(process: Process) -> dict[str, Any]:
    request, limit = process.memory
    return {
        "name": process.container,
        "image": process.image,
        "imagePullPolicy": "IfNotPresent",
        "args": list(process.arguments),
        "env": [{"name": "HOME", "value": _TMP}, {"name": "RECONCILER_REPO", "value": process.url}],
        "ports": [
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
            *([{"name": PAGES, "containerPort": PAGES_PORT, "protocol": "TCP"}] if process.pages else []),
        ],
        "startupProbe": _probe("/healthz", 5, 120),
        "livenessProbe": _probe("/healthz", 20, 3),
        "readinessProbe": _probe("/readyz", 10, 3),
        "resources": {"requests": {"cpu": process.cpu, "memory": request}, "limits": {"memory": limit}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "cache", "mountPath": _CACHE},
            {"name": "tmp", "mountPath": _TMP},
            *({"name": one.volume, "mountPath": one.folder, "readOnly": True} for one in process.secrets),
        ],
    }


def _volumes(process: Process) -> list[dict[str, Any]]:
    cache = {"persistentVolumeClaim": {"claimName": process.claim}} if process.claim else {"emptyDir": {"sizeLimit": "2Gi"}}
    return [
        {"name": "cache", **cache},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        *({"name": one.volume, "secret": {"secretName": one.name, "defaultMode": 0o400}} for one in process.secrets),
    ]


def _probe(path: str, period: int, failures: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": period, "failureThreshold": failures}

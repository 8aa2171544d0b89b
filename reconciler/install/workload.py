"""The Deployment of `reconciler run`.

One Pod, restricted as far as Kubernetes can: no root, a read-only root file system, no capabilities. The new Pod starts after the
old one has ended, because two processes would write against each other.
"""

from __future__ import annotations

from typing import Any

from reconciler.install.owned import ACCOUNT, SELECTOR
from reconciler.install.request import InstallRequest

_USER = 65532
"""Of the image, without a name of its own on any Node."""
PORT = 8080
_CACHE, _TMP, _GIT = "/cache", "/tmp", "/etc/reconciler/git"  # noqa: S108 - a volume of the Pod
_GIT_VOLUME = "git-credentials"


def workload_spec(request: InstallRequest) -> dict[str, Any]:
    """The `spec` of the Deployment."""
    return {
        "replicas": 1,
        "revisionHistoryLimit": 3,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": dict(SELECTOR)},
        "template": {"metadata": {"labels": dict(SELECTOR)}, "spec": _pod(request)},
    }


def _pod(request: InstallRequest) -> dict[str, Any]:
    return {
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": True,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(request)],
        "volumes": _volumes(request),
    }


def _container(request: InstallRequest) -> dict[str, Any]:
    return {
        "name": "reconciler",
        "image": request.image,
        "imagePullPolicy": "IfNotPresent",
        "args": _arguments(request),
        "env": _environment(request),
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "startupProbe": _probe("/healthz", 5, 120),
        "livenessProbe": _probe("/healthz", 20, 3),
        "readinessProbe": _probe("/readyz", 10, 3),
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "cache", "mountPath": _CACHE},
            {"name": "tmp", "mountPath": _TMP},
            *([{"name": _GIT_VOLUME, "mountPath": _GIT, "readOnly": True}] if request.repository.mounted_secret else []),
        ],
    }


def _arguments(request: InstallRequest) -> list[str]:
    revision = [request.repository.revision] if request.repository.revision else []
    host = [f"--host-member={request.host_member}"] if request.host_member else []
    git = [f"--git-credentials={_GIT}"] if request.repository.mounted_secret else []
    return ["run", *revision, "--in-cluster", f"--listen=0.0.0.0:{PORT}", "--log-json", f"--cache={_CACHE}", *host, *git]


def _environment(request: InstallRequest) -> list[dict[str, Any]]:
    return [{"name": "HOME", "value": _TMP}, {"name": "RECONCILER_REPO", "value": request.repository.url}]


def _volumes(request: InstallRequest) -> list[dict[str, Any]]:
    """The Secret is mounted as a folder, so that one which is replaced is used without a restart."""
    secret = {"secretName": request.repository.mounted_secret, "defaultMode": 0o400}
    return [
        {"name": "cache", "emptyDir": {"sizeLimit": "2Gi"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        *([{"name": _GIT_VOLUME, "secret": secret}] if request.repository.mounted_secret else []),
    ]


def _probe(path: str, period: int, failures: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": period, "failureThreshold": failures}

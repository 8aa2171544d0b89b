"""The Deployment of `reconciler run`.

One Pod, restricted as far as Kubernetes can: no root, a read-only root file system, no capabilities. The new Pod starts after the
old one has ended, because two processes would write against each other.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from reconciler.install.owned import ACCOUNT, NAME, SELECTOR
from reconciler.install.request import InstallRequest

_USER = 65532
"""Of the image, without a name of its own on any Node."""
PORT = 8080
_CACHE, _TMP, _SSH = "/cache", "/tmp", "/etc/reconciler/ssh"  # noqa: S108 - a volume of the Pod
_SSH_COMMAND = (
    f"ssh -i {_SSH}/ssh-privatekey -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile={_SSH}/known_hosts"
)
URL_KEY = "url"
"""The key of the Secret with the URL of the repository."""


@cache
def git_secret_name(credential: str) -> str:
    """The name of the Secret that `install` makes of a credential file.

    It depends on the content, so another credential makes a new Pod: a process reads its environment once. The digest takes so
    long that nobody finds a password by trying.
    """
    return f"{NAME}-git-{hashlib.scrypt(credential.encode(), salt=NAME.encode(), n=2**14, r=8, p=1, dklen=5).hex()}"


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
            *([{"name": "ssh", "mountPath": _SSH, "readOnly": True}] if request.repository.ssh_secret else []),
        ],
    }


def _arguments(request: InstallRequest) -> list[str]:
    branch = [request.repository.branch] if request.repository.branch else []
    host = [f"--host-member={request.host_member}"] if request.host_member else []
    return ["run", *branch, "--in-cluster", f"--listen=0.0.0.0:{PORT}", "--log-json", f"--cache={_CACHE}", *host]


def _environment(request: InstallRequest) -> list[dict[str, Any]]:
    repository = request.repository
    if repository.url:
        url: dict[str, Any] = {"value": repository.url}
    else:
        name = repository.secret or git_secret_name(repository.credential)
        url = {"valueFrom": {"secretKeyRef": {"name": name, "key": URL_KEY}}}
    ssh = [{"name": "GIT_SSH_COMMAND", "value": _SSH_COMMAND}] if repository.ssh_secret else []
    return [{"name": "HOME", "value": _TMP}, {"name": "RECONCILER_REPO", **url}, *ssh]


def _volumes(request: InstallRequest) -> list[dict[str, Any]]:
    secret = {"secretName": request.repository.ssh_secret, "defaultMode": 0o400}
    return [
        {"name": "cache", "emptyDir": {"sizeLimit": "2Gi"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        *([{"name": "ssh", "secret": secret}] if request.repository.ssh_secret else []),
    ]


def _probe(path: str, period: int, failures: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": period, "failureThreshold": failures}

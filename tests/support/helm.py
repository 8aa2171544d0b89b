"""The real Helm, 3 and 4, and the charts of this project."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.start import ControlPlane
from tests.parts.build import KUBERNETES_VERSION, binary
from tests.support.fleet import document
from tests.support.program import PROJECT

CHART = PROJECT / "charts" / "reconciler"
AGENT_CHART = PROJECT / "charts" / "reconciler-agent"
VERSIONS = ("helm3", "helm4")
RELEASE = "reconciler"
NAMESPACE = "reconciler-system"

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Helm:
    """One version of Helm, without the settings of the machine."""

    program: Path
    home: Path

    @staticmethod
    def of(version: str, home: Path) -> Helm:
        return Helm(binary(version), home)

    def run(self, *arguments: str, values: Values | None = None) -> subprocess.CompletedProcess[str]:
        """`helm ARGUMENTS`. values: for its standard input."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        folders = {f"HELM_{name}_HOME": str(self.home / name) for name in ("CACHE", "CONFIG", "DATA")}
        command = [str(self.program), *arguments, *(["--values", "-"] if values is not None else [])]
        return subprocess.run(
            command,
            env=kept | folders,
            input=json.dumps(values) if values is not None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def done(self, *arguments: str, values: Values | None = None) -> str:
        """What it printed; it must succeed."""
        ran = self.run(*arguments, values=values)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def template(self, values: Values, *, namespace: str = NAMESPACE, chart: Path = CHART) -> list[dict[str, Any]]:
        """The objects that a chart renders for a release of its own name, by kind and name."""
        words = ("template", chart.name, str(chart), "--namespace", namespace, "--kube-version", KUBERNETES_VERSION)
        return self.objects(self.done(*words, values=values))

    @staticmethod
    def objects(text: str) -> list[dict[str, Any]]:
        """By kind and name."""
        return sorted(yaml.safe_load_all(text), key=lambda one: (one["kind"], one["metadata"]["name"]))


class HelmHost:
    """The host cluster of one test, with Helm and a namespace for the release, in which only restricted Pods may run.

    The release has the name of its chart.
    """

    def __init__(self, plane: ControlPlane, namespace: str, helm: Helm, chart: Path = CHART) -> None:
        self.chart = chart
        self.plane = plane
        self.namespace = namespace
        self.helm = helm
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        plane.request("/api/v1/namespaces", "POST", json.loads(document("Namespace", namespace, "", labels=labels)))

    def release(self, *verb: str, more: Sequence[str] = (), values: Values | None = None) -> str:
        place = ("--kubeconfig", str(self.plane.kubeconfig), "--namespace", self.namespace)
        return self.helm.done(*verb, self.chart.name, *more, *place, values=values)

    def put(self, verb: str, values: Values) -> str:
        """Installs or upgrades, and waits until the Pods are ready."""
        return self.release(verb, more=[str(self.chart), "--wait", "--timeout", "120s"], values=values)

    def put_secret(self, name: str, **data: str) -> None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        secret = json.loads(document("Secret", name, self.namespace, data=encoded))
        self.plane.request(f"/api/v1/namespaces/{self.namespace}/secrets", "POST", secret)

    def kinds(self) -> list[str]:
        """Of the objects with the labels of the release. Those without a namespace have it in their name."""
        query = f"?labelSelector=app.kubernetes.io/instance={self.chart.name}"
        inside = f"/namespaces/{self.namespace}"
        paths = {
            "Deployment": f"/apis/apps/v1{inside}/deployments",
            "ServiceAccount": f"/api/v1{inside}/serviceaccounts",
            "Service": f"/api/v1{inside}/services",
            "Pod": f"/api/v1{inside}/pods",
            "PersistentVolumeClaim": f"/api/v1{inside}/persistentvolumeclaims",
            "NetworkPolicy": f"/apis/networking.k8s.io/v1{inside}/networkpolicies",
            "PodDisruptionBudget": f"/apis/policy/v1{inside}/poddisruptionbudgets",
            "Ingress": f"/apis/networking.k8s.io/v1{inside}/ingresses",
            "Role": f"/apis/rbac.authorization.k8s.io/v1{inside}/roles",
            "RoleBinding": f"/apis/rbac.authorization.k8s.io/v1{inside}/rolebindings",
            "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        }
        found = {kind: [one["metadata"] for one in self.plane.request(path + query)["items"]] for kind, path in paths.items()}
        return [
            kind for kind, several in found.items() if any("namespace" in one or self._is_here(one["name"]) for one in several)
        ]

    def _is_here(self, name: str) -> bool:
        return self.namespace in name.split(":")


def the(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The only object of a kind."""
    (found,) = [one for one in objects if one["kind"] == kind]
    return found

"""The kinds of Kubernetes, and Argo's Workflow, that gitops-engine has rules for (pkg/health).

In gitops-engine these rules read Go types, so a field of a wrong type raises MalformedObjectError here; `judge.py` turns it into
Unknown. `custom/kubernetes.py` has rules for other kinds of Kubernetes.

| File | What it is for |
|---|---|
| `pod.py` | Pod |
| `workloads.py` | Deployment, StatefulSet, DaemonSet, ReplicaSet |
| `batch.py` | Job and Argo's Workflow |
| `exposure.py` | Service, Ingress, APIService, PersistentVolumeClaim |
| `autoscaler.py` | HorizontalPodAutoscaler |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler.interpreter.argo_health.builtin import autoscaler, batch, exposure, pod, workloads
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest

BuiltinRule: TypeAlias = Callable[[Manifest], ArgoHealth]

BUILTIN: Mapping[tuple[str, str], Mapping[str, BuiltinRule]] = {
    ("", "PersistentVolumeClaim"): {"v1": exposure.claim},
    ("", "Pod"): {"v1": pod.pod},
    ("", "Service"): {"v1": exposure.service},
    ("apiregistration.k8s.io", "APIService"): dict.fromkeys(("v1", "v1beta1"), exposure.api_service),
    ("apps", "DaemonSet"): {"v1": workloads.daemon_set},
    ("apps", "Deployment"): {"v1": workloads.deployment},
    ("apps", "ReplicaSet"): {"v1": workloads.replica_set},
    ("apps", "StatefulSet"): {"v1": workloads.stateful_set},
    ("argoproj.io", "Workflow"): {"*": batch.workflow},
    ("autoscaling", "HorizontalPodAutoscaler"): {
        "v1": autoscaler.autoscaler_v1,
        **dict.fromkeys(("v2", "v2beta1", "v2beta2"), autoscaler.autoscaler_v2),
    },
    ("batch", "Job"): {"v1": batch.job},
    ("extensions", "Ingress"): {"*": exposure.ingress},
    ("networking.k8s.io", "Ingress"): {"*": exposure.ingress},
}
"""(group, kind) → version → rule. "*" stands for all versions; without it, other versions have no rule."""

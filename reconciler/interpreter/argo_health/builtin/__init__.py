"""The kinds of Kubernetes (and Argo's Workflow) that gitops-engine judges itself (pkg/health), and no others.

Their rules read typed objects, so a field of a wrong type raises MalformedObjectError; `judge.py` turns it into Unknown.
Custom rules may know more of these kinds, or of others of Kubernetes: `custom/kubernetes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler.interpreter.argo_health.builtin import autoscaler, batch, exposure, pod, workloads
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest

Judge: TypeAlias = Callable[[Manifest], Opinion]

BUILTIN: Mapping[tuple[str, str], Mapping[str, Judge]] = {
    ("", "PersistentVolumeClaim"): {"v1": exposure.claim},
    ("", "Pod"): {"v1": pod.judge},
    ("", "Service"): {"v1": exposure.service},
    ("apiregistration.k8s.io", "APIService"): dict.fromkeys(("v1", "v1beta1"), exposure.api_service),
    ("apps", "DaemonSet"): {"v1": workloads.daemon_set},
    ("apps", "Deployment"): {"v1": workloads.deployment},
    ("apps", "ReplicaSet"): {"v1": workloads.replica_set},
    ("apps", "StatefulSet"): {"v1": workloads.stateful_set},
    ("argoproj.io", "Workflow"): {"*": batch.workflow},
    ("autoscaling", "HorizontalPodAutoscaler"): {
        "v1": autoscaler.judge_v1,
        **dict.fromkeys(("v2", "v2beta1", "v2beta2"), autoscaler.judge_v2),
    },
    ("batch", "Job"): {"v1": batch.job},
    ("extensions", "Ingress"): {"*": exposure.ingress},
    ("networking.k8s.io", "Ingress"): {"*": exposure.ingress},
}
"""By group and kind, then by version: another version of a known kind cannot be judged, unless "*" stands for all."""

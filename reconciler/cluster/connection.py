"""Where a Cluster file says how its member is reached, beside `spec.apiEndpoint` and `spec.secretRef`."""

from __future__ import annotations

KUBECONFIG_ANNOTATION = "reconciler.dev/kubeconfig"
"""On a Cluster: a kubeconfig file below the member root."""
CONTEXT_ANNOTATION = "reconciler.dev/context"
"""On a Cluster: which context of that file; its current one by default."""

CONNECTION = (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION)

"""The annotations of a Cluster that describe the connection to its member, in addition to `spec.apiEndpoint` and
`spec.secretRef`."""

from __future__ import annotations

from reconciler.model.cluster import (
    CONTEXT_ANNOTATION,
    HOST_ANNOTATION,
    HOST_CONTEXT_ANNOTATION,
    KUBECONFIG_ANNOTATION,
    PROFILE_ANNOTATION,
)

__all__ = [
    "CONNECTION",
    "CONTEXT_ANNOTATION",
    "HOST_ANNOTATION",
    "HOST_CONTEXT_ANNOTATION",
    "KUBECONFIG_ANNOTATION",
    "PROFILE_ANNOTATION",
]

CONNECTION = (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION, PROFILE_ANNOTATION, HOST_ANNOTATION, HOST_CONTEXT_ANNOTATION)

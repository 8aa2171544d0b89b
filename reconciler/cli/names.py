"""Kinds as people type them: any case, plural, or kubectl's short names."""

from __future__ import annotations

_SHORT = {
    "cj": "cronjob",
    "cm": "configmap",
    "crd": "customresourcedefinition",
    "crds": "customresourcedefinition",
    "deploy": "deployment",
    "ds": "daemonset",
    "ep": "endpoints",
    "hpa": "horizontalpodautoscaler",
    "ing": "ingress",
    "ingresses": "ingress",
    "limits": "limitrange",
    "netpol": "networkpolicy",
    "networkpolicies": "networkpolicy",
    "ns": "namespace",
    "pc": "priorityclass",
    "pdb": "poddisruptionbudget",
    "po": "pod",
    "priorityclasses": "priorityclass",
    "pv": "persistentvolume",
    "pvc": "persistentvolumeclaim",
    "quota": "resourcequota",
    "rs": "replicaset",
    "sa": "serviceaccount",
    "sc": "storageclass",
    "storageclasses": "storageclass",
    "sts": "statefulset",
    "svc": "service",
}
_SINGULAR_IN_S = frozenset({"endpoints", "ingress"})


def full_kind(typed: str) -> str:
    """The kind in lower case: `deploy`, `Deployments` and `deployment.apps` are all `deployment`."""
    kind = typed.lower().partition(".")[0]
    if kind in _SHORT:
        return _SHORT[kind]
    return kind if kind in _SINGULAR_IN_S or kind.endswith("ss") else kind.removesuffix("s")

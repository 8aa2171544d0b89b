"""Kinds as people type them: any case, plural, or kubectl's short names."""

from __future__ import annotations

_SHORT = {
    "cj": "cronjob",
    "cm": "configmap",
    "crd": "customresourcedefinition",
    "crds": "customresourcedefinition",
    "csr": "certificatesigningrequest",
    "deploy": "deployment",
    "ds": "daemonset",
    "ep": "endpoints",
    "hpa": "horizontalpodautoscaler",
    "ing": "ingress",
    "limits": "limitrange",
    "netpol": "networkpolicy",
    "ns": "namespace",
    "pc": "priorityclass",
    "pdb": "poddisruptionbudget",
    "po": "pod",
    "pv": "persistentvolume",
    "pvc": "persistentvolumeclaim",
    "quota": "resourcequota",
    "rc": "replicationcontroller",
    "rs": "replicaset",
    "sa": "serviceaccount",
    "sc": "storageclass",
    "sts": "statefulset",
    "svc": "service",
}


def full_kind(typed: str) -> str:
    """The kind in lower case: `deploy`, `Deployments` and `deployment.apps` are all `deployment`."""
    kind = typed.lower().partition(".")[0]
    if kind in _SHORT:
        return _SHORT[kind]
    for plural, singular in _ENDINGS:
        if kind.endswith(plural):
            return kind.removesuffix(plural) + singular
    return kind


_ENDINGS = (("endpoints", "endpoints"), ("ss", "ss"), ("sses", "ss"), ("ies", "y"), ("s", ""))
"""Of a plural and of its singular; the first that fits decides."""

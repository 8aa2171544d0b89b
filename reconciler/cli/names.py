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


def possible_kinds(typed: str) -> frozenset[str]:
    """The kinds in lower case that may be meant: `deploy`, `Deployments` and `deployment.apps` all mean `deployment`.

    Nothing tells a plural from a kind that ends in s, such as `prometheus`: both readings are given.
    """
    word = typed.lower().partition(".")[0]
    if word in _SHORT:
        return frozenset({_SHORT[word]})
    return frozenset({word} | {word.removesuffix(plural) + singular for plural, singular in _PLURALS if word.endswith(plural)})


def listed_kinds(typed: str) -> frozenset[str]:
    """As `possible_kinds`, where `all` is kubectl's word for what runs and what leads to it."""
    return _ALL if typed.lower() == "all" else possible_kinds(typed)


_ALL = frozenset(
    {
        "cronjob",
        "daemonset",
        "deployment",
        "horizontalpodautoscaler",
        "job",
        "pod",
        "replicaset",
        "replicationcontroller",
        "service",
        "statefulset",
    }
)
_PLURALS = (("sses", "ss"), ("ies", "y"), ("s", ""))

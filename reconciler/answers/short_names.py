"""Kinds by the short names and plurals of kubectl, for everyone who must not wait for the schemas of all kinds."""

from __future__ import annotations

SHORT_NAMES = {
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
ALL = frozenset(
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
"""What `all` means: the same kinds as in kubectl: workloads, their Pods, and Services."""
_PLURALS = (("sses", "ss"), ("ies", "y"), ("s", ""))


def possible_kinds(argument: str) -> frozenset[str]:
    """The possible kinds in lower case: `deploy`, `Deployments` and `deployment.apps` all mean `deployment`.

    A plural cannot be distinguished from a kind that ends in s, such as `prometheus`, so both are returned.
    """
    word = argument.lower().partition(".")[0]
    if word in SHORT_NAMES:
        return frozenset({SHORT_NAMES[word]})
    return frozenset({word} | {word.removesuffix(plural) + singular for plural, singular in _PLURALS if word.endswith(plural)})

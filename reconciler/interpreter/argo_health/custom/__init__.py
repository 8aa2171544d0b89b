"""Kinds of other projects, with the rules of Argo CD's scripts. Each file ends with `RULES`: `Kind.group` → rule.

A new kind is one entry there. `*.group` means every kind of a group, `*.*.group` every kind of the groups below it.

| File | What it is for |
|---|---|
| `argo.py` | Argo's analyses, experiments, application sets, cron workflows, event buses |
| `clouds.py` | objects of cloud providers: Google, AWS, SAP BTP, Pulumi, Gardener |
| `clusterapi.py` | Cluster API |
| `crossplane.py` | Crossplane and Upbound |
| `databases.py` | databases and search engines |
| `flux.py` | Flux |
| `gateways.py` | Gateway API, Contour, Airlock, Gloo |
| `kruise.py` | OpenKruise |
| `kubernetes.py` | kinds of Kubernetes and its special interest groups |
| `messaging.py` | Kafka and RabbitMQ |
| `numaproj.py` | Numaflow and Numaplane |
| `observability.py` | monitoring, logging and tracing |
| `openshift.py` | OpenShift and OLM |
| `operators.py` | 3scale, Keptn, KubeVirt, Karmada and other single operators |
| `policies.py` | Open Cluster Management, Kyverno |
| `promoter.py` | GitOps Promoter |
| `rollouts.py` | Argo Rollouts, Flagger, Kruise Rollouts |
| `scaling.py` | KEDA and Karpenter |
| `secrets.py` | certificates, secrets and identities |
| `serving.py` | Knative, KServe, OpenFaaS, Spark, Flink and similar |
| `storage.py` | Ceph, bucket claims, Trident, Astra, data volumes |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.interpreter.argo_health.checks import Rule
from reconciler.interpreter.argo_health.custom import (
    argo,
    clouds,
    clusterapi,
    crossplane,
    databases,
    flux,
    gateways,
    kruise,
    kubernetes,
    messaging,
    numaproj,
    observability,
    openshift,
    operators,
    policies,
    promoter,
    rollouts,
    scaling,
    secrets,
    serving,
    storage,
)

CUSTOM: Mapping[str, Rule] = {
    **argo.RULES,
    **clouds.RULES,
    **clusterapi.RULES,
    **crossplane.RULES,
    **databases.RULES,
    **flux.RULES,
    **gateways.RULES,
    **kruise.RULES,
    **kubernetes.RULES,
    **messaging.RULES,
    **numaproj.RULES,
    **observability.RULES,
    **openshift.RULES,
    **operators.RULES,
    **policies.RULES,
    **promoter.RULES,
    **rollouts.RULES,
    **scaling.RULES,
    **secrets.RULES,
    **serving.RULES,
    **storage.RULES,
}


def custom_rule(group: str, kind: str) -> Rule | None:
    """The rule of a kind, else of its group, else of the nearest group above; None if there is none."""
    return next((CUSTOM[name] for name in _names(group, kind) if name in CUSTOM), None)


def _names(group: str, kind: str) -> Iterator[str]:
    yield f"{kind}.{group}"
    yield f"*.{group}"
    while group := group.partition(".")[2]:
        yield f"*.*.{group}"

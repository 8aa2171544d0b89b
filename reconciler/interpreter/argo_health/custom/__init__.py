"""Kinds of other projects: one file per vendor or trade, each ending with `RULES`, `Kind.group` → rule.

A new kind is one entry there. `*.group` stands for every kind of a group, `*.*.group` for every kind of the groups below it.
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
    """The rule for a kind: its own, else its group's, else that of the nearest group above."""
    return next((CUSTOM[name] for name in _names(group, kind) if name in CUSTOM), None)


def _names(group: str, kind: str) -> Iterator[str]:
    yield f"{kind}.{group}"
    yield f"*.{group}"
    while group := group.partition(".")[2]:
        yield f"*.*.{group}"

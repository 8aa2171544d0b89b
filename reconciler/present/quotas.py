"""What is used of FederatedResourceQuotas, for `status` and `explain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.quota import QuotaUse, counted_as
from reconciler.model.workload import Resources


def quota_lines(quotas: Iterable[QuotaUse], namespace: str = "") -> list[str]:
    """One for each quota; only of this namespace, if one is named."""
    return [f"{one}: {one.amounts} used" for one in quotas if namespace in ("", one.namespace) and one.amounts]


def quota_document(quota: QuotaUse) -> dict[str, Any]:
    return {
        "namespace": quota.namespace,
        "name": quota.name,
        "file": quota.file,
        "overall": _amounts(quota.overall),
        "overallUsed": _amounts(quota.used),
    }


def share_document(quota: QuotaUse, counted: Resources) -> dict[str, Any]:
    """counted: what one workload counts as."""
    counts = {name: counted[counted_as(name)] for name in quota.overall if counted_as(name) in counted}
    return quota_document(quota) | {"counts": _amounts(counts)}


def share_lines(document: Mapping[str, Any]) -> str:
    """Of a document of `share_document`."""
    used = document["overallUsed"]
    parts = [
        f"{name} {document['counts'].get(name, '0')}, in all {used[name]} of {limit}"
        for name, limit in document["overall"].items()
    ]
    return f"counts against FederatedResourceQuota {document['namespace']}/{document['name']}: {'; '.join(parts)}"


def _amounts(amounts: Resources) -> dict[str, str]:
    return {name: str(amount) for name, amount in amounts.items()}

"""What of a FederatedResourceQuota is used ⇄ its document: `quotas/<namespace>/<name>.yaml`.

The `status` has the fields of Karmada. It is read, too: while the file of a quota has an error, its recorded limits hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.documents.writer import dump
from reconciler.model.manifest import mapping, text
from reconciler.model.quantity import ZERO
from reconciler.model.quota import QuotaUse
from reconciler.model.workload import Resources
from reconciler.record.document_fields import API_VERSION, parse_amounts

KIND = "Quota"


def quota_file(quota: QuotaUse) -> tuple[str, bytes]:
    """Path and text."""
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"namespace": quota.namespace, "name": quota.name},
        "spec": {"file": quota.file},
        "status": {"overall": _amounts(quota.overall), "overallUsed": _amounts(quota.used)},
    }
    return f"quotas/{quota.namespace}/{quota.name}.yaml", dump(document).encode()


def parse_quota(document: Mapping[str, Any]) -> QuotaUse:
    """Raises ValueError for a value that no version of this program writes."""
    metadata, status = mapping(document, "metadata"), mapping(document, "status")
    overall, used = parse_amounts(status, "overall"), parse_amounts(status, "overallUsed")
    return QuotaUse(
        text(metadata, "namespace"),
        text(metadata, "name"),
        text(document, "spec", "file"),
        overall,
        {name: used.get(name, ZERO) for name in overall},
    )


def sorted_quotas(quotas: Iterable[QuotaUse]) -> tuple[QuotaUse, ...]:
    return tuple(sorted(quotas, key=lambda one: (one.namespace, one.name)))


def _amounts(amounts: Resources) -> dict[str, str]:
    return {name: str(amount) for name, amount in sorted(amounts.items())}

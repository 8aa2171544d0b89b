"""ServiceExport (multicluster.x-k8s.io). Its conditions say whether it exports anything, and whether others disagree (KEP-1645).

This program writes them where it exchanges endpoints (`endpoints/export_conditions.py`), so an export without any is fine.
"""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, failed
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest
from reconciler.model.multi_cluster_api import GROUP, SERVICE_EXPORT

_BAD = {"Valid": "False", "Conflict": "True"}
"""The status of a condition that shows a problem which does not go by itself."""


def health(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if _BAD.get(condition.type) == condition.status:
            return failed(condition.reason, condition.message)
    return current("no condition shows a problem")


RULES = KindRules(kind=SERVICE_EXPORT, groups=(GROUP,), version="v1alpha1", health=health)

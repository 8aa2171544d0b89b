"""CronJob (batch/v1). No count, and always Current; two copies would start every Job twice."""

from __future__ import annotations

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="CronJob",
    groups=("batch",),
    pod_template=("spec", "jobTemplate", "spec", "template"),
    health=always_current,
    breaks_first=lambda manifest: True,
)

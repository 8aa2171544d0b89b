"""ConfigMap (v1). It has no controller, so it is Current as soon as it is written."""

from __future__ import annotations

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.rules import KindRules

RULES = KindRules(kind="ConfigMap", groups=("",), health=always_current)

"""ConfigMap (v1): written is all it ever is."""

from __future__ import annotations

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.rules import KindRules

RULES = KindRules(kind="ConfigMap", groups=("",), health=always_current)

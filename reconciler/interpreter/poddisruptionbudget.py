"""PodDisruptionBudget (policy). Observed is done: the controller reports no failures."""

from __future__ import annotations

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.rules import KindRules

RULES = KindRules(kind="PodDisruptionBudget", groups=("policy",), health=always_current)

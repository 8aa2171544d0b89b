"""Workflow of Argo (argoproj.io/v1alpha1), as the script that Karmada ships knows it: its parallelism is its number."""

from __future__ import annotations

from reconciler.interpreter.counts import count_in, revise_always
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="Workflow",
    groups=("argoproj.io",),
    version="v1alpha1",
    replicas=count_in("parallelism"),
    replicas_path=("spec", "parallelism"),
    revise=revise_always("parallelism"),
    breaks_first=lambda manifest: True,
)

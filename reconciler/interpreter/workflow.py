"""Workflow of Argo (argoproj.io/v1alpha1), with the rules of Karmada's third-party script: `parallelism` counts as replicas."""

from __future__ import annotations

from reconciler.interpreter.replicas import count_reader, revise_always
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="Workflow",
    groups=("argoproj.io",),
    version="v1alpha1",
    replicas=count_reader("parallelism"),
    replicas_path=("spec", "parallelism"),
    revise=revise_always("parallelism"),
    breaks_first=lambda manifest: True,
)

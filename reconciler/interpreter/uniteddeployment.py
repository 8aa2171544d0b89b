"""UnitedDeployment of OpenKruise (apps.kruise.io/v1alpha1), with the rules of Karmada's third-party script."""

from __future__ import annotations

from reconciler.interpreter.replicas import count_reader, revise_always
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="UnitedDeployment",
    groups=("apps.kruise.io",),
    version="v1alpha1",
    pod_template=("spec", "template"),
    replicas=count_reader("replicas"),
    replicas_path=("spec", "replicas"),
    revise=revise_always("replicas"),
)

"""StatefulSet of OpenKruise (apps.kruise.io/v1beta1), with the rules of Karmada's third-party script."""

from __future__ import annotations

from reconciler.interpreter.replicas import count_reader, revise_always
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="StatefulSet",
    groups=("apps.kruise.io",),
    version="v1beta1",
    pod_template=("spec", "template"),
    replicas=count_reader("replicas"),
    replicas_path=("spec", "replicas"),
    revise=revise_always("replicas"),
    breaks_first=lambda manifest: True,
)

"""StatefulSet of OpenKruise (apps.kruise.io/v1beta1), as the scripts that Karmada ships know it."""

from __future__ import annotations

from reconciler.interpreter.counts import count_in, revise_always
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="StatefulSet",
    groups=("apps.kruise.io",),
    version="v1beta1",
    pod_template=("spec", "template"),
    replicas=count_in("replicas"),
    replicas_path=("spec", "replicas"),
    revise=revise_always("replicas"),
    breaks_first=lambda manifest: True,
)

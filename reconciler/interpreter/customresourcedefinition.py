"""CustomResourceDefinition (apiextensions.k8s.io). Objects of its kind can be applied when it is Established."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.conditions import conditions_of, current, failed, in_progress
from reconciler.interpreter.rules import KindRules
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest


def health(manifest: Manifest, now: datetime | None) -> Health:
    for condition in conditions_of(manifest):
        if condition.type == "NamesAccepted" and condition.status == "False":
            return failed(condition.reason, condition.message)
        if condition.type == "Established":
            if condition.status == "False" and condition.reason != "Installing":
                return failed(condition.reason, condition.message)
            if condition.status == "True":
                return current("established")
    return in_progress("Installing", "being installed")


RULES = KindRules(kind="CustomResourceDefinition", groups=("apiextensions.k8s.io",), health=health)

"""CustomResourceDefinition (apiextensions.k8s.io). Objects of its kind can be applied when it is Established."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.ca_bundle import without_placeholder
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


def leave_to_controllers(manifest: Manifest) -> Manifest:
    """A copy without a placeholder in place of the conversion webhook's CA bundle."""
    return without_placeholder(manifest, ("spec", "conversion", "webhook", "clientConfig", "caBundle"))


RULES = KindRules(
    kind="CustomResourceDefinition",
    groups=("apiextensions.k8s.io",),
    health=health,
    leave_to_controllers=leave_to_controllers,
)

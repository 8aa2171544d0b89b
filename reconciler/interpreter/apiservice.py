"""APIService (apiregistration.k8s.io). An injector in the member may fill in the CA bundle of the extension API."""

from __future__ import annotations

from reconciler.interpreter.ca_bundle import without_placeholder
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest


def leave_to_controllers(manifest: Manifest) -> Manifest:
    return without_placeholder(manifest, ("spec", "caBundle"))


RULES = KindRules(kind="APIService", groups=("apiregistration.k8s.io",), leave_to_controllers=leave_to_controllers)

"""MutatingWebhookConfiguration (admissionregistration.k8s.io). An injector in the member may set the CA bundle."""

from __future__ import annotations

from reconciler.interpreter.ca_bundle import without_placeholder
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, sequence


def leave_to_controllers(manifest: Manifest) -> Manifest:
    for place in range(len(sequence(manifest, "webhooks"))):
        manifest = without_placeholder(manifest, ("webhooks", place, "clientConfig", "caBundle"))
    return manifest


RULES = KindRules(
    kind="MutatingWebhookConfiguration",
    groups=("admissionregistration.k8s.io",),
    leave_to_controllers=leave_to_controllers,
)

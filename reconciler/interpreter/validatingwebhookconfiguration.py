"""ValidatingWebhookConfiguration (admissionregistration.k8s.io). An injector in the member may set the CA bundle."""

from __future__ import annotations

from reconciler.interpreter.ca_bundle import without_placeholders
from reconciler.interpreter.rules import KindRules

RULES = KindRules(
    kind="ValidatingWebhookConfiguration",
    groups=("admissionregistration.k8s.io",),
    leave_to_controllers=without_placeholders,
)

"""`activationPreference: Lazy`: a change of a policy acts on a template when that template changes, too.

Karmada asks who wrote last (pkg/detector); files have no such history, so what is compared is content: the template and the
policy as they were when the policy last acted. Both digests are recorded, so that a restart changes nothing (in Karmada it
activates all).
Until then the placement stays as it was decided, and follows neither the new policy nor the clusters; that is said.
A template that was never seen before acts at once, as its creation does in Karmada.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.manifest import Manifest, is_secret, mapping, without
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.transition.steps import Step


def comparable(manifest: Manifest) -> Manifest:
    """The template as its digest is taken for the record: of a Secret only the names of its values, which nobody may guess."""
    if not is_secret(manifest):
        return manifest
    names = {field: sorted(mapping(manifest, field)) for field in ("data", "stringData")}
    return {**without(manifest, ("metadata", "annotations")), **names}


def held_back(policy: PropagationPolicy | None, previous: RecordedDecision | None, digest: str) -> bool:
    """Whether a Lazy policy has to wait for the template. digest: the template's now.

    What was recorded before any policy was Lazy has no digest, and counts as unchanged.
    """
    if policy is None or not policy.lazy or previous is None:
        return False
    if previous.template_digest and previous.template_digest != digest:
        return False
    return previous.binding.policy != policy.ref or previous.policy_digest != policy.digest


def waiting(step: Step, decision: Binding | Unschedulable | None, policy: PropagationPolicy) -> Step:
    """The step of what was decided before, with the reason why nothing newer is in force; empty where nothing would change."""
    if isinstance(decision, Binding) and step.binding is not None and decision.targets == step.binding.targets:
        return replace(step, message="")
    message = f"{policy.ref} is Lazy and has changed: it acts when the template changes, too"
    return replace(step, message=message)

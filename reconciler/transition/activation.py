"""`activationPreference: Lazy`: a changed policy acts on a template only when that template changes, too.

Karmada looks at which of the two was written last (pkg/detector). Files have no such history, so we compare content: the
template and the policy now with the template and the policy when the policy last acted. Both digests are recorded, so a restart
activates nothing (in Karmada a restart activates everything).
Until the template changes, its placement stays as it was decided: it follows neither the new policy nor the clusters, and a
message explains this. A new template is placed at once, as in Karmada.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.manifest import Manifest, is_secret, mapping, without
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.transition.transition import Transition


def comparable(manifest: Manifest) -> Manifest:
    """The part of a template that the recorded digest covers. Of a Secret, only the names of its values: nobody shall be able to
    guess a value from a digest."""
    if not is_secret(manifest):
        return manifest
    names = {field: sorted(mapping(manifest, field)) for field in ("data", "stringData")}
    return {**without(manifest, ("metadata", "annotations")), **names}


def held_back(policy: PropagationPolicy | None, previous: RecordedDecision | None, digest: str) -> bool:
    """Whether a Lazy policy has to wait until the template changes. digest: of the template now.

    A decision that was recorded before any policy was Lazy has no digest; its template counts as unchanged.
    """
    if policy is None or not policy.lazy or previous is None:
        return False
    if previous.template_digest and previous.template_digest != digest:
        return False
    return previous.binding.policy != policy.ref or previous.policy_digest != policy.digest


def waiting(transition: Transition, decision: Binding | Unschedulable | None, policy: PropagationPolicy) -> Transition:
    """The transition with a message that the Lazy policy waits; without one where the new decision would change nothing.

    transition: of the last decision, which stays in force. decision: what the policy would decide now.
    """
    if isinstance(decision, Binding) and transition.binding is not None and decision.targets == transition.binding.targets:
        return replace(transition, message="")
    message = f"{policy.ref} is Lazy and has changed: it takes effect when the template changes too"
    return replace(transition, message=message)

"""What the policies of one revision state about an object, besides its content: for a rollout, which goes from one to another.

Suspension is left out: it acts at once on every cluster, also on those that wait for their turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement, PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.claiming import claim_in
from reconciler.pipeline.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Stated:
    """About one object."""

    placement: Placement | None
    """None where no policy claims it."""
    conflict_resolution: str
    """Abort or Overwrite."""
    preserve: bool
    """Whether copies that are no longer wanted are released instead of deleted."""
    propagate_deps: bool


def stated_in(
    revision: DesiredState, template: ResourceTemplate, decision: RecordedDecision | None, snapshot: Snapshot, memo: Memo
) -> Stated:
    """decision: the recorded one. An object that no policy claims has what the policies of those state together that it follows
    now."""
    policy = claim_in(revision, template, decision, snapshot, memo).policy
    if policy is not None:
        return Stated(policy.placement, policy.conflict_resolution, policy.preserve, policy.propagate_deps)
    dependants = decision.required_by if decision is not None else ()
    policies = [one for each in dependants if (one := policy_of(revision, each.key, snapshot, memo)) is not None]
    overwrite = any(one.conflict_resolution == "Overwrite" for one in policies)
    default = revision.settings.conflict_resolution
    return Stated(None, "Overwrite" if overwrite else default, any(one.preserve for one in policies), False)


def policy_of(revision: DesiredState, key: ResourceKey, snapshot: Snapshot, memo: Memo) -> PropagationPolicy | None:
    """The policy of an object that the revision declares; None where it declares none, or no policy claims it."""
    template = templates_by_key(revision, memo).get(key)
    return claim_in(revision, template, snapshot.recorded.decisions.get(key), snapshot, memo).policy if template else None


def templates_by_key(desired: DesiredState, memo: Memo) -> dict[ResourceKey, ResourceTemplate]:
    return memo(_by_key, desired.templates)


def _by_key(templates: tuple[ResourceTemplate, ...]) -> dict[ResourceKey, ResourceTemplate]:
    return {template.key: template for template in templates}

"""The first two steps for an agent: what the record says was decided, in place of deciding it again."""

from __future__ import annotations

from reconciler.claim.claims import Claim, index_policies
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.evict import Eviction
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.dependencies import merge_targets
from reconciler.transition.suspension import has_ended, recorded_terms
from reconciler.transition.transition import Transition


def recall(snapshot: Snapshot, memo: Memo) -> dict[ResourceKey, tuple[Decided, Placed]]:
    """For every template of the revision that has a recorded decision, sorted by key."""
    policies = memo(index_policies, snapshot.desired.policies).by_ref
    recalled = {}
    for template in snapshot.desired.templates:
        decision = snapshot.recorded.decisions.get(template.key)
        if decision is not None:
            policy = policies.get(decision.binding.policy) if decision.binding.policy is not None else None
            ended = has_ended(decision, snapshot.now)
            recalled[template.key] = memo(_recall, template, decision, policy, ended, memo)
    return recalled


def _recall(
    template: ResourceTemplate, decision: RecordedDecision, policy: PropagationPolicy | None, ended: bool, memo: Memo
) -> tuple[Decided, Placed]:
    binding, terms = decision.binding, recorded_terms(decision, ended=ended)
    targets = memo(merge_targets, binding.targets, decision.required_by) if decision.required_by else binding.targets
    transition = Transition(binding, decision.message, decision.leaving)
    decided = Decided(
        template,
        Claim(template, policy, "the record says so"),
        binding,
        transition,
        decision,
        terms,
        eviction=Eviction(decision.evictions),
    )
    return decided, Placed(
        binding,
        targets,
        decision.required_by,
        decision.conflict_resolution,
        terms,
        decision.message,
        decision.held,
        decision.held_on,
        decision.injected,
        decision.shares,
    )

"""Which policy of a revision claims a template, given what is recorded."""

from __future__ import annotations

from reconciler.claim.claims import Claim, claim_template
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.tenants import policies_for


def claim_in(
    revision: DesiredState, template: ResourceTemplate, previous: RecordedDecision | None, snapshot: Snapshot, memo: Memo
) -> Claim:
    """revision: whose policies count. previous: the recorded decision."""
    owner, unreadable = (previous.binding.policy, snapshot.protected.unread_policy(previous)) if previous else (None, "")
    policies = policies_for(template, revision, snapshot.governance, memo)
    return memo(claim_template, template, owner, policies, memo(_refs, revision.override_policies), unreadable)


def _refs(policies: tuple[OverridePolicy, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)

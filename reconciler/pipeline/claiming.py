"""Which policy of a revision claims a template, given what is recorded."""

from __future__ import annotations

from reconciler.claim.claims import Claim, claim_template
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.tenants import policies_for
from reconciler.tenancy.governance import Governance
from reconciler.transition.protection import Protection


def claim_in(
    revision: DesiredState, template: ResourceTemplate, previous: RecordedDecision | None, snapshot: Snapshot, memo: Memo
) -> Claim:
    """revision: whose policies count. previous: the recorded decision."""
    overrides = refs_of(revision.override_policies, memo)
    return memo(claim_by, template, previous, revision.policies, overrides, snapshot.protected, snapshot.governance, memo=memo)


def claim_by(
    template: ResourceTemplate,
    previous: RecordedDecision | None,
    policies: tuple[PropagationPolicy, ...],
    overrides: frozenset[PolicyRef],
    protected: Protection,
    governance: Governance,
    *,
    memo: Memo,
) -> Claim:
    """overrides: the override policies that there are."""
    owner, unreadable = (previous.binding.policy, protected.unread_policy(previous)) if previous else (None, "")
    return claim_template(template, owner, policies_for(template, policies, governance, memo), overrides, unreadable)


def refs_of(policies: tuple[OverridePolicy, ...], memo: Memo) -> frozenset[PolicyRef]:
    """The same object for the same policies."""
    return memo(_refs, policies)


def _refs(policies: tuple[OverridePolicy, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)

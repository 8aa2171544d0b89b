"""What a decision about a template depends on before anything is scheduled, as values that stay the same objects.

After an edit, nearly all templates are decided as before. So what all decisions have in common (`Rules`), and what is known about
each template (`Claimed`), change their identity only where something in them changes, and the memo finds what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.claim.claims import Claim
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.model.settings import Settings
from reconciler.model.suspended import suspended_in
from reconciler.pipeline.claiming import claim_by, refs_of
from reconciler.pipeline.snapshot import Snapshot, members_of
from reconciler.pipeline.staged import Rollouts, source_of
from reconciler.render.digest import digest_of
from reconciler.tenancy.governance import Governance
from reconciler.transition.activation import comparable, held_back
from reconciler.transition.break_first import volume_claims_of
from reconciler.transition.last_good import without_departed
from reconciler.transition.protection import Protection
from reconciler.transition.suspension import Terms, terms_of, with_own_statement

_ANY_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the decisions about all templates have in common; the same object as long as none of it changes."""

    clusters: tuple[Cluster, ...]
    override_policies: tuple[OverridePolicy, ...]
    settings: Settings
    governance: Governance
    interpreter: Interpreter
    protected: Protection
    volume_claims: Mapping[ResourceKey, Manifest]
    settled: bool
    members: frozenset[ClusterName]
    lazy: bool
    """Whether any policy is Lazy, so that changes of templates count."""


def rules_of(snapshot: Snapshot, memo: Memo) -> Rules:
    desired = snapshot.desired
    return memo(
        Rules,
        desired.clusters,
        desired.override_policies,
        desired.settings,
        snapshot.governance,
        snapshot.interpreter,
        snapshot.protected,
        volume_claims_of(desired.templates, memo),
        snapshot.settled,
        memo(members_of, desired.clusters, snapshot.protected),
        any(policy.lazy for policy in desired.policies),
    )


@dataclass(frozen=True, slots=True)
class _Policies:
    """Those of the revision that decides about a template."""

    propagation: tuple[PropagationPolicy, ...]
    overrides: frozenset[PolicyRef]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One template before it is scheduled."""

    template: ResourceTemplate
    claim: Claim
    previous: RecordedDecision | None
    """The recorded decision, without the clusters that are no longer declared."""
    frozen_by: str
    """A file with an error that governs the object; empty where there is none."""
    digest: str
    """Of the template; empty where no policy is Lazy."""
    policy_waits: bool
    lasting_terms: Terms | None
    """Its terms; None where a suspension ends by itself, so that they depend on the time."""

    @property
    def rests(self) -> bool:
        """Whether its policy does not act now."""
        return bool(self.frozen_by) or self.policy_waits

    def terms(self, now: datetime) -> Terms:
        """Suspension and preservation, as its own policy states them."""
        if self.lasting_terms is not None:
            return self.lasting_terms
        return _terms(self.template, self.claim, self.previous, now, as_recorded=self.rests)


def claim_templates(snapshot: Snapshot, rollouts: Rollouts, rules: Rules, memo: Memo) -> dict[ResourceKey, Claimed]:
    """Every template of the revision, sorted by key. The policies of a newer revision do not count for what a rollout pins."""
    desired, decisions = snapshot.desired, snapshot.recorded.decisions
    keys = [template.key for template in desired.templates]
    own = _policies_of(desired, memo)
    sources = [_policies_of(source_of(key, rollouts, snapshot), memo) if key in rollouts.staged else own for key in keys]
    rows = (desired.templates, list(map(decisions.get, keys)), sources)
    return dict(zip(keys, memo.each(_claimed, rows, rules, memo=memo), strict=True))


def _policies_of(revision: DesiredState, memo: Memo) -> _Policies:
    return memo(_Policies, revision.policies, refs_of(revision.override_policies, memo))


def _claimed(
    template: ResourceTemplate, recorded: RecordedDecision | None, policies: _Policies, rules: Rules, *, memo: Memo
) -> Claimed:
    return memo(_claim, template, recorded, policies, rules, memo=memo)


def _claim(
    template: ResourceTemplate, recorded: RecordedDecision | None, policies: _Policies, rules: Rules, *, memo: Memo
) -> Claimed:
    previous = without_departed(recorded, rules.members)
    protected = rules.protected
    claim = claim_by(template, previous, policies.propagation, policies.overrides, protected, rules.governance, memo=memo)
    frozen_by = protected.freezes(previous)
    digest = memo(_digest, template) if rules.lazy else ""
    policy_waits = rules.lazy and not frozen_by and held_back(claim.policy, previous, digest)
    stated = (
        suspended_in(annotations_of(template.manifest)),
        claim.policy.suspended if claim.policy is not None else None,
        previous.suspension.stated if previous is not None else None,
    )
    lasting = None
    if all(one is None or one.until is None for one in stated):
        lasting = _terms(template, claim, previous, _ANY_TIME, as_recorded=policy_waits or bool(frozen_by))
    return Claimed(template, claim, previous, frozen_by, digest, policy_waits, lasting)


def _terms(
    template: ResourceTemplate, claim: Claim, previous: RecordedDecision | None, now: datetime, *, as_recorded: bool
) -> Terms:
    return with_own_statement(terms_of(claim.policy, previous, now, as_recorded=as_recorded), template.manifest, now)


def _digest(template: ResourceTemplate) -> str:
    return digest_of(comparable(template.manifest))

"""Where the pipeline asks the Tenants of `DesiredState.judges`, and the issues that follow.

- A policy or override policy of a tenant is not seen by the templates of others (`policies_for`, `overrides_for`).
- A placement that would move an object to a cluster that its Tenant does not allow is refused as a whole: the last good one
  stays, so that neither the new copy is created nor the old one removed (`refuse_move`).
- Any other manifest that is not allowed is like one that could not be rendered: neither applied nor pruned (`judge`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from reconciler.claim.claims import Claim, PolicyIndex, index_policies
from reconciler.claim.match import matching_policies
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, Severity, each_once, error
from reconciler.model.keys import PolicyRef
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.model.recorded import RecordedDecision
from reconciler.model.resource_selectors import Closeness, closeness_of
from reconciler.model.wording import COPIES_STAY, first_few, plural
from reconciler.model.work import RenderedManifest
from reconciler.render.render_template import Rendering
from reconciler.schedule.dependencies import Dependant
from reconciler.tenancy.governance import Governance
from reconciler.tenancy.rights import FORBIDDEN, Denial, override_denial

OUTSIDE = "OutsideFolder"
P = TypeVar("P", PropagationPolicy, OverridePolicy)


def policies_for(
    template: ResourceTemplate, policies: tuple[PropagationPolicy, ...], governance: Governance, memo: Memo
) -> PolicyIndex:
    """Those of these policies that may claim it."""
    return memo(index_policies, _concerning(template, policies, governance, memo))


def overrides_for(
    template: ResourceTemplate, policies: tuple[OverridePolicy, ...], governance: Governance, memo: Memo
) -> tuple[OverridePolicy, ...]:
    """Those of these override policies that may change it."""
    return _concerning(template, policies, governance, memo)


def _concerning(template: ResourceTemplate, policies: tuple[P, ...], governance: Governance, memo: Memo) -> tuple[P, ...]:
    return memo(_reaching, policies, governance, _name(template, governance)) if governance else policies


def _reaching(policies: tuple[P, ...], governance: Governance, tenant: str) -> tuple[P, ...]:
    """The policies that concern the templates of a tenant; those of the platform where the name is empty."""
    return tuple(one for one in policies if (owner := governance.tenant(one)) is None or owner.name == tenant)


def _name(template: ResourceTemplate, governance: Governance) -> str:
    tenant = governance.tenant(template)
    return tenant.name if tenant is not None else ""


def refuse_move(
    decision: Binding | Unschedulable | None, claim: Claim, previous: RecordedDecision | None, governance: Governance
) -> Binding | Unschedulable | None:
    """The decision; a refusal where it would take replicas from one cluster and may not give them to another one."""
    if not governance or not isinstance(decision, Binding) or previous is None:
        return decision
    denials = governance.denials(claim.template, decision.cluster_names)
    decided = {target.name: target.replicas for target in decision.targets}
    loses = any(target.replicas > decided.get(target.name, -1) for target in previous.binding.targets)
    if not denials or not loses:
        return decision
    denial = next(iter(denials.values()))
    return Unschedulable(decision.key, decision.policy, FORBIDDEN, denial.reason, decision.rejected, denial.remedy)


def judge(
    template: ResourceTemplate, rendering: Rendering, governance: Governance, policy: PropagationPolicy | None
) -> Rendering:
    """The rendering without what the Tenant of the template does not allow, which is in `failed`; the same one if it allows all.

    policy: the one that placed the template, for the place of an issue about a cluster.
    """
    denials = governance.denials(template, rendering.manifests)
    place = place_of_denial(template, policy, governance)
    failed = {name: _issue(template, denial, place) for name, denial in denials.items()}
    verdicts: dict[int, Issue | None] = {}
    for name, rendered in rendering.manifests.items():
        if name not in failed and rendered.overrides:
            if id(rendered) not in verdicts:
                verdicts[id(rendered)] = _judge_overrides(template, rendered, governance)
            if (issue := verdicts[id(rendered)]) is not None:
                failed[name] = issue
    if not failed:
        return rendering
    manifests = {name: manifest for name, manifest in rendering.manifests.items() if name not in failed}
    return Rendering(manifests, {**rendering.failed, **failed}, rendering.notices)


def place_of_denial(template: ResourceTemplate, policy: PropagationPolicy | None, governance: Governance) -> Origin:
    """The policy where it is about a cluster; else the template."""
    return policy.origin if policy is not None and governance.denial(template) is None else template.origin


def _judge_overrides(template: ResourceTemplate, rendered: RenderedManifest, governance: Governance) -> Issue | None:
    for rule in rendered.overrides:
        tenant = governance.tenant(rule)
        denial = None if tenant is None else override_denial(tenant, f"rule {rule.rule} of {rule.policy}", rule.paths)
        if denial is not None:
            return _issue(template, denial, rule.origin)
    return None


def _issue(template: ResourceTemplate, denial: Denial, origin: Origin) -> Issue:
    remedy = f"{denial.remedy} {COPIES_STAY}"
    return error(FORBIDDEN, f"{template.key}: {denial.reason}", remedy, origin=origin, subject=template.key)


def folded(issues: Iterable[Issue]) -> Iterator[Issue]:
    """The issues, those with one cause in a Tenant as one: at the first place, with the number of other objects."""
    causes: defaultdict[tuple[str, str, str], list[Issue]] = defaultdict(list)
    for issue in each_once(issues):
        if issue.reason == FORBIDDEN:
            causes[issue.origin.file, issue.message.removeprefix(f"{issue.subject}: "), issue.remedy].append(issue)
        else:
            yield issue
    for (_, cause, _), same in causes.items():
        others = len({issue.subject for issue in same}) - 1
        subject = f"{same[0].subject} and {plural(others, 'more object')}" if others else same[0].subject
        yield replace(same[0], message=f"{subject}: {cause}")


def outside(desired: DesiredState, governance: Governance) -> Iterator[Issue]:
    """The policies of tenants that select templates of others, which has no effect: an error where a selector names one, else a
    warning."""
    if not governance:
        return
    policies = [policy for policy in desired.policies if governance.tenant(policy)]
    overrides = [policy for policy in desired.override_policies if governance.tenant(policy) and policy.selectors]
    index, found = index_policies(policies), defaultdict[PolicyRef, list[ResourceTemplate]](list)
    for template in desired.templates if policies or overrides else ():
        selecting = [match.policy.ref for match in matching_policies(index, template)]
        selecting += [one.ref for one in overrides if _selects(one, template)]
        for ref in selecting:
            found[ref].append(template)
    every: list[PropagationPolicy | OverridePolicy] = [*policies, *overrides]
    for policy in every:
        others = [template for template in found[policy.ref] if not governance.may_reach(policy, template)]
        if others:
            yield _outside(policy, others, governance)


def _selects(policy: OverridePolicy, template: ResourceTemplate) -> bool:
    own = policy.cluster_scoped or policy.ref.namespace == template.key.namespace
    return own and closeness_of(policy.selectors, template.manifest) is not Closeness.NONE


def _outside(policy: PropagationPolicy | OverridePolicy, others: list[ResourceTemplate], governance: Governance) -> Issue:
    tenant = governance.tenant(policy)
    named = any(_names(selector, template) for selector in policy.selectors for template in others)
    objects = first_few([f"{template.key} ({template.origin})" for template in others], 3)
    place = tenant.place_of("folders") if tenant is not None else Origin("")
    message = f"{policy.ref} selects {objects}, outside the folders of {tenant} ({place}); it has no effect there"
    remedy = "Select templates of these folders only, for example by name or label."
    return Issue(policy.origin, Severity.ERROR if named else Severity.WARNING, OUTSIDE, message, remedy, str(policy.ref))


def _names(selector: ResourceSelector, template: ResourceTemplate) -> bool:
    return bool(selector.name) and (selector.name, selector.kind) == (template.key.name, template.gvk.kind)


def refuse_for(governance: Governance) -> Callable[[Dependant, ResourceTemplate], Issue | None]:
    """Why an object must not follow a workload (`find_dependencies`)."""

    def refuse(dependant: Dependant, dependency: ResourceTemplate) -> Issue | None:
        workload, policy = dependant.template, dependant.policy
        if not governance or governance.may_bring(workload, policy, dependency):
            return None
        message = (
            f"{workload.key}: {dependency.key} ({dependency.origin}) does not follow it (propagateDeps of {policy.ref}): "
            "a tenant's policy brings along only templates of its folders, and its workload only what the Tenant allows"
        )
        remedy = "Have it placed by a policy of those who declare it, or declare another one below the tenant's folder."
        return error(OUTSIDE, message, remedy, origin=workload.origin, subject=workload.key)

    return refuse

"""The recorded decision of one object, from the decision of this pass and the one recorded before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.customization import Customization
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest
from reconciler.model.overrides import OverridePolicy
from reconciler.model.recorded import ClusterStatus, RecordedDecision
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.schedule.dependencies import merge_targets
from reconciler.transition.protection import Protection, remedy_for_suspect
from reconciler.transition.suspension import Terms


@dataclass(frozen=True)
class Declarations:
    """What a revision declares that governs objects: their decisions record the files."""

    overrides: tuple[OverridePolicy, ...]
    customizations: tuple[Customization, ...]
    interpreter: Interpreter

    @cached_property
    def override_files(self) -> Mapping[PolicyRef, str]:
        return {policy.ref: policy.origin.file for policy in self.overrides}


def record_decision(item: CompiledTemplate, last: RecordedDecision | None, declared: Declarations) -> RecordedDecision:
    """The decision to record. last: the one recorded before; None for a new object."""
    policy, hold, held = item.decided.claim.policy, item.decided.hold, item.placed.held
    binding = item.placed.binding or Binding(item.template.key, policy.ref if policy else None, ())
    return RecordedDecision(
        binding=replace(binding, targets=_rendered_targets(item, binding), reasons=(), rejected={}),
        template_file=item.template.origin.file,
        parent=item.template.parent.key if item.template.parent is not None else None,
        policy_file=_policy_file(binding.policy, item, last),
        overrides=last.overrides if held and last is not None else _overrides(item, declared.override_files),
        rule_files=last.rule_files if held and last is not None else _rule_files(item, declared.customizations),
        leaving=item.decided.transition.leaving,
        decided=_decided(item, last),
        message=hold or item.placed.message,
        required_by=item.placed.required_by,
        suspension=item.placed.terms.suspension,
        preserve=item.placed.terms.preserve,
        template_digest=_template_digest(item, last),
        policy_digest=_policy_digest(item, last),
        conflict_resolution=item.placed.conflict_resolution,
        # Where nothing was placed, there is no copy to hold.
        held=held and (last is None or last.held or bool(last.cluster_names)),
        held_on=item.placed.held_on,
        evictions=item.decided.eviction.tasks,
        waiting=last.waiting if last is not None else {},
        caps=item.decided.descheduled.caps,
        counted=item.decided.counted,
        injected=item.placed.labels,
        shares=item.placed.shares,
        reserved=item.decided.reserved,
        unhealthy_since=last.unhealthy_since if last is not None else {},
        preserved=last.preserved if last is not None else {},
        overridden=last.overridden if held and last is not None else _overridden(item, declared.interpreter),
    )


def _rendered_targets(item: CompiledTemplate, binding: Binding) -> tuple[TargetCluster, ...]:
    """Those of the binding; the same object as was rendered where they are equal, so that the next pass renders nothing again."""
    return item.placed.targets if item.placed.targets == binding.targets else binding.targets


def of_unreadable_template(last: RecordedDecision, protected: Protection) -> RecordedDecision:
    """The decision of an object whose template may stand in a file with an error: it stays, with a message."""
    suspect = protected.suspect(last.binding.key, last)
    if last.parent is not None and not suspect and last.template_file not in protected.files:
        return replace(last, message=f"it is not known whether {last.parent} still has it; it stays as it was")
    if suspect:
        message = f"its template is gone; it stays as it was, because {suspect} has an error and may declare it. "
        return replace(last, message=message + remedy_for_suspect(suspect))
    return replace(last, message=f"its template ({last.template_file}) cannot be read any more; it stays as it was")


def of_removed_template(last: RecordedDecision, statuses: Iterable[ClusterStatus], terms: Terms) -> RecordedDecision:
    """The decision of an object whose template is gone, while members still hold copies.

    statuses: of these members. The decision is recorded until no member holds a copy.
    """
    holders = {status.cluster: status.kept for status in statuses}
    targets = tuple(target for target in merge_targets(last.binding.targets, last.required_by) if target.name in holders)
    # The policy that suspended the object may end its suspension.
    policy = last.binding.policy if terms.suspension else None
    return replace(
        last,
        binding=replace(last.binding, policy=policy, targets=targets, reasons=(), rejected={}),
        leaving={},
        decided=None,
        message="its template is gone; " + ("its copy is kept" if holders and all(holders.values()) else "not pruned yet"),
        required_by=(),
        suspension=terms.suspension,
        preserve=terms.preserve,
        held=False,
        held_on=frozenset(),
        evictions=(),
        waiting={},
        caps={},
        counted={},
        injected={},
        shares=None,
        unhealthy_since={},
        preserved={},
        reserved={},
    )


def _template_digest(item: CompiledTemplate, last: RecordedDecision | None) -> str:
    """Of the template on which a policy acted last; of the template now, where no policy acted yet."""
    waits = item.decided.policy_waits or item.decided.frozen
    digest = item.decided.template_digest
    return last.template_digest or digest if waits and last is not None else digest


def _policy_digest(item: CompiledTemplate, last: RecordedDecision | None) -> str:
    if (item.decided.policy_waits or item.decided.frozen) and last is not None:
        return last.policy_digest
    policy = item.decided.claim.policy
    return policy.digest if policy is not None and policy.lazy else ""


def _decided(item: CompiledTemplate, last: RecordedDecision | None) -> tuple[TargetCluster, ...] | None:
    """The goal of a handover; None when it is in force. While no new decision is applied, the recorded goal stays."""
    scheduling, binding = item.decided.scheduling, item.placed.binding
    if item.placed.message or not isinstance(scheduling, Binding):
        return last.decided if last is not None and binding is not None else None
    return None if scheduling.targets == (binding.targets if binding else ()) else scheduling.targets


def _policy_file(ref: PolicyRef | None, item: CompiledTemplate, last: RecordedDecision | None) -> str:
    """The file of the policy that the placement in force comes from. It may differ from the policy that claims the template now,
    while the file of the first has an error."""
    if ref is None:
        return ""
    policy = item.decided.claim.policy
    if policy is not None and policy.ref == ref:
        return policy.origin.file
    return last.policy_file if last is not None and last.binding.policy == ref else ""


def _overrides(item: CompiledTemplate, files: Mapping[PolicyRef, str]) -> tuple[tuple[PolicyRef, str], ...]:
    """The override policies that changed the object in any cluster, each with its file, sorted. One that the revision does not
    declare any more still acts where a rollout has not arrived; then its file is that of the revision that does."""
    distinct = {id(manifest): manifest for manifest in item.rendering.manifests.values()}
    rules = [rule for manifest in distinct.values() for rule in manifest.overrides]
    return tuple(sorted({(rule.policy, files.get(rule.policy, rule.origin.file)) for rule in rules}))


def _overridden(item: CompiledTemplate, interpreter: Interpreter) -> Mapping[ClusterName, int]:
    """The numbers of replicas that override policies wrote in place of the shares."""
    manifests = item.rendering.manifests
    distinct = {id(one): one for one in manifests.values()}
    stated = {
        each: _count(one.manifest, interpreter) for each, one in distinct.items() if one.overrides and one.replicas is not None
    }
    others = {each: number for each, number in stated.items() if number is not None and number != distinct[each].replicas}
    if not others:
        return {}
    return dict(sorted((name, others[id(one)]) for name, one in manifests.items() if id(one) in others))


def _count(manifest: Manifest, interpreter: Interpreter) -> int | None:
    try:
        return interpreter.count(manifest)
    except MalformedObjectError:  # An override wrote something that is no number; the member refuses it.
        return None


def _rule_files(item: CompiledTemplate, customizations: tuple[Customization, ...]) -> tuple[str, ...]:
    """Once for each rule: a file that declares several must not lose one unnoticed."""
    return tuple(sorted(rules.origin.file for rules in customizations if rules.target == item.template.gvk))

"""The bindings of Karmada as recorded decisions, so that the first pass moves nothing. Pure.

The scheduler of this program keeps a previous schedule by Karmada's rules: while the placement and the number of replicas are
what they were, a divided workload stays where it is, and a sticky claim stays with its policy. So each binding becomes the
previous schedule of its template, with the digest of the placement of its policy. What the program then makes of it is what is
recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.interpreter.containers import is_namespace
from reconciler.migrate.karmada.control_plane import ControlPlane, bound_key, claim_of
from reconciler.migrate.karmada.templates import templates_of
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, sequence, text
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.record.next_state import assume_applied
from reconciler.schedule.reschedule import digest_placement


@dataclass(frozen=True, slots=True)
class Move:
    """A template that this program places otherwise than Karmada, although it knows Karmada's decision; or that Karmada has not
    placed, such as one that a policy with `activationPreference: Lazy` waits for."""

    key: ResourceKey
    karmada: tuple[TargetCluster, ...]
    here: tuple[TargetCluster, ...]


def previous_state(control: ControlPlane, desired: DesiredState, recorded: RecordedState) -> RecordedState:
    """The recorded state to decide from: what is recorded, and the bindings of templates that have no record. Before the first
    sync, Karmada's decisions are the ones in force: what an earlier import recorded of them is replaced.

    desired: what the repository declares with the imported files. A WorkloadRebalancer of Karmada without a record counts as
    done: Karmada has carried it out.
    """
    templates = {template.key: template for template in desired.templates}
    policies = {policy.ref: policy for policy in desired.policies}
    decisions = dict(recorded.decisions)
    for key, binding in _by_key(control).items():
        stays = key in decisions and recorded.revision
        if key in templates and not stays and sequence(binding, "spec", "clusters"):
            claim = claim_of(binding)
            policy = policies.get(claim) if claim is not None else None
            decisions[key] = RecordedDecision(
                _binding(key, binding, policy),
                template_file=templates[key].origin.file,
                policy_file=policy.origin.file if policy is not None else "",
            )
    karmada = {text(one, "metadata", "name") for one in control.of_karmada() if one["kind"] == "WorkloadRebalancer"}
    done = {one.name: tuple(sorted(set(one.workloads))) for one in desired.rebalancers if one.name in karmada}
    return replace(recorded, decisions=dict(sorted(decisions.items())), rebalanced={**done, **recorded.rebalanced})


def imported_state(control: ControlPlane, compiled: Compiled, before: RecordedState) -> tuple[RecordedState, tuple[Move, ...]]:
    """What is recorded, and what would move all the same.

    compiled: the repository, decided from `previous_state`. before: what is recorded now; decisions that a sync made stay.
    """
    bindings, templates = _by_key(control), {key_of(one) for one in templates_of(control).objects}
    # Namespaces are everywhere without a binding. What else has none is placed by nobody yet, and is no decision.
    assumed = {key: one for key, one in assume_applied(compiled).decisions.items() if key in bindings or is_namespace(key)}
    moves = tuple(_moves(bindings, templates, compiled))
    kept = {move.key: compiled.recorded.decisions[move.key] for move in moves if move.key in compiled.recorded.decisions}
    karmada = {**assumed, **kept}
    decisions = {**karmada, **before.decisions} if before.revision else {**before.decisions, **karmada}
    return replace(compiled.recorded, decisions=dict(sorted(decisions.items()))), moves


def _moves(bindings: Mapping[ResourceKey, Manifest], templates: Collection[ResourceKey], compiled: Compiled) -> Iterator[Move]:
    for key, item in compiled.templates.items():
        if key in templates and key not in bindings and not is_namespace(key) and item.placed.targets:
            yield Move(key, (), tuple(item.placed.targets))
        if key in bindings:
            karmada, here = _all_targets(bindings[key]), item.placed.targets
            if not get(bindings[key], "spec", "replicas"):  # What follows a workload carries the numbers of that.
                karmada, here = _without_replicas(karmada), _without_replicas(here)
            if dict(karmada) != dict(here):
                yield Move(key, karmada, tuple(here))


def _without_replicas(targets: Iterable[TargetCluster]) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(one.name) for one in targets)


def _by_key(control: ControlPlane) -> dict[ResourceKey, Manifest]:
    return {bound_key(binding): binding for binding in control.bindings()}


def _binding(key: ResourceKey, binding: Manifest, policy: PropagationPolicy | None) -> Binding:
    affinity = text(binding, "status", "schedulerObservingAffinityName")
    placement = policy.placement if policy is not None else None
    replicas = get(binding, "spec", "replicas") or 0
    return Binding(
        key,
        policy.ref if policy is not None else None,
        _targets(sequence(binding, "spec", "clusters")),
        replicas,
        divided=placement is not None and placement.divided and bool(replicas),
        workload=bool(replicas) or get(binding, "spec", "replicaRequirements") is not None,
        affinity_name=affinity,
        placement_digest=digest_placement(placement.document, affinity) if placement is not None else "",
    )


def _targets(items: list[Manifest]) -> tuple[TargetCluster, ...]:
    return tuple(sorted(TargetCluster(ClusterName(text(one, "name")), get(one, "replicas") or 0) for one in items))


def _all_targets(binding: Manifest) -> tuple[TargetCluster, ...]:
    """The clusters of a binding, and of those that require it (Karmada: pkg/controllers/binding, mergeTargetClusters)."""
    own = _targets(sequence(binding, "spec", "clusters"))
    required = [item for one in sequence(binding, "spec", "requiredBy") for item in sequence(one, "clusters")]
    known = {target.name for target in own}
    return tuple(sorted({*own, *(TargetCluster(one.name) for one in _targets(required) if one.name not in known)}))

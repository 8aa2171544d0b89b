"""The second step: dependencies go where their dependants are (`propagateDeps`).

A dependency goes to the clusters of all workloads that refer to it, its dependants. So this step comes after every template has
been decided.

What a workload refers to now is not used while its copies stay as they are (it is frozen by an error, no cluster fits, it has
lost its policy), or while its Lazy policy waits. Its recorded dependencies stay then, and stay as they are, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.claiming import claim_in
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.staged import Staged
from reconciler.pipeline.stated import templates_by_key
from reconciler.pipeline.tenants import refuse_for
from reconciler.schedule.dependencies import (
    NO_DEPENDENCIES,
    NOT_REQUIRED,
    Dependant,
    Dependencies,
    Dependency,
    find_dependencies,
    merge_targets,
    with_required_targets,
)
from reconciler.tenancy.governance import Governance
from reconciler.transition.eviction import injected_labels
from reconciler.transition.suspension import Terms


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one template is in force: all that rendering needs to know about it.

    The binding, the dependants, the terms and the message are also recorded on the status branch.
    """

    binding: Binding | None
    """The placement by the template's own policy; None where no policy places it."""
    targets: tuple[TargetCluster, ...]
    """The clusters of the binding and of all dependants, sorted."""
    required_by: tuple[RequiredBy, ...]
    """The dependants: workloads that refer to the template and whose policy has propagateDeps, sorted."""
    conflict_resolution: str
    """Abort or Overwrite: what happens to an object of the same name that is not ours."""
    terms: Terms
    """Suspension and preservation, with what the policies of the dependants state."""
    message: str
    """Why the newest decision is not in force; empty when it is."""
    held: bool = False
    """Whether every copy stays as it is: neither written nor pruned, on any member."""
    held_on: frozenset[ClusterName] = frozenset()
    """Members on which the copy stays as it is, where other workloads require the object elsewhere."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What statePreservation adds to the one copy, in place of one that was lost."""
    shares: TargetShares | None = None
    """Of an autoscaler whose limits are divided: how the workload that it scales is."""

    def in_force(self, key: ResourceKey) -> Binding | None:
        """The binding with all targets, and a reason for each dependant. None: no cluster is to hold the object."""
        return with_required_targets(key, self.binding, self.required_by)


@dataclass(frozen=True, slots=True)
class Placements:
    by_key: Mapping[ResourceKey, Placed]
    """One for each template, sorted by key."""
    issues: tuple[Issue, ...]
    """References that lead nowhere or cannot be read."""


def follow(
    decided: Mapping[ResourceKey, Decided],
    unreadable: Mapping[ResourceKey, RecordedDecision],
    snapshot: Snapshot,
    memo: Memo,
    staged: Mapping[ResourceKey, Staged],
) -> Placements:
    """unreadable: recorded objects whose templates cannot be read; their recorded dependencies stay. staged: objects of rollouts;
    on clusters that wait for their turn, what the content refers to that they keep goes with it."""
    dependencies = _find_dependencies(decided, snapshot, memo, staged)
    lasting = dependencies.unread.union(unreadable, (key for key, one in decided.items() if _dependencies_last(one)))
    default = snapshot.desired.settings.conflict_resolution
    required = [_dependency(one, dependencies, lasting) for one in decided.values()]
    placed = memo.each(_placed, (list(decided.values()), required), default, lasting=lasting, memo=memo)
    return Placements(dict(zip(decided, placed, strict=True)), dependencies.issues)


def _find_dependencies(
    decided: Mapping[ResourceKey, Decided], snapshot: Snapshot, memo: Memo, staged: Mapping[ResourceKey, Staged]
) -> Dependencies:
    dependants = [
        dependant
        for key, one in decided.items()
        if (key in staged or _propagates(one)) and not _dependencies_last(one)
        for dependant in _dependants(one, staged.get(key), snapshot, memo)
        if dependant.policy.propagate_deps
    ]
    if not dependants:
        return NO_DEPENDENCIES
    return find_dependencies(
        dependants, snapshot.desired.templates_by_key, snapshot.interpreter, memo, refuse_for(snapshot.governance)
    )


def _propagates(one: Decided) -> bool:
    """Whether its dependencies follow it, by the policy of this revision."""
    return one.claim.policy is not None and one.claim.policy.propagate_deps


def _dependants(one: Decided, staged: Staged | None, snapshot: Snapshot, memo: Memo) -> Iterator[Dependant]:
    """A workload as what its dependencies go with: in a rollout, once for each revision that clusters have of it."""
    where = _allowed(one, _where(one), snapshot.governance)
    if staged is not None and not _targets(one):  # It is nowhere; where it will be, when it is the turn of these clusters.
        where = tuple(target for target in where if target.name not in staged.pending)
    waiting: frozenset[ClusterName] = frozenset()
    for commit in sorted(staged.commits & snapshot.earlier.keys()) if staged is not None else ():
        assert staged is not None  # noqa: S101 - there are commits
        revision = snapshot.earlier[commit]
        kept = templates_by_key(revision, memo).get(one.template.key)
        policy = claim_in(revision, kept, one.previous, snapshot, memo).policy if kept is not None else None
        if kept is not None and policy is not None:
            names = staged.pending_at(commit)
            waiting |= names
            policy = memo(_with_terms, policy, one.claim.policy)
            yield Dependant(kept, policy, tuple(target for target in where if target.name in names))
    if one.claim.policy is not None:
        targets = tuple(target for target in where if target.name not in waiting) if waiting else where
        yield Dependant(one.template, one.claim.policy, targets)


def _with_terms(policy: PropagationPolicy, newest: PropagationPolicy | None) -> PropagationPolicy:
    """An earlier policy with what the newest one states about copies: where that is another, the dependencies are in a rollout
    themselves, and clusters that wait for their turn have the earlier terms by that."""
    if newest is None:
        return policy
    return replace(policy, conflict_resolution=newest.conflict_resolution, preserve=newest.preserve)


def _allowed(one: Decided, targets: tuple[TargetCluster, ...], governance: Governance) -> tuple[TargetCluster, ...]:
    """The clusters on which the Tenant of a workload allows it: nothing follows it to others."""
    forbidden = governance.forbidden(one.template)
    return tuple(target for target in targets if target.name not in forbidden) if forbidden else targets


def _where(decided: Decided) -> tuple[TargetCluster, ...]:
    """Where the dependencies of a workload are needed. Between its old and its new copy, when it is nowhere: where it will be."""
    binding, scheduling = decided.transition.binding, decided.scheduling
    if targets := _targets(decided):
        return targets
    return scheduling.targets if binding is not None and isinstance(scheduling, Binding) else ()


def _targets(decided: Decided) -> tuple[TargetCluster, ...]:
    binding = decided.transition.binding
    return binding.targets if binding is not None else ()


def _dependencies_last(decided: Decided) -> bool:
    """Whether the recorded dependencies of this workload stay."""
    return decided.frozen or decided.policy_waits or decided.kept


def _dependency(decided: Decided, dependencies: Dependencies, lasting: frozenset[ResourceKey]) -> Dependency:
    """The dependants of one template. A frozen template loses none of them."""
    recorded = decided.previous.required_by if decided.previous else ()
    if decided.frozen and recorded:
        lasting = lasting.union(dependant.key for dependant in recorded)
    return dependencies.of(decided.template.key, recorded, lasting)


def _placed(decided: Decided, dependency: Dependency, default: str, *, lasting: Collection[ResourceKey], memo: Memo) -> Placed:
    if dependency is NOT_REQUIRED:
        return memo(_place, decided, dependency, default, lasting=lasting, memo=memo)
    return _place(decided, dependency, default, lasting=lasting, memo=memo)


def _place(decided: Decided, dependency: Dependency, default: str, *, lasting: Collection[ResourceKey], memo: Memo) -> Placed:
    """default: the conflict resolution where no policy states one. lasting: workloads whose dependencies stay; counts only for
    an object that is required."""
    binding, policy, previous = decided.transition.binding, decided.claim.policy, decided.previous
    terms, message, required_by = decided.terms, decided.transition.message, dependency.required_by
    targets = binding.targets if binding is not None else ()
    if previous is not None and previous.binding.targets == targets:
        targets = previous.binding.targets  # The same object as in the last pass, so that nothing is rendered again.
    if required_by:
        targets = memo(merge_targets, targets, required_by)
        if policy is None and not decided.frozen:
            # The template is only a dependency: its dependants' policies apply to it, and it needs no policy of its own.
            terms = Terms(terms.suspension, True) if dependency.preserve else terms
            message = "" if decided.scheduling is None else message
    conflict = policy.conflict_resolution if policy is not None else dependency.conflict_resolution
    held, held_on = _held(decided, required_by, lasting)
    labels = injected_labels(decided.eviction.tasks, targets)
    return Placed(binding, targets, required_by, conflict or default, terms, message, held, held_on, labels)


def _held(
    decided: Decided, required_by: tuple[RequiredBy, ...], lasting: Collection[ResourceKey]
) -> tuple[bool, frozenset[ClusterName]]:
    """`Placed.held` and `Placed.held_on`. A dependant that does not act itself keeps its dependencies as they are."""
    if decided.hold or (decided.kept and not required_by):
        return True, frozenset()
    if not required_by or (isinstance(decided.scheduling, Binding) and not decided.kept):
        return False, frozenset()
    binding = decided.transition.binding
    keeping = set(binding.cluster_names if binding is not None else ())
    acting: set[ClusterName] = set()
    for dependant in required_by:
        (keeping if dependant.key in lasting else acting).update(target.name for target in dependant.targets)
    return False, frozenset(keeping - acting)


def hold_unreadable(
    placements: Mapping[ResourceKey, Placed],
    staged: Mapping[ResourceKey, Staged],
    earlier: Mapping[str, DesiredState],
    memo: Memo,
) -> Mapping[ResourceKey, Placed]:
    """The placements, with copies that stay as they are because the commit whose content they have, or are to have, cannot be
    read any more, or did not declare the object, such as in a file with an error."""
    held = {}
    for key, one in staged.items():
        unreadable = {commit for commit in one.commits if not _declares(earlier.get(commit), key, memo)}
        names = {name for name in one.pending if one.rollout.commit_of(name) in unreadable}
        names |= one.rollout.progress.keys() if one.lost else set()
        if names and key in placements:
            held[key] = replace(placements[key], held_on=placements[key].held_on | names)
    return {**placements, **held} if held else placements


def _declares(revision: DesiredState | None, key: ResourceKey, memo: Memo) -> bool:
    return revision is not None and key in templates_by_key(revision, memo)

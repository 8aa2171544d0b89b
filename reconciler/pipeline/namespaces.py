"""After the second step: Namespaces go where objects in them go (`spec.namespaces: WhereNeeded`).

Karmada creates a Namespace that no policy selects on every member, and so does `decide.py`. With this setting its members are
those of the objects in it: placed by a policy, required as a dependency, waiting for a successor, or kept because of an error.
So this comes after all of them have been placed. A Namespace also goes where an object will be, before its old copy has to
leave: a dry run of the new copy needs it.

There is no handover of the Namespace itself. It leaves with the last object, and `plan/prune.py` lets it stay while the member
holds anything else in it. A Namespace that an error keeps where it is leaves no member, and still goes where an object goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from reconciler.claim.claims import is_auto_propagated
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.model.settings import Namespaces
from reconciler.model.wording import first_few
from reconciler.pipeline.children import Children
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.follow import Placed, Placements
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.dependencies import merge_targets
from reconciler.tenancy.governance import Governance
from reconciler.transition.transition import Transition

WHERE_NEEDED = "a Namespace goes where objects in it go (spec.namespaces: WhereNeeded)"
NEEDED = "an object of the namespace goes there (spec.namespaces: WhereNeeded)"
NOT_NEEDED = "no object of the namespace goes there (spec.namespaces: WhereNeeded)"


def follow_objects(
    decided: dict[ResourceKey, Decided],
    placements: Placements,
    unreadable: Mapping[ResourceKey, RecordedDecision],
    children: Children,
    snapshot: Snapshot,
    memo: Memo,
) -> tuple[dict[ResourceKey, Decided], Placements]:
    """What was decided and placed, after the Namespaces have followed their objects.

    unreadable: recorded objects whose templates cannot be read; they stay, and need their Namespaces. children: what Charts
    expand to, as far as that is known.
    """
    auto = {key: one for key, one in decided.items() if is_auto_propagated(one.template)}
    if not follows_objects(snapshot) or not auto:
        return decided, placements
    needed_by = _needed_by(decided, placements, {**unreadable, **children.staying}, children, snapshot.governance)
    moved = {key: _where_needed(one, needed_by.get(key.name, {}), snapshot, memo) for key, one in auto.items()}
    placed = {key: _placed(moved[key], one, memo) if key in moved else one for key, one in placements.by_key.items()}
    return {**decided, **moved}, replace(placements, by_key=placed)


def follows_objects(snapshot: Snapshot) -> bool:
    """Whether Namespaces go where their objects go."""
    return snapshot.desired.settings.namespaces is Namespaces.WHERE_NEEDED


def is_needed_nowhere(decided: Decided, placed: Placed) -> bool:
    """Whether this is a Namespace that no member is to hold, because no object of it goes anywhere. That is no fault."""
    return decided.claim.reason == WHERE_NEEDED and not placed.targets


def _needed_by(
    decided: Mapping[ResourceKey, Decided],
    placements: Placements,
    unreadable: Mapping[ResourceKey, RecordedDecision],
    children: Children,
    governance: Governance,
) -> Mapping[str, Mapping[ClusterName, ResourceKey]]:
    """By namespace: the clusters that need it, each with the first object there."""
    needed: defaultdict[str, dict[ClusterName, ResourceKey]] = defaultdict(dict)
    seen: set[tuple[str, int]] = set()
    for template, targets in chain(_placed_objects(decided, placements), _placed_children(children)):
        key = template.key
        # Most objects of a namespace share one tuple of targets with others. They come in the order of their keys.
        if key.namespace and (key.namespace, id(targets)) not in seen:
            forbidden = governance.forbidden(template)
            if not forbidden:
                seen.add((key.namespace, id(targets)))
            for target in targets:
                if target.name in forbidden:  # No object goes there.
                    continue
                needed[key.namespace].setdefault(target.name, key)
    for key, previous in unreadable.items():
        for name in previous.cluster_names:
            needed[key.namespace].setdefault(name, key)
    return needed


def _placed_objects(
    decided: Mapping[ResourceKey, Decided], placements: Placements
) -> Iterator[tuple[ResourceTemplate, tuple[TargetCluster, ...]]]:
    """Every object with clusters that hold it, are to hold it, or will hold it."""
    for key, placed in placements.by_key.items():
        one = decided[key]
        yield one.template, placed.targets
        if isinstance(one.scheduling, Binding) and one.scheduling.targets is not placed.targets:
            yield one.template, one.scheduling.targets


def _placed_children(children: Children) -> Iterator[tuple[ResourceTemplate, tuple[TargetCluster, ...]]]:
    """As `_placed_objects`. Where a parent will be, it may have each of its children."""
    for item in children.templates.values():
        if item.template.parent is None:
            continue
        yield item.template, item.placed.targets
        parent = children.templates[item.template.parent.key]
        scheduling = parent.decided.scheduling
        if isinstance(scheduling, Binding) and scheduling.targets is not parent.placed.targets:
            present = set(parent.placed.targets)
            yield item.template, tuple(target for target in scheduling.targets if target not in present)


def _where_needed(one: Decided, needed_by: Mapping[ClusterName, ResourceKey], snapshot: Snapshot, memo: Memo) -> Decided:
    clusters = snapshot.desired.clusters
    names = memo.tuple(cluster.name for cluster in clusters if cluster.name in needed_by)
    objects = memo.tuple(needed_by[name] for name in names)
    others = memo.tuple(cluster.name for cluster in clusters if cluster.name not in needed_by and not cluster.deleting)
    binding = memo(_binding, one.template.key, names, objects, others)
    claim = replace(one.claim, reason=WHERE_NEEDED)
    if one.frozen and one.previous is not None:
        last = one.previous.binding
        in_force = replace(last, targets=memo(_union, last.targets, binding.targets))
        return replace(one, claim=claim, scheduling=binding, transition=replace(one.transition, binding=in_force))
    return replace(one, claim=claim, scheduling=binding, transition=Transition(binding))


def _union(last: tuple[TargetCluster, ...], targets: tuple[TargetCluster, ...]) -> tuple[TargetCluster, ...]:
    return tuple(sorted({*last, *targets}))


def _binding(
    key: ResourceKey, names: tuple[ClusterName, ...], objects: tuple[ResourceKey, ...], others: tuple[ClusterName, ...]
) -> Binding:
    """objects: for each name, one that goes there."""
    by_object: defaultdict[ResourceKey, list[ClusterName]] = defaultdict(list)
    for name, needing in zip(names, objects, strict=True):
        by_object[needing].append(name)
    reasons = [f"{needing} goes to {first_few(by_object[needing], _NAMED)}" for needing in sorted(by_object)]
    return Binding(
        key=key,
        policy=None,
        targets=tuple(TargetCluster(name) for name in names),
        reasons=(WHERE_NEEDED, *reasons[:_NAMED]),
        rejected=dict.fromkeys(others, NOT_NEEDED),
    )


def _placed(one: Decided, placed: Placed, memo: Memo) -> Placed:
    binding = one.transition.binding
    own = binding.targets if binding is not None else ()
    targets = memo(merge_targets, own, placed.required_by) if placed.required_by else own
    return replace(placed, binding=binding, targets=targets, message=one.transition.message)


_NAMED = 5
"""Clusters that a sentence names before it counts the rest, and objects that are named."""

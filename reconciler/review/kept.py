"""Copies that stay in members although HEAD says otherwise: what is not written anew, and what is not removed. Offline.

A sync asks the members. Here BASE stands for what they hold, and the rules are the same (`plan/prune.py`, `plan/in_use.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from reconciler.interpreter.containers import holds, is_container
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.policy import Suspension
from reconciler.model.wording import first_few
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.in_use import in_use
from reconciler.plan.prune import SUSPENDED_AND_GONE, protection_of
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.suspension import FREE

Value = TypeVar("Value")


class Copy(NamedTuple):
    """One object on one member."""

    key: ResourceKey
    cluster: ClusterName


@dataclass(frozen=True, slots=True)
class Kept:
    """One object whose copies stay as they are, or stay away, although HEAD changes what they would be."""

    key: ResourceKey
    reason: str
    clusters: tuple[ClusterName, ...]
    """The members that hold such a copy, sorted."""
    absent: bool = False
    """Whether there is no copy yet, and none is created."""


def kept_objects(before: Compiled, after: Compiled) -> Iterator[Kept]:
    """The objects that HEAD would render anew, no longer claims, or removes while they are suspended, and whose copies stay as
    they are; those that it begins to suspend; and suspended objects that it adds."""
    for key, item in after.templates.items():
        placed, old = item.placed, before.templates.get(key)
        if old is None or placed.binding is None or not (placed.held or placed.held_on):
            continue
        names = [name for name in placed.binding.cluster_names if placed.held or name in placed.held_on]
        olds, news = by_new_name(old.rendering.manifests, after), item.rendering.manifests
        given_up = placed.held and old.decided.claim.policy is not None and item.decided.claim.policy is None
        if given_up or any(name not in olds or name not in news or olds[name].digest != news[name].digest for name in names):
            yield Kept(key, item.decided.hold or placed.message, tuple(names))
    yield from _suspended(before, after)
    yield from _not_created(before, after)


def _suspended(before: Compiled, after: Compiled) -> Iterator[Kept]:
    """The objects that HEAD changes or removes where a policy suspends them, and those that it begins to suspend."""
    declared = frozenset(after.cluster_names)
    for key, old in before.templates.items():
        item, suspension = after.templates.get(key), suspension_of(after, key)
        if not suspension or (item is not None and (old.placed.held or item.placed.held)):
            continue
        manifests = old.rendering.manifests if old.placed.held else old.written.manifests
        olds, news = by_new_name(manifests, after), manifests_of(after, key)
        held_on = frozenset() if item is None else item.placed.held_on
        copies = [name for name in sorted(olds.keys() & declared - held_on) if suspension.covers(name)]
        names = [name for name in copies if name not in news or olds[name].digest != news[name].digest]
        if names:
            yield Kept(key, _SUSPENDED.format(suspension.why) if item else SUSPENDED_AND_GONE, tuple(names))
        was = old.placed.terms.suspension
        frozen = tuple(name for name in copies if name not in names and not was.covers(name))
        if frozen:
            yield Kept(key, _SUSPENDED_NOW.format(suspension.why), frozen)


def _not_created(before: Compiled, after: Compiled) -> Iterator[Kept]:
    """The objects that HEAD adds to a member where a policy suspends them."""
    for key, item in after.templates.items():
        suspension = item.placed.terms.suspension
        if not suspension:
            continue
        olds = by_new_name(manifests_of(before, key), after)
        names = sorted(name for name in manifests_of(after, key).keys() - olds.keys() if suspension.covers(name))
        if names:
            yield Kept(key, _SUSPENDED_AND_NEW.format(suspension.why), tuple(names), absent=True)


def suspension_of(compiled: Compiled, key: ResourceKey) -> Suspension:
    """Where nothing is written or removed for now, of a template or of a recorded object without one."""
    item = compiled.templates.get(key)
    return (compiled.removed_templates.get(key, FREE) if item is None else item.placed.terms).suspension


def kept_from_removal(obstacles: Mapping[Copy, str]) -> Iterator[Kept]:
    """The objects that members no longer need, and whose copies stay. obstacles: as of `obstacles_to_removal`."""
    names: dict[tuple[ResourceKey, str], list[ClusterName]] = defaultdict(list)
    for copy, reason in sorted(obstacles.items()):
        names[copy.key, reason].append(copy.cluster)
    for (key, reason), clusters in names.items():
        yield Kept(key, reason, tuple(clusters))


def obstacles_to_removal(before: Compiled, after: Compiled, works: Mapping[ClusterName, Work]) -> dict[Copy, str]:
    """The copies that HEAD no longer needs and a sync does not remove, each with the reason.

    Such a copy is protected, a copy that stays uses it, or it contains such a copy. works: those of `after`.
    """
    removed: dict[ClusterName, dict[ResourceKey, Manifest]] = defaultdict(dict)
    obstacles: dict[Copy, str] = {}
    memo = Memo()
    for key in before.templates:
        olds, news = manifests_of(before, key), manifests_of(after, key)
        if olds is news:
            continue
        olds = by_new_name(olds, after)
        for name in olds.keys() & works.keys() - news.keys():
            if stays(key, works[name], None):
                continue
            removed[name][key] = olds[name].manifest
            if reason := _protection(key, name, olds, news, after, memo):
                obstacles[Copy(key, name)] = reason
    for name, candidates in removed.items():
        protected = {key: manifest for key, manifest in candidates.items() if Copy(key, name) in obstacles}
        if protected or works[name].held or works[name].suspended or works[name].failed or any(map(is_container, candidates)):
            obstacles |= _consequences(candidates, protected, before, after, works[name])
    return obstacles


def _consequences(
    candidates: Mapping[ResourceKey, Manifest],
    protected: Mapping[ResourceKey, Manifest],
    before: Compiled,
    after: Compiled,
    work: Work,
) -> dict[Copy, str]:
    """What else stays on one member because of the copies that stay there. candidates: all that it no longer needs."""
    name = work.cluster
    staying = dict(protected)
    for key in (work.held | work.suspended | work.failed.keys()) & before.templates.keys():
        held = by_new_name(before.templates[key].rendering.manifests, after).get(name)
        if held is not None:
            staying[key] = held.manifest
    going = {key: manifest for key, manifest in candidates.items() if key not in protected}
    reasons = in_use({key: one for key, one in going.items() if key not in work.preserved}, staying, after.interpreter)
    remaining = staying.keys() | reasons.keys() | {manifest.key for manifest in work.manifests}
    for key, manifest in going.items():
        contents = [other for other in remaining if holds(key, manifest, other)] if is_container(key) else []
        if contents:
            reasons.setdefault(key, f"it still holds {first_few(sorted(contents), 1)}")
    return {Copy(key, name): reason for key, reason in reasons.items()}


def _protection(
    key: ResourceKey,
    name: ClusterName,
    olds: Mapping[ClusterName, RenderedManifest],
    news: Mapping[ClusterName, RenderedManifest],
    after: Compiled,
    memo: Memo,
) -> str:
    """What protects the copy on a member that no longer needs it; empty where nothing does.

    It is what BASE wrote there. But a move that makes before it breaks writes HEAD there first, and may take the protection off.
    memo: keeps the claims of the revision for the next copy.
    """
    reason = protection_of(olds[name].manifest, name)
    item = after.templates.get(key)
    if not reason or item is None or not news.keys() - olds.keys():
        return reason
    manifest = item.template.manifest
    return reason if runs_once(manifest, volume_claims_of(after.desired.templates, memo)) else protection_of(manifest, name)


def manifests_of(compiled: Compiled, key: ResourceKey) -> Mapping[ClusterName, RenderedManifest]:
    """The manifests of one object that are written, by member."""
    item = compiled.templates.get(key)
    return {} if item is None else item.written.manifests


def by_new_name(by_member: Mapping[ClusterName, Value], after: Compiled) -> Mapping[ClusterName, Value]:
    """With the names that members have in HEAD; the same object where no member has another name."""
    if not after.renamed:
        return by_member
    return {after.renamed.get(name, name): value for name, value in by_member.items()}


def stays(key: ResourceKey, work: Work | None, manifest: RenderedManifest | None) -> bool:
    """Whether the object stays as it is: it is suspended, or it cannot be rendered and therefore is not removed."""
    return work is not None and (key in work.suspended or (manifest is None and (key in work.held or key in work.failed)))


_SUSPENDED = "it is suspended {}; the end of the suspension lets the change through"
_SUSPENDED_NOW = "HEAD suspends it {}; nothing writes or removes it until the suspension ends"
_SUSPENDED_AND_NEW = "it is suspended {}; the end of the suspension creates it"

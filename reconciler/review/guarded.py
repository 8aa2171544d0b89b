"""Which removals of HEAD the prune guard or a Tenant would hold; offline. What members hold is what BASE gives them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.prune import PruneRules, guard_refusal, no_template_refusal
from reconciler.review.kept import Copy, by_new_name, manifests_of
from reconciler.tenancy.removals import owner_by, refused_removals


@dataclass(frozen=True, slots=True)
class Guarded:
    """Objects that a sync of HEAD would not remove from a member without consent."""

    cluster: ClusterName
    keys: tuple[ResourceKey, ...]
    """Sorted."""
    reason: str
    """A sentence, with the consent that is needed."""
    consented: bool = False
    """Whether HEAD gives this consent by a trailer of its message, so that they are removed."""


def guarded_removals(
    removals: Iterable[Copy], before: Compiled, after: Compiled, consent: Collection[str] = ()
) -> Iterator[Guarded]:
    """removals: those that HEAD asks for. By member, those that are more than the guard of HEAD allows, and all
    where HEAD declares no resource template.

    consent: the members that the commit message of HEAD names (`model/consent.py`).
    """
    removed: defaultdict[ClusterName, list[ResourceKey]] = defaultdict(list)
    for copy in removals:
        removed[copy.cluster].append(copy.key)
    if not removed:
        return
    held = Counter(name for key in before.templates for name in by_new_name(manifests_of(before, key), after))
    rules = PruneRules(after.desired.settings.prune_guard)
    for name, keys in sorted(removed.items()):
        reason, everyone = guard_refusal(len(keys), max(held[name], len(keys)), rules, name), "*"
        if not after.desired.templates:  # This consent names the member.
            reason, everyone = no_template_refusal(name), name
        if reason:
            yield Guarded(name, tuple(sorted(keys)), reason, consented=not {name, everyone}.isdisjoint(consent))


def limited_removals(removals: Iterable[Copy], before: Compiled, after: Compiled) -> Iterator[Guarded]:
    """By member, those that are more than a Tenant allows; no commit consents to them."""

    def file_of(key: ResourceKey) -> str:
        item = after.templates.get(key) or before.templates.get(key)
        return item.template.origin.file if item is not None else ""

    copies = [(copy.cluster, copy.key) for copy in removals]
    reasons = refused_removals(copies, owner_by(after.desired.judges, file_of), {})
    held: defaultdict[tuple[ClusterName, str], list[ResourceKey]] = defaultdict(list)
    for name, key in copies:
        if key in reasons:
            held[name, reasons[key]].append(key)
    for (name, reason), keys in sorted(held.items()):
        yield Guarded(name, tuple(sorted(keys)), reason)

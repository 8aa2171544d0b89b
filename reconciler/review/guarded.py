"""Which removals of HEAD the prune guard or a Tenant would hold; offline. What members hold is what BASE gives them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.prune import PruneRules, guard_refusal, no_template_refusal
from reconciler.review.kept import Copy, by_new_name, manifests_of
from reconciler.tenancy.removals import owner_by, refused_removals
from reconciler.tenancy.rights import Denial


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
    denial: Denial | None = None
    """Where a Tenant does not allow as many. Only who runs a sync can consent to these."""


def guarded_removals(
    removals: Iterable[Copy], before: Compiled, after: Compiled, consent: Collection[str] = ()
) -> tuple[Guarded, ...]:
    """By member, those that are more than the guard of HEAD allows, and all where HEAD declares no resource template; then, as in
    `passes/survey.py`, those of the others that are more than a Tenant allows.

    removals: those that HEAD asks for. consent: the members that the commit message of HEAD names (`model/consent.py`).
    """
    removals = list(removals)
    guarded = list(_over_guard(removals, before, after, consent))
    held = {Copy(key, one.cluster) for one in guarded if not one.consented for key in one.keys}
    limited = list(_over_limit([copy for copy in removals if copy not in held], before, after))
    denied = {Copy(key, one.cluster) for one in limited for key in one.keys}
    going = [replace(one, keys=tuple(key for key in one.keys if Copy(key, one.cluster) not in denied)) for one in guarded]
    return (*(one for one in going if one.keys), *limited)


def _over_guard(removals: Iterable[Copy], before: Compiled, after: Compiled, consent: Collection[str]) -> Iterator[Guarded]:
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


def _over_limit(removals: Iterable[Copy], before: Compiled, after: Compiled) -> Iterator[Guarded]:

    def file_of(key: ResourceKey) -> str:
        item = after.templates.get(key) or before.templates.get(key)
        return item.template.origin.file if item is not None else ""

    copies = [(copy.cluster, copy.key) for copy in removals]
    denials = refused_removals(copies, owner_by(after.desired.judges, file_of), {})
    held: defaultdict[tuple[ClusterName, Denial], list[ResourceKey]] = defaultdict(list)
    for name, key in copies:
        if key in denials:
            held[name, denials[key]].append(key)
    for (name, denial), keys in sorted(held.items(), key=lambda item: (item[0][0], item[0][1].reason)):
        yield Guarded(name, tuple(sorted(keys)), str(denial), denial=denial)

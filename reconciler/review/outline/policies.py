"""Objects in both revisions that get or lose a policy or an override."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.work import RenderedManifest
from reconciler.render.trace import overlap
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import OverrideChange, PolicyChange


def policy_changes(revisions: Revisions) -> Iterator[PolicyChange]:
    """The entries of one object each."""
    for key, item in revisions.after.templates.items():
        old = revisions.before.templates.get(key)
        if old is None or old is item or item.decided.frozen:  # While its file has an error, the policy stays what it was.
            continue
        former, new = old.decided.claim.policy, item.decided.claim.policy
        if (former.ref if former else None) != (new.ref if new else None):
            place = new.origin if new is not None else former.origin if former is not None else NOWHERE
            yield PolicyChange((key,), former.ref if former else None, new.ref if new else None, (place,))


def override_changes(revisions: Revisions) -> Iterator[OverrideChange]:
    """The entries of one object each."""
    policies = {one.ref: one.origin for side in (revisions.before, revisions.after) for one in side.desired.override_policies}
    for key in revisions.after.templates:
        if key not in revisions.before.templates:
            continue
        known = revisions.copies(key)
        if known.before is known.after:
            continue
        found: dict[tuple[PolicyRef, bool], list[ClusterName]] = defaultdict(list)
        for name in sorted(known.before.keys() & known.after.keys()):
            for change in _between(known.before[name], known.after[name]):
                found[change].append(name)
        for (ref, begins), names in sorted(found.items()):
            yield OverrideChange((key,), ref, begins, tuple(names), (policies.get(ref, NOWHERE),))


def _between(old: RenderedManifest, new: RenderedManifest) -> Iterator[tuple[PolicyRef, bool]]:
    """The override policies that change only one of the two, and whether it is the new one."""
    if old is new:
        return
    olds, news = ({rule.policy for rule in one.overrides if rule.paths} for one in (old, new))
    yield from ((ref, True) for ref in news - olds)
    yield from ((ref, False) for ref in olds - news)


def changed_overrides(revisions: Revisions) -> frozenset[PolicyRef]:
    """The override policies that only one revision has, or that say something else in the other."""
    olds, news = ({one.ref: one for one in side.desired.override_policies} for side in (revisions.before, revisions.after))
    differ = {ref for ref in olds.keys() & news.keys() if olds[ref] is not news[ref] and _stated(olds[ref]) != _stated(news[ref])}
    return frozenset(olds.keys() ^ news.keys()) | differ


def _stated(policy: OverridePolicy) -> OverridePolicy:
    """The policy without the places of its parts."""
    return replace(policy, origin=NOWHERE, rules=tuple(replace(rule, origin=NOWHERE, places=()) for rule in policy.rules))


def override_origin(pointer: str, old: RenderedManifest, new: RenderedManifest, changed: Collection[PolicyRef]) -> Origin:
    """The rule of a changed override policy that writes this part: in the new manifest, or else in the old one. Nowhere if none
    does."""
    for rule in (*reversed(new.overrides), *reversed(old.overrides)):
        if rule.policy in changed and any(overlap(path, pointer) for path in rule.paths):
            return rule.origin
    return NOWHERE

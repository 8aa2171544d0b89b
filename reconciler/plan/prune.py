"""What may be removed from a member, and what stands in the way.

Nothing is inferred from failure: an object goes only when a readable repository no longer wants it there, it is ours, nothing
protects it, and the pass as a whole removes no more than the guard allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import annotations_of, text
from reconciler.model.settings import PruneGuard, Settings

PROTECTED = "reconciler.dev/prune"
"""Annotation; `disabled` keeps an object that would be pruned."""


@dataclass(frozen=True, slots=True)
class PruneRules:
    """What this pass says about pruning."""

    guard: PruneGuard = field(default_factory=PruneGuard)
    consent: bool = False
    """Whether someone allowed more than the guard does."""
    blocked: str = ""
    """Why nothing at all may be pruned; empty when something may."""
    already: int = 0
    """How many objects earlier passes of the same sync have pruned from this member: a move takes several passes."""
    known: frozenset[ResourceKey] | None = None
    """Set while some file is broken: only these objects are known not to come from it. None: all may go."""


def owned(live: LiveView, settings: Settings) -> list[ResourceKey]:
    """The objects of a member that are ours, in any order."""
    return [key for key in live.objects if live.is_ours(key, settings.instance)]


def protection(key: ResourceKey, live: LiveView, rules: PruneRules, going: Collection[ResourceKey]) -> str:
    """Why this object stays although nothing wants it any more; empty when it may go."""
    if rules.blocked:
        return rules.blocked
    if rules.known is not None and key not in rules.known:
        return "a file with an error may still declare it"
    if annotations_of(live.objects[key]).get(PROTECTED) == "disabled":
        return f"it is protected by the annotation {PROTECTED}: disabled"
    tenants = sorted(other for other in _tenants(key, live) if other not in going)
    if tenants:
        return f"it still holds {tenants[0]}" + (f" and {len(tenants) - 1} more" if len(tenants) > 1 else "")
    return ""


def guard_refusal(count: int, total: int, rules: PruneRules, cluster: str) -> str:
    """Why this many removals are too many for one sync; empty when they are not."""
    count, total = count + rules.already, total + rules.already
    if rules.consent or count == rules.already or count <= rules.guard.always_allowed or count <= rules.guard.max_share * total:
        return ""
    return (
        f"pruning {count} of {total} objects on {cluster} needs consent (spec.pruneGuard.maxShare is "
        f"{rules.guard.max_share:.0%}); look at `reconciler sync --dry-run`, then run `reconciler sync --allow-prune {cluster}`"
    )


def _tenants(key: ResourceKey, live: LiveView) -> Iterable[ResourceKey]:
    """The objects that would go along with this one: what is in a Namespace, what is of a CRD's kind."""
    if (key.group, key.kind) == ("", "Namespace"):
        return (other for other in live.objects if other.namespace == key.name)
    if (key.group, key.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        crd = live.objects[key]
        group, kind = text(crd, "spec", "group"), text(crd, "spec", "names", "kind")
        return (other for other in live.objects if (other.group, other.kind) == (group, kind))
    return ()

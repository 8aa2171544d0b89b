"""What may be removed from a member, and what stands in the way.

Nothing is inferred from failure: an object goes only when a readable repository no longer wants it there, it is ours, nothing
protects it, and the pass as a whole removes no more than the guard allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from reconciler.interpreter.containers import holds, is_container
from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import annotations_of
from reconciler.model.settings import PruneGuard, Settings
from reconciler.model.wording import first_few

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
    remaining = sorted(other for other in _contents(key, live) if other not in going)
    if remaining:
        return f"it still holds {first_few(remaining, 1)}"
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


def _contents(key: ResourceKey, live: LiveView) -> Iterable[ResourceKey]:
    """The objects that would be deleted together with this one."""
    if not is_container(key):
        return ()
    manifest = live.objects[key]
    return (other for other in live.objects if holds(key, manifest, other))

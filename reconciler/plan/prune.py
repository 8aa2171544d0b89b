"""Which objects are removed from a member, and why others stay.

Nothing is inferred from a failure. An object is removed only where a readable repository no longer wants it there, it is ours,
nothing protects it, no copy that stays as it is uses it, and the sync as a whole removes no more than the guard allows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.interpreter.containers import holds, is_container
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.interpreter.registry import breaks_first, claim_names
from reconciler.model.changes import Change, DeletionPropagation, Prune, Release, Skip
from reconciler.model.consent import ALLOW_PRUNE
from reconciler.model.keys import ResourceKey
from reconciler.model.lifecycle import kept_by
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, annotations_of, is_terminating, labels_of
from reconciler.model.ordering import declared_key
from reconciler.model.ownership import DELETION_PROTECTED, unmarked
from reconciler.model.settings import PruneGuard, Settings
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP, first_few
from reconciler.model.work import Work
from reconciler.plan.in_use import in_use
from reconciler.plan.order import apply_order
from reconciler.plan.traffic import leads_to

PROTECTED = "reconciler.dev/prune"
"""Annotation on an object; `disabled` protects it from pruning."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why one object is not removed."""

    reason: str
    """A sentence."""
    keeps: bool = False
    """As `Skip.kept`: the object stays until somebody removes what keeps it."""


@dataclass(frozen=True, slots=True)
class PruneRules:
    """What limits pruning in this pass."""

    guard: PruneGuard = field(default_factory=PruneGuard)
    """How large a share of a member one sync may prune."""
    consent: bool = False
    """Whether the user allowed this sync to prune more than the guard does."""
    blocked: str = ""
    """Why nothing may be pruned; empty where pruning is possible."""
    already: int = 0
    """How many objects earlier passes of the same sync pruned from this member: a move takes several passes."""
    only: frozenset[ResourceKey] | None = None
    """The only objects that may be pruned while a file has errors: their templates stand in other files. None: no such limit."""
    broken: tuple[str, ...] = ()
    """The files with errors, sorted; for the message about all other objects."""
    unexpanded: tuple[ResourceKey, ...] = ()
    """Charts and Kustomizes of which it is not known what they expand to on this member; `only` has nothing then that may be
    theirs."""
    recorded: frozenset[ResourceKey] = frozenset()
    """The objects that earlier passes reported on this member."""
    taken: frozenset[ResourceKey] = frozenset()
    """The objects that an eviction took from this member. Removing them was decided, within limits of its own
    (`transition/eviction_guard.py`), so the guard does not count them."""


def removals(
    work: Work,
    live: LiveView,
    settings: Settings,
    rules: PruneRules,
    interpreter: Interpreter = BUILT_IN,
    skipped: Collection[ResourceKey] = (),
) -> list[Change]:
    """The changes for objects that are ours and no longer wanted, in the reverse order of writing; then the objects that the
    member is deleting already, and those that it may hold and that cannot be read.

    skipped: wanted objects that are not written in this pass.
    """
    wanted = {manifest.key for manifest in work.manifests} | work.held | work.failed.keys()
    others = [key for key in live.objects if key not in wanted and live.is_ours(key, settings.instance)]
    gates = _gates(others, live)
    wanted |= {key for key, declared in gates.items() if declared in work.held or declared in work.failed}
    unwanted = {
        key: live.objects[key] for key in sorted((key for key in others if key not in wanted), key=apply_order, reverse=True)
    }
    leaving = {key: manifest for key, manifest in unwanted.items() if is_terminating(manifest)}
    candidates = {key: manifest for key, manifest in unwanted.items() if key not in leaving}
    # Nearly always there is nothing to remove, and of what is there to stay nothing is asked.
    ours = [key for key in live.objects if live.is_ours(key, settings.instance)] if candidates else []
    resting = wanted & (work.held | work.failed.keys() | work.leaving | work.suspended | set(skipped))
    staying = {key: live.objects[key] for key in ours if key in resting} | leaving if candidates else {}
    obstacles = _obstacles(candidates, work, staying, live, settings.instance, rules, interpreter)
    again = {manifest.declared for manifest in work.manifests if manifest.template is not None}
    replaced = {key for key, declared in gates.items() if declared in again}
    count = len(candidates.keys() - obstacles.keys() - work.suspended - work.preserved - rules.taken - replaced)
    refusal = guard_refusal(count, len(ours), rules, work.cluster)
    refused = Obstacle(refusal) if refusal else None
    return [
        _release(key, manifest, obstacles.get(key))
        if key in work.preserved
        else _prune(key, manifest, obstacles.get(key, None if key in rules.taken or key in replaced else refused))
        for key, manifest in candidates.items()
    ] + [*(Skip(key, LEAVING, live=manifest) for key, manifest in leaving.items()), *_unread(rules.recorded - wanted, live)]


def _gates(keys: Collection[ResourceKey], live: LiveView) -> dict[ResourceKey, ResourceKey]:
    """The Jobs of gates among these live objects → the keys of their templates: the Job of another revision has another name."""
    jobs = ((key, declared_key(key, live.objects[key])) for key in keys if key.kind == "Job")
    return {key: declared for key, declared in jobs if declared != key}


def _unread(unwanted: Collection[ResourceKey], live: LiveView) -> Iterator[Skip]:
    for key in sorted(unwanted):
        if reason := live.unread.reason(key):
            yield Skip(key, f"not pruned: the member's object cannot be read: {reason}")


def guard_refusal(count: int, total: int, rules: PruneRules, cluster: str) -> str:
    """Why one sync may not remove this many objects; empty where it may."""
    count, total = count + rules.already, total + rules.already
    if rules.consent or count == rules.already or count <= rules.guard.always_allowed or count <= rules.guard.max_share * total:
        return ""
    return (
        f"pruning {count} of {total} objects on {cluster} needs consent "
        f"(spec.pruneGuard.maxShare is {rules.guard.max_share:.0%}). {_how_to_consent(cluster)}"
    )


def no_template_refusal(cluster: str) -> str:
    """Why a revision without any resource template removes nothing from a member that did not get consent."""
    return (
        f"the revision declares no resource template at all, and removing objects on {cluster} needs consent by name, not by * "
        f"(it may be a broken merge, or spec.include of the Configuration). {_how_to_consent(cluster)}"
    )


def _how_to_consent(cluster: str) -> str:
    return (
        f"If they may go, run `reconciler sync --allow-prune {cluster}` (safe while `reconciler run` is running). "
        f"Or push a commit with the trailer `{ALLOW_PRUNE}: {cluster}`. {_IF_NOT}"
    )


def shorten_guard_refusals(text: str) -> str:
    """The text with `needs consent: --allow-prune m1` in place of each sentence of `guard_refusal` and `no_template_refusal`, for
    the cell of a table."""
    return _GUARD_REFUSAL.sub(r"needs consent: --allow-prune \1", text)


_IF_NOT = "If not, put back what declared them"
_GUARD_REFUSAL = re.compile(
    r"(?:pruning \d+ of \d+|the revision declares no resource template at all, and removing) objects on (\S+) needs consent "
    rf".*?{_IF_NOT}"
)


def deletion_propagation(live: Manifest) -> DeletionPropagation:
    """Foreground for an object of which two copies must not run at once, and for a workload that mounts claims: a copy on another
    member starts only when the object, and with it its Pods, is gone. Background for all others."""
    runs_once = breaks_first(live) or claim_names(live)
    return DeletionPropagation.FOREGROUND if runs_once else DeletionPropagation.BACKGROUND


def _obstacles(
    candidates: Mapping[ResourceKey, Manifest],
    work: Work,
    staying: Mapping[ResourceKey, Manifest],
    live: LiveView,
    instance: str,
    rules: PruneRules,
    interpreter: Interpreter,
) -> dict[ResourceKey, Obstacle]:
    """Object → why it is not removed; those that may be removed are absent. staying: other objects, which stay as they are."""
    moving = {key: manifest for key, manifest in staying.items() if key in work.leaving}
    found = {key: Obstacle(reason) for key, reason in leads_to(candidates, moving).items()}
    found |= {key: obstacle for key, one in candidates.items() if (obstacle := _obstacle(key, one, live, rules, work.suspended))}
    kept = {key: candidates[key] for key in candidates if key in found or key in work.suspended}
    going = {key: one for key, one in candidates.items() if key not in kept and key not in work.preserved}
    used = in_use(going, {**staying, **kept}, interpreter)
    found |= {key: Obstacle(reason, keeps=True) for key, reason in used.items()}
    # An object that stays may protect its namespace.
    removed = going.keys() - used.keys()
    for key in filter(is_container, removed):
        if reason := _contents(key, candidates[key], live, instance, removed):
            found[key] = Obstacle(reason, keeps=True)
    return found


def _obstacle(
    key: ResourceKey, manifest: Manifest, live: LiveView, rules: PruneRules, suspended: Collection[ResourceKey]
) -> Obstacle | None:
    """What keeps the object, whatever becomes of others."""
    if key in suspended:
        return Obstacle(SUSPENDED_AND_GONE, keeps=True)
    if rules.blocked:
        return Obstacle(rules.blocked)
    if rules.only is not None and key not in rules.only and not rules.broken:
        return Obstacle(f"{first_few(rules.unexpanded, 2)} may expand to it, and cannot be expanded now. Correct that error")
    if rules.only is not None and key not in rules.only:
        return Obstacle(
            f"a file with an error may still declare it ({first_few(rules.broken, 2)}). Correct the file, or leave it out with "
            f"spec.exclude of the Configuration. {LEFT_OUT_IS_GIVEN_UP}"
        )
    if reason := protection_of(manifest, live.cluster):
        return Obstacle(reason, keeps=True)
    unread = live.unread.contents.get(key)
    return Obstacle(f"it is unknown what it holds: {unread}") if unread else None


def _contents(key: ResourceKey, manifest: Manifest, live: LiveView, instance: str, going: Collection[ResourceKey]) -> str:
    """Which objects in a Namespace, or of a defined kind, stay; empty where none does."""
    remaining = sorted(other for other in live.objects if holds(key, manifest, other) and other not in going)
    if not remaining:
        return ""
    foreign = [other for other in remaining if not live.is_ours(other, instance)]
    rest = "The next sync removes it when they are gone." if remaining[1:] else "The next sync removes it when that is gone."
    if foreign == remaining:
        return f"it still holds {first_few(remaining, 1)}, which this repository did not write. {rest}"
    return f"it still holds {first_few(remaining, 1)}. {rest}"


def protection_of(manifest: Manifest, cluster: str) -> str:
    """How a copy on this member is protected from pruning by its own annotation or label; empty where it is not.

    The template does not count: once the copy has left the placement, it is not written any more.
    """
    if annotations_of(manifest).get(PROTECTED) == "disabled":
        return f"it is protected by the annotation {PROTECTED}: disabled"
    if theirs := kept_by(manifest):
        return f"it is protected by the annotation {theirs}"
    if labels_of(manifest).get(DELETION_PROTECTED) == "Always":
        return (
            f"it is protected by the label {DELETION_PROTECTED}: Always. To remove it, place it on {cluster} again without "
            "the label, sync, and only then move it or remove its file"
        )
    return ""


def _release(key: ResourceKey, live: Manifest, obstacle: Obstacle | None) -> Change:
    if obstacle:
        return Skip(key, f"not released: {obstacle.reason}", live=live, kept=obstacle.keeps)
    return Release(key, live, unmarked(live), "no longer wanted here, and kept (preserveResourcesOnDeletion)")


def _prune(key: ResourceKey, live: Manifest, obstacle: Obstacle | None) -> Change:
    if obstacle:
        return Skip(key, f"not pruned: {obstacle.reason}", live=live, kept=obstacle.keeps)
    return Prune(key, live, deletion_propagation(live), "no longer wanted here")


SUSPENDED_AND_GONE = (
    "it is suspended (by its policy, an annotation, its cluster or the Configuration), and goes when the suspension ends. If "
    "what suspends it is gone from Git, bring it and the object back without the suspension first"
)
LEAVING = "it is being deleted there, and something still holds it (see its finalizers)"

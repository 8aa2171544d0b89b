"""From what one member must hold and what it holds to the ordered changes between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.errors import ReconcilerError
from reconciler.interpreter.containers import namespace_key
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.autoscaling import is_scaler, scaled_by
from reconciler.model.changes import Action, Change, ChangeSet
from reconciler.model.keys import ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import is_going
from reconciler.model.memo import Memo
from reconciler.model.ownership import applied_digest, is_ours, unmarked
from reconciler.model.settings import Settings
from reconciler.model.work import RenderedManifest, Work
from reconciler.plan.apply_configuration import changed_fields, stated
from reconciler.plan.conflict import may_write
from reconciler.plan.equality import expected, same
from reconciler.plan.order import apply_order
from reconciler.plan.prune import PruneRules, guard_refusal, owned, protection


def plan_cluster(
    work: Work,
    live: LiveView,
    settings: Settings,
    rules: PruneRules,
    interpreter: Interpreter = BUILT_IN,
    memo: Memo | None = None,
) -> ChangeSet:
    """All changes for one member: what is written in the order of kinds, then what goes in the reverse order.

    memo: remembers what was decided about an object for as long as neither it nor what is wanted changes.
    """
    remembering = memo or Memo()
    wanted = remembering(_in_order, work.manifests)
    if live.shared:
        writes = [*_implied_namespaces(work, live), *_applications(wanted, live, settings, remembering)]
    else:
        writes = [_write(manifest, live, settings, interpreter) for manifest in wanted]
    failed = [
        Change(Action.SKIP, key, live=live.objects.get(key), reason=issue.message.removeprefix(f"{key}: "))
        for key, issue in sorted(work.failed.items())
    ]
    changes = (*writes, *failed, *_removals(work, live, settings, rules))
    return ChangeSet(work.cluster, tuple(_unless_suspended(change, work) for change in changes) if work.suspended else changes)


def _in_order(manifests: tuple[RenderedManifest, ...]) -> tuple[RenderedManifest, ...]:
    return tuple(sorted(manifests, key=lambda manifest: apply_order(manifest.key)))


def _unless_suspended(change: Change, work: Work) -> Change:
    """The plan is made all the same, so that it shows what waits."""
    if change.key not in work.suspended or not change.action.writes:
        return change
    reason = f"dispatching is suspended by its policy; otherwise it would be {change.action.past}"
    return replace(change, action=Action.SKIP, expected=None, reason=reason, drift=False)


def _write(desired: RenderedManifest, live: LiveView, settings: Settings, interpreter: Interpreter) -> Change:
    current = live.objects.get(desired.key)
    if current is None:
        return Change(Action.CREATE, desired.key, desired, expected=desired.manifest)
    ours = is_ours(current, settings.instance)
    if not may_write(desired.conflict_resolution, ours=ours):
        return Change(Action.SKIP, desired.key, desired, current, reason=_CONFLICT)
    try:
        after = expected(desired.manifest, current, interpreter)
    except ReconcilerError as error:
        return Change(Action.SKIP, desired.key, desired, current, reason=f"the member's object: {error.message}")
    # What a controller owns is never ours: once taken over it holds our marks, and is not written again and again.
    if same(after, current):
        return Change(Action.UNCHANGED, desired.key, desired, current, after)
    drift = ours and applied_digest(current) == desired.digest
    reason = "the member drifted" if drift else "" if ours else _TAKEN_OVER
    return Change(Action.CONFIGURE, desired.key, desired, current, after, reason, drift)


def _applications(wanted: Sequence[RenderedManifest], live: LiveView, settings: Settings, memo: Memo) -> Iterator[Change]:
    scaled = {memo(_scaled_by, record) for key, record in live.records.items() if is_scaler(key)}
    scaled |= {scaled_by(manifest.manifest) for manifest in wanted if is_scaler(manifest.key)}
    for manifest in wanted:
        yield memo(_apply, manifest, live.records.get(manifest.key), manifest.key in scaled, settings.instance)


def _scaled_by(record: Record) -> ResourceKey:
    return scaled_by(record.manifest)


def _apply(desired: RenderedManifest, record: Record | None, autoscaled: bool, instance: str) -> Change:
    """Where others write to the object, too: we answer for what we state."""
    if record is None:
        return Change(Action.CREATE, desired.key, desired, expected=stated(desired.manifest, None, autoscaled=autoscaled))
    current = record.manifest
    ours = record.instance == instance
    if not may_write(desired.conflict_resolution, ours=ours):
        return Change(Action.SKIP, desired.key, desired, current, reason=_CONFLICT)
    if is_going(current):
        return Change(Action.SKIP, desired.key, desired, current, reason=_GOING)
    statement = stated(desired.manifest, current, autoscaled=autoscaled)
    same_digest = applied_digest(current) == desired.digest
    changed = changed_fields(statement, current) if same_digest else ""
    # What a controller owns is never ours: once taken over it holds our marks, and is not written again and again.
    if same_digest and not changed:
        return Change(Action.UNCHANGED, desired.key, desired)
    drift = ours and same_digest
    reason = f"the member drifted: {changed}" if drift else "" if ours else _TAKEN_OVER
    return Change(Action.CONFIGURE, desired.key, desired, current, statement, reason, drift)


def _implied_namespaces(work: Work, live: LiveView) -> list[Change]:
    """Namespaces that objects need and nobody declared: made without our marks, so that nobody ever prunes them."""
    needed = {manifest.key.namespace: manifest for manifest in reversed(work.manifests) if manifest.key.namespace}
    keys = {name: namespace_key(name) for name in sorted(needed)}
    declared = {manifest.key for manifest in work.manifests} | work.held | work.failed.keys()
    return [
        Change(Action.CREATE, key, _namespace(key, needed[name]), expected=_namespace(key, needed[name]).manifest)
        for name, key in keys.items()
        if key not in declared and key not in live.objects
    ]


def _namespace(key: ResourceKey, needed_by: RenderedManifest) -> RenderedManifest:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}}
    return RenderedManifest(key, manifest, "", needed_by.origin)


def _removals(work: Work, live: LiveView, settings: Settings, rules: PruneRules) -> list[Change]:
    wanted = {manifest.key for manifest in work.manifests} | work.held | work.failed.keys()
    ours = owned(live, settings)
    unwanted = sorted((key for key in ours if key not in wanted), key=apply_order, reverse=True)
    leaving = [key for key in unwanted if is_going(live.objects[key])]
    unwanted = [key for key in unwanted if key not in leaving]
    staying = work.suspended | work.preserved
    reasons = {key: protection(key, live, rules, unwanted) for key in unwanted}
    going = [key for key in unwanted if not reasons[key] and key not in staying]
    # What protects one object may protect the namespace it is in.
    reasons |= {key: protection(key, live, rules, going) for key in going}
    going = [key for key in going if not reasons[key]]
    refusal = guard_refusal(len(going), len(ours), rules, work.cluster)
    return [
        _release(key, live, reasons[key]) if key in work.preserved else _removal(key, live, reasons[key] or refusal)
        for key in unwanted
    ] + [Change(Action.SKIP, key, live=live.objects[key], reason=LEAVING) for key in leaving]


def _release(key: ResourceKey, live: LiveView, reason: str) -> Change:
    if reason:
        return Change(Action.SKIP, key, live=live.objects[key], reason=f"not released: {reason}")
    current = live.objects[key]
    reason = "no longer wanted here, and kept (preserveResourcesOnDeletion)"
    return Change(Action.RELEASE, key, live=current, expected=unmarked(current), reason=reason)


def _removal(key: ResourceKey, live: LiveView, reason: str) -> Change:
    if reason:
        return Change(Action.SKIP, key, live=live.objects[key], reason=f"not pruned: {reason}")
    return Change(Action.PRUNE, key, live=live.objects[key], reason="no longer wanted here")


LEAVING = "it is being deleted there, and something still holds it (see its finalizers)"
_TAKEN_OVER = "taken over (conflictResolution: Overwrite)"
_GOING = "it is being deleted there; it is written anew when it is gone"
_CONFLICT = "it exists there and is not ours; delete it there, or let the policy take it over (conflictResolution: Overwrite)"
"""Reasons name neither the object nor the member: who prints them has both."""

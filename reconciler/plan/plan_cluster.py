"""From the works and the live objects of one member to the ordered changes between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.interpreter.containers import is_namespace, namespace_key, namespace_manifest
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.adoption import Adopted
from reconciler.model.autoscaling import SCALERS, is_scaler, scaled_by
from reconciler.model.changes import Change, ChangeSet, Configure, Create, Skip, Stage, Unchanged, Write
from reconciler.model.customization import Operation
from reconciler.model.former_managers import OWNERS, taken_over, without_kept
from reconciler.model.keys import ResourceKey
from reconciler.model.lifecycle import is_only_created
from reconciler.model.live import LiveView, Record
from reconciler.model.managed_fields import is_written_by_us
from reconciler.model.manifest import Manifest, gvk_of, is_terminating, sequence, with_value
from reconciler.model.memo import Memo
from reconciler.model.ownership import applied_digest, is_ours, owned_id
from reconciler.model.settings import Settings
from reconciler.model.work import RenderedManifest, Work
from reconciler.plan.apply_configuration import apply_configuration, fields_to_ignore, retained_configuration
from reconciler.plan.conflict import conflict
from reconciler.plan.drift import configure, deviations, given_up
from reconciler.plan.ignored_fields import ignored_fields, is_ignored, with_live_values
from reconciler.plan.order import by_rank, in_order
from reconciler.plan.prerequisites import dependencies
from reconciler.plan.prune import PruneRules, removals
from reconciler.plan.whole_object import expected, same

Ranked: TypeAlias = tuple[tuple[RenderedManifest, ...], ...]
"""Manifests in the order of writing, one group per rank."""


class Taking(NamedTuple):
    """What the Configuration says about taking over."""

    former: tuple[str, ...]
    """`Settings.former_field_managers`."""
    adopt: tuple[Adopted, ...]
    """`Settings.adopt`."""


_taking = lru_cache(maxsize=8)(Taking)
"""The same value for all members, so that decisions about equal copies are found again."""


def plan_cluster(
    work: Work,
    live: LiveView,
    settings: Settings,
    rules: PruneRules,
    interpreter: Interpreter = BUILT_IN,
    memo: Memo | None = None,
) -> ChangeSet:
    """All changes for one member: writes in the order of kinds, then objects that could not be rendered, then removals in the
    reverse order.

    memo: remembers the decision about an object for as long as neither its record nor its manifest changes. Decisions to leave
    an object as it is are remembered with its content (`Record.content`).
    """
    remembering = memo or Memo()
    work = _without_absent_copies(work, live)
    ranked = remembering(_ranked, work.manifests)
    if live.shared:
        scaled = _scaled(ranked, live, remembering)
        writes = _with_implied_namespaces(_applications(ranked, live, scaled, settings, interpreter, remembering), work, live)
    else:
        writes = [tuple(_write(manifest, live, settings, interpreter) for manifest in group) for group in ranked]
    skipped = {change.key for stage in writes for change in stage if isinstance(change, Skip)}
    stages = [*writes, _failures(work, live), *by_rank(removals(work, live, settings, rules, interpreter, skipped))]
    if work.suspended:
        stages = [tuple(_unless_suspended(change, work) for change in stage) for stage in stages]
    complete = tuple(stage for stage in stages if stage)
    return ChangeSet(work.cluster, complete, dependencies(complete))


def plan_objects(
    work: Work,
    live: LiveView,
    keys: Collection[ResourceKey],
    settings: Settings,
    interpreter: Interpreter = BUILT_IN,
    memo: Memo | None = None,
) -> ChangeSet:
    """What `plan_cluster` plans for these of the objects that a member with an API server must hold. Nothing is removed.

    live: these objects, as far as they exist, and those that scale workloads. keys: of objects in Namespaces that exist.
    """
    remembering = memo or Memo()
    ranked = remembering(_ranked, work.manifests)
    scaled = _scaled(ranked, live, remembering)
    named = tuple(tuple(manifest for manifest in group if manifest.key in keys) for group in ranked)
    stages = _applications(named, live, scaled, settings, interpreter, remembering)
    complete = tuple(tuple(_unless_suspended(change, work) for change in stage) for stage in stages if stage)
    return ChangeSet(work.cluster, complete, dependencies(complete))


def _without_absent_copies(work: Work, live: LiveView) -> Work:
    """Without the objects that leave this member and are not there: a move keeps what is there, and creates nothing."""
    absent = work.leaving - live.objects.keys()
    if not absent:
        return work
    manifests = tuple(manifest for manifest in work.manifests if manifest.key not in absent)
    return replace(work, manifests=manifests, failed={key: why for key, why in work.failed.items() if key not in absent})


def _ranked(manifests: tuple[RenderedManifest, ...]) -> Ranked:
    return in_order(manifests)


def _failures(work: Work, live: LiveView) -> Stage:
    """The objects that could not be rendered: they stay as they are."""
    return tuple(
        Skip(key, issue.message.removeprefix(f"{key}: "), live=live.objects.get(key))
        for key, issue in sorted(work.failed.items())
    )


def _unless_suspended(change: Change, work: Work) -> Change:
    """Suspended objects are planned like all others, so that the plan shows what waits."""
    if change.key not in work.suspended or not isinstance(change, Write):
        return change
    reason = f"it is suspended; otherwise it would be {change.action.past}"
    return Skip(change.key, reason, change.desired, change.live)


def _write(desired: RenderedManifest, live: LiveView, settings: Settings, interpreter: Interpreter) -> Change:
    """The change where no other client writes to the object: it is compared and written as a whole."""
    current = live.objects.get(desired.key)
    if current is None:
        return Create(desired, desired.manifest)
    if desired.write_policy.create_only:
        return _created_once(desired, current)
    ours = is_ours(current, settings.instance)
    if refusal := conflict(desired, current, settings.adopt, ours=ours):
        return refusal
    if ours and is_only_created(desired.manifest):
        return Unchanged(desired)
    try:
        after = expected(desired.manifest, current, interpreter)
        after = with_live_values(after, current, ignored_fields(after, current, desired.write_policy))
    except ReconcilerError as error:
        return _unretainable(desired, current, error)
    # An object with a controller is never ours. Once it carries our marks it is equal, and is not written again and again.
    if same(after, current):
        return Unchanged(desired)
    return configure(desired, after, current, ours=ours)


def _scaled(ranked: Ranked, live: LiveView, memo: Memo) -> set[ResourceKey]:
    """The workloads whose number of replicas an autoscaler decides. ranked: everything that the member must hold."""
    scaled = {memo(_scaled_by, record) for key, record in live.records.items() if is_scaler(key)}
    return scaled | {scaled_by(manifest.manifest) for group in ranked for manifest in group if is_scaler(manifest.key)}


def _applications(
    ranked: Ranked, live: LiveView, scaled: Collection[ResourceKey], settings: Settings, interpreter: Interpreter, memo: Memo
) -> list[Stage]:
    """The changes where others write to the objects, too: only the fields that we state are compared and written.

    scaled: from `_scaled`.
    """
    # Where autoscalers cannot be read, each workload may have one: the number of replicas in the member stays.
    uncertain = any(live.unread.kind(*kind) for kind in SCALERS)
    records, instance, unread = live.records, settings.instance, live.unread
    taking = _taking(settings.former_field_managers, settings.adopt)
    stages: list[Stage] = []
    for group in ranked:
        autoscaled = [uncertain or manifest.key in scaled for manifest in group]
        columns = (group, [records.get(manifest.key) for manifest in group], autoscaled)
        changes = memo.each(_application, columns, instance, taking, interpreter, memo)
        if unread:
            reasons = [unread.reason(manifest.key) for manifest in group]
            changes = [_unread(of, why) if why else one for of, why, one in zip(group, reasons, changes, strict=True)]
        stages.append(tuple(changes))
    return stages


def _application(
    desired: RenderedManifest,
    record: Record | None,
    autoscaled: bool,
    instance: str,
    taking: Taking,
    interpreter: Interpreter,
    memo: Memo,
) -> Change:
    """As `_apply`, which is asked once for all members whose copies say the same, and then for each copy that differs."""
    # A script may look at what makes each copy itself.
    scripted = interpreter.declared.scripts and interpreter.declared.find(gvk_of(desired.manifest), Operation.RETENTION)
    found: list[Change] = []
    if record is not None and not scripted:
        as_is = record.content.once(_unchanged, desired, autoscaled, instance, taking, interpreter, record=record, found=found)
        if as_is is not None:
            return as_is
    return memo(_of_copy, desired, record, autoscaled, instance, taking, interpreter, found=found)


def _unchanged(
    desired: RenderedManifest,
    autoscaled: bool,
    instance: str,
    taking: Taking,
    interpreter: Interpreter,
    *,
    record: Record,
    found: list[Change],
) -> Unchanged | None:
    """None where the object must be written, or cannot be: what is to be done about this copy is then appended to `found`."""
    change = _apply(desired, record, autoscaled, instance, taking, interpreter)
    if isinstance(change, Unchanged):
        return change
    found.append(change)
    return None


def _of_copy(
    desired: RenderedManifest,
    record: Record | None,
    autoscaled: bool,
    instance: str,
    taking: Taking,
    interpreter: Interpreter,
    *,
    found: Sequence[Change],
) -> Change:
    """found: the change, where it is known already."""
    return found[0] if found else _apply(desired, record, autoscaled, instance, taking, interpreter)


def _unread(desired: RenderedManifest, reason: str) -> Skip:
    """Nothing is written where it is unknown what is there."""
    return Skip(desired.key, f"the member's object cannot be read: {reason}", desired)


def _scaled_by(record: Record) -> ResourceKey:
    return scaled_by(record.manifest)


def _apply(
    desired: RenderedManifest,
    record: Record | None,
    autoscaled: bool,
    instance: str,
    taking: Taking,
    interpreter: Interpreter,
) -> Change:
    if record is None:
        return Create(desired, apply_configuration(desired.manifest, None, autoscaled=autoscaled))
    current, policy = record.manifest, desired.write_policy
    ours = record.instance == instance
    if policy.create_only:
        return _created_once(desired, current)
    if refusal := conflict(desired, current, taking.adopt, ours=ours):
        return refusal
    if is_terminating(current):
        return Skip(desired.key, _GOING, desired, current)
    if ours and is_only_created(desired.manifest):
        return Unchanged(desired)
    same_digest = applied_digest(current) == desired.digest
    try:
        ignored = fields_to_ignore(desired.manifest, current, policy)
        how: dict[str, Any] = {"autoscaled": autoscaled, "interpreter": interpreter, "ignored": ignored}
        configuration = apply_configuration(desired.manifest, current, **how)
        if (
            not (is_written_by_us(current) and (ours or same_digest))
            and (owned := taken_over(current, taking.former, policy.managers)) is not current
        ):
            kept = retained_configuration(desired.manifest, current, **how)
            owners = without_kept(sequence(owned, *OWNERS), configuration, kept or configuration)
            return configure(desired, with_value(configuration, OWNERS, owners), current, ours=ours, unowned=True)
    except ReconcilerError as error:
        return _unretainable(desired, current, error)
    differing = deviations(configuration, current) if same_digest else []
    # An object with a controller is never ours. Once it carries our marks it is equal, and is not written again and again.
    if same_digest and not differing:
        return Unchanged(desired)
    drifted = [path for path in differing if not is_ignored(path, ignored)]
    if same_digest and ours and not drifted:
        return Configure(desired, configuration, current, given_up(differing))
    return configure(desired, configuration, current, ours=ours, differing=drifted)


def _created_once(desired: RenderedManifest, current: Manifest) -> Change:
    """The change where the object exists and its write policy says not to write it again, whoever created it."""
    if is_terminating(current):
        return Skip(desired.key, _GOING, desired, current)
    return Unchanged(desired, applied_digest(current) if owned_id(current) == desired.key else "")


def _unretainable(desired: RenderedManifest, current: Manifest, error: ReconcilerError) -> Skip:
    """Nothing is written where it is unknown what the member keeps."""
    return Skip(desired.key, f"the member's object: {error.message}", desired, current)


def _with_implied_namespaces(stages: list[Stage], work: Work, live: LiveView) -> list[Stage]:
    """The stages, with the creation of namespaces that objects need and no template declares."""
    implied = tuple(_implied_namespaces(work, live))
    if implied and stages and is_namespace(stages[0][0].key):
        return [implied + stages[0], *stages[1:]]
    return [implied, *stages]


def _implied_namespaces(work: Work, live: LiveView) -> Iterator[Create]:
    """These namespaces do not carry our marks, so they are never pruned."""
    needed = {manifest.key.namespace: manifest for manifest in reversed(work.manifests) if manifest.key.namespace}
    declared = {manifest.key for manifest in work.manifests} | work.held | work.failed.keys()
    for name in sorted(needed):
        key = namespace_key(name)
        if key not in declared and key not in live.objects and not live.unread.reason(key):
            manifest = namespace_manifest(name)
            yield Create(RenderedManifest(key, manifest, "", needed[name].origin), manifest)


_GOING = "it is being deleted there; it is created again when it is gone"

"""The status of each object on a member after a pass wrote to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from reconciler.documents.json_writer import write_json
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.changes import Change, Configure, Create, Outcome, Prune, Release, Skip, Unchanged
from reconciler.model.customization import Operation
from reconciler.model.drift_record import REPORTED_ONLY
from reconciler.model.health import KEPT, NOT_FOUND, UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import Manifest, gvk_of, is_secret, is_terminating
from reconciler.model.memo import Memo
from reconciler.model.ownership import applied_digest
from reconciler.model.recorded import ClusterStatus
from reconciler.model.work import Work
from reconciler.observe.reflected import reflected
from reconciler.plan.prune import LEAVING

_CONDITION_TIMES = re.compile(rb'"last(?:Transition|Update|Probe|Heartbeat)Time":')
_UNKNOWN = Health(HealthStatus.UNKNOWN, "the member could not be read")


def statuses(
    outcomes: Iterable[Outcome],
    live: LiveView,
    now: datetime,
    tells_health: bool,
    interpreter: Interpreter = BUILT_IN,
    memo: Memo | None = None,
) -> Mapping[ResourceKey, ClusterStatus]:
    """The status of every object that is wanted on this member, and of every object that should be gone and is not.

    live: the objects on the member after the outcomes. memo: remembers the status of single objects.
    """
    result = {}
    outcomes = tuple(outcomes)
    unchanged = _of_unchanged(outcomes, live, now, interpreter, memo or Memo())
    for outcome in outcomes:
        change, key = outcome.change, outcome.change.key
        if key in unchanged:
            result[key] = unchanged[key]
            continue
        record = live.records.get(key)
        terminating = _is_terminating(change, live)
        if _is_gone(outcome, live) and not terminating and not _is_wanted(change):
            continue
        if tells_health and record is not None and not _depends_on_time(key) and not live.unread.reason(key):
            health, reflection = _judged(record, interpreter, now)
        else:
            manifest = live.objects.get(key)
            # What could not be read may be there: a handover must not take it for gone.
            health = _UNKNOWN if live.unread.reason(key) else health_of(manifest, now, tells_health, interpreter)
            reflection = reflected(manifest, interpreter, now)
        result[key] = _status(outcome, live.cluster, health, reflection, terminating=terminating)
    return result


def _of_unchanged(
    outcomes: Iterable[Outcome], live: LiveView, now: datetime, interpreter: Interpreter, memo: Memo
) -> dict[ResourceKey, ClusterStatus]:
    """Of the objects that are as they should be: nearly all."""
    changes: list[Unchanged] = []
    records: list[Record] = []
    for outcome in outcomes:
        change = outcome.change
        if isinstance(change, Unchanged) and not _depends_on_time(change.key):
            record = live.records.get(change.key)
            if record is not None:
                changes.append(change)
                records.append(record)
    found = memo.each(_remembered, (changes, records), live.cluster, interpreter, memo, now=now)
    return {change.key: status for change, status in zip(changes, found, strict=True)}


def _remembered(
    change: Unchanged, record: Record, cluster: ClusterName, interpreter: Interpreter, memo: Memo, *, now: datetime
) -> ClusterStatus:
    return memo(_unchanged, change, record, cluster, interpreter, now=now)


def depend_on_time(outcomes: Iterable[Outcome]) -> bool:
    """Whether time alone may change the statuses after these outcomes."""
    return any(_depends_on_time(outcome.change.key) for outcome in outcomes)


def _unchanged(
    change: Unchanged, record: Record, cluster: ClusterName, interpreter: Interpreter, *, now: datetime
) -> ClusterStatus:
    """The same value for as long as neither the object nor its template changes."""
    health, reflection = _judged(record, interpreter, now)
    return _status(Outcome(change), cluster, health, reflection, terminating=False)


def _judged(record: Record, interpreter: Interpreter, now: datetime) -> tuple[Health, Manifest]:
    """The health of an object, and the fields of its status that are recorded; once for all members whose copies say the same."""
    return record.content.once(_judged_alike, interpreter, record=record, now=now) or _judge(record.manifest, interpreter, now)


def _judged_alike(interpreter: Interpreter, *, record: Record, now: datetime) -> tuple[Health, Manifest] | None:
    """None where it may be another result for another record with the same content: for kinds of others, some of whose rules
    look at the times of conditions, for kinds whose rules the repository declares, and where such times are recorded."""
    manifest = record.manifest
    gvk = gvk_of(manifest)
    declared = any(interpreter.declared.find(gvk, operation) for operation in (Operation.HEALTH, Operation.REFLECTION))
    if declared or ("." in gvk.group and not gvk.group.endswith(".k8s.io")):
        return None
    health, reflection = _judge(manifest, interpreter, now)
    return None if _CONDITION_TIMES.search(write_json(reflection)) else (health, reflection)


def _judge(manifest: Manifest, interpreter: Interpreter, now: datetime) -> tuple[Health, Manifest]:
    return interpreter.assess(manifest, now), reflected(manifest, interpreter, now)


def _is_terminating(change: Change, live: LiveView) -> bool:
    """Whether the object is still there and is being deleted. Only objects that are pruned or skipped can be."""
    return isinstance(change, Prune | Skip) and change.key in live.objects and is_terminating(live.objects[change.key])


def _is_gone(outcome: Outcome, live: LiveView) -> bool:
    """Whether the object is not there any more, or not ours any more."""
    return outcome.change.key not in live.objects or (isinstance(outcome.change, Prune | Release) and outcome.done)


def _is_wanted(change: Change) -> bool:
    """Whether Git declares the object for this member. So it does where the object could not be rendered and was never there."""
    return change.desired is not None or (isinstance(change, Skip) and change.live is None)


def _depends_on_time(key: ResourceKey) -> bool:
    """A Pod that waits for a node becomes Failed after a while (`interpreter/pod.py`). No other health changes by time alone."""
    return (key.group, key.kind) == ("", "Pod")


def _status(outcome: Outcome, cluster: ClusterName, health: Health, reflection: Manifest, *, terminating: bool) -> ClusterStatus:
    change = outcome.change
    if isinstance(change, Create | Configure | Unchanged) and outcome.done:
        corrected = change.reason if change.drift else ""
        digest = change.desired.public_digest
        if isinstance(change, Unchanged) and change.created_from is not None:
            digest = "" if is_secret(change.key) else change.created_from
        fields = change.drifted if isinstance(change, Configure) else ()
        return ClusterStatus(
            cluster, True, health, digest=digest, corrected=corrected, reflected=reflection, drifted_fields=fields
        )
    if isinstance(change, Skip) and change.drift and change.desired is not None:
        digest, what = change.desired.public_digest, change.reason.removesuffix(REPORTED_ONLY)
        return ClusterStatus(
            cluster, True, health, digest=digest, reflected=reflection, drifted=what, drifted_fields=change.drifted
        )
    # A copy that is there and was not written is Unknown: its health would be that of an older manifest.
    tells = terminating or health.status is HealthStatus.NOT_FOUND
    return ClusterStatus(
        cluster,
        False,
        health if tells else Health(HealthStatus.UNKNOWN, reason=KEPT if isinstance(change, Skip) and change.kept else ""),
        outcome.error or (LEAVING if terminating and change.desired is None else change.reason),
        digest=_digest_of(change.live) if isinstance(change, Skip) else "",
        reflected=reflection,
    )


def _digest_of(live: Manifest | None) -> str:
    """Of the manifest that was applied last to a copy that is not written now; empty where there is none of ours."""
    return "" if live is None or is_secret(live) else applied_digest(live)


def held_status(
    last: ClusterStatus | None,
    live: Manifest | None,
    cluster: ClusterName,
    now: datetime,
    tells_health: bool,
    interpreter: Interpreter = BUILT_IN,
) -> ClusterStatus:
    """The status of a copy that stays as it is.

    last: the status recorded before; None for a copy that was found. live: None where there is no copy of ours any more.
    """
    if live is None:
        return ClusterStatus(cluster, False, NOT_FOUND, "it is not there, and nothing is written now")
    applied = last is None or last.applied or last.health.status is HealthStatus.NOT_FOUND
    return ClusterStatus(
        cluster,
        applied,
        health_of(live, now, tells_health, interpreter) if applied else Health(HealthStatus.UNKNOWN),
        "" if applied or last is None else last.message,
        _digest_of(live),
        "" if last is None else last.corrected,
        reflected=reflected(live, interpreter, now),
        drift=None if last is None else last.drift,
    )


def health_of(manifest: Manifest | None, now: datetime, tells_health: bool, interpreter: Interpreter = BUILT_IN) -> Health:
    """The health of a live object by the rule of its kind.

    manifest: None where the object does not exist. tells_health: as `MemberClient.tells_health`.
    """
    if manifest is None:
        return NOT_FOUND
    if not tells_health and "status" not in manifest:
        return UNOBSERVED
    return interpreter.assess(manifest, now)


def unreadable(cluster: ClusterName, keys: Iterable[ResourceKey], why: str) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses of these objects on a member that could not be read."""
    return {key: ClusterStatus(cluster, False, _UNKNOWN, why) for key in keys}


def unread_member(work: Work, reported: Iterable[ResourceKey], why: str) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses on a member that could not be read, of all that it must hold, and of all that it reported a status of."""
    return unreadable(work.cluster, sorted({*(one.declared for one in work.manifests), *reported}), why)

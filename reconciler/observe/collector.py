"""After a member was written to: how each object fares there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.changes import Action, Change, Outcome
from reconciler.model.health import CURRENT, NOT_FOUND, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import Manifest, is_going
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus
from reconciler.observe.reflected import reflected
from reconciler.plan.changeset import LEAVING

_REMOVALS = frozenset({Action.PRUNE, Action.RELEASE})
_UNKNOWN = Health(HealthStatus.UNKNOWN, "the member could not be read")


def statuses(
    outcomes: Iterable[Outcome],
    live: LiveView,
    now: datetime,
    tells_health: bool,
    interpreter: Interpreter = BUILT_IN,
    memo: Memo | None = None,
) -> Mapping[ResourceKey, ClusterStatus]:
    """The status of everything wanted on this member, and of what should be gone but is not.

    live: what the member holds now, after the outcomes. memo: remembers what single objects said of themselves.
    """
    found = {}
    remembering = memo or Memo()
    for outcome in outcomes:
        change = outcome.change
        record = live.records.get(change.key)
        if change.action is Action.UNCHANGED and record is not None and not _depends_on_time(change.key):
            found[change.key] = remembering(_unchanged, change, record, live.cluster, interpreter, now=now)
            continue
        going = _is_going(outcome, live)
        gone = not going and (change.key not in live.objects or (change.action in _REMOVALS and outcome.done))
        # What is skipped and was never there could not be rendered: it is wanted all the same.
        if change.desired is None and gone and not (change.action is Action.SKIP and change.live is None):
            continue
        manifest = live.objects.get(change.key)
        health = health_of(manifest, now, tells_health, interpreter)
        found[change.key] = _status(outcome, live.cluster, health, reflected(manifest, interpreter, now), going=going)
    return found


def _unchanged(change: Change, record: Record, cluster: ClusterName, interpreter: Interpreter, *, now: datetime) -> ClusterStatus:
    """The very same status as long as neither the object nor what is wanted of it changes."""
    manifest = record.manifest
    return _status(
        Outcome(change), cluster, interpreter.assess(manifest, now), reflected(manifest, interpreter, now), going=False
    )


def _is_going(outcome: Outcome, live: LiveView) -> bool:
    """Whether it is there still and will not be for long. What was to stay as it is need not be looked at."""
    key, action = outcome.change.key, outcome.change.action
    return action in (Action.PRUNE, Action.SKIP) and key in live.objects and is_going(live.objects[key])


def _depends_on_time(key: ResourceKey) -> bool:
    """A Pod that waits for a node does so for a while (`interpreter/pod.py`); nothing else ages without being written to."""
    return (key.group, key.kind) == ("", "Pod")


def _status(outcome: Outcome, cluster: ClusterName, health: Health, reflection: Manifest, *, going: bool) -> ClusterStatus:
    change = outcome.change
    applied = outcome.done and change.action is not Action.SKIP and change.desired is not None
    return ClusterStatus(
        cluster=cluster,
        applied=applied,
        health=health if applied or going else Health(HealthStatus.UNKNOWN),
        message="" if applied else outcome.error or (LEAVING if going and change.desired is None else change.reason),
        digest=change.desired.public_digest if applied and change.desired else "",
        corrected=change.reason if applied and change.drift else "",
        reflected=reflection,
    )


def health_of(manifest: Manifest | None, now: datetime, tells_health: bool, interpreter: Interpreter = BUILT_IN) -> Health:
    """What the interpreter makes of it; where nobody reports a status, written counts as Current."""
    if manifest is None:
        return NOT_FOUND
    if not tells_health and "status" not in manifest:
        return CURRENT
    return interpreter.assess(manifest, now)


def unreadable(cluster: ClusterName, keys: Iterable[ResourceKey], why: str) -> Mapping[ResourceKey, ClusterStatus]:
    """The statuses on a member that could not be looked at."""
    return {key: ClusterStatus(cluster, False, _UNKNOWN, why) for key in keys}

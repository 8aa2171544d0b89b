"""After a member was written to: how each object fares there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.interpreter.order import BUILT_IN, Interpreter
from reconciler.model.changes import Action, Outcome
from reconciler.model.health import CURRENT, NOT_FOUND, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.recorded import ClusterStatus
from reconciler.observe.aggregate import reflected

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
    look = _Look(live, now, tells_health, interpreter, memo or Memo())
    for outcome in outcomes:
        change = outcome.change
        gone = change.key not in live.objects or (change.action in _REMOVALS and outcome.done)
        # What is skipped and was never there could not be rendered: it is wanted all the same.
        if change.desired is None and gone and not (change.action is Action.SKIP and change.live is None):
            continue
        applied = outcome.done and change.action is not Action.SKIP and change.desired is not None
        found[change.key] = ClusterStatus(
            cluster=live.cluster,
            applied=applied,
            health=look.health(change.key) if applied else Health(HealthStatus.UNKNOWN),
            message="" if applied else outcome.error or change.reason,
            digest=change.desired.public_digest if applied and change.desired else "",
            corrected=change.reason if applied and change.drift else "",
            reflected=look.reflected(change.key),
        )
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """At one member's objects. What is remembered of a record is what does not depend on the time: an object that is Current
    stays so until it changes."""

    live: LiveView
    now: datetime
    tells_health: bool
    interpreter: Interpreter
    memo: Memo

    def health(self, key: ResourceKey) -> Health:
        record = self.live.records.get(key)
        if record is None:
            return health_of(self.live.objects.get(key), self.now, self.tells_health, self.interpreter)
        known = self.memo(_assessed, record, self.interpreter, now=self.now)
        return known if known.status is HealthStatus.CURRENT else self.interpreter.assess(record.manifest, self.now)

    def reflected(self, key: ResourceKey) -> Manifest:
        record = self.live.records.get(key)
        if record is None:
            return reflected(self.live.objects.get(key), self.interpreter, self.now)
        return self.memo(_reflected, record, self.interpreter, now=self.now)


def _assessed(record: Record, interpreter: Interpreter, *, now: datetime) -> Health:
    return interpreter.assess(record.manifest, now)


def _reflected(record: Record, interpreter: Interpreter, *, now: datetime) -> Manifest:
    return reflected(record.manifest, interpreter, now)


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

"""Acts on FederatedHPAs and CronFederatedHPAs between passes: reads members, and finds the scales that the next pass records.

Only a process that stays (`run`) does so, and only the one that decides. What is remembered between reads (recommendations,
recent changes) is lost with the process: the next one begins with the present number as the first recommendation, as
kube-controller-manager does, so that it removes nothing at once. A scale is recorded where a number or a condition changes, and
not with each read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from reconciler.autoscale.firings import begun, due_firings, fired, next_firing
from reconciler.autoscale.normalize import Memory
from reconciler.autoscale.pods import metric_reading, pod_of
from reconciler.autoscale.reading import MetricReading, Reading
from reconciler.autoscale.recommend import ACTIVE, LIMITED, Recommendation, recommend
from reconciler.cluster.member_protocol import Measurement, MemberClient, MemberError
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.condition import Condition, condition_of, whole_seconds
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.customization import Operation
from reconciler.model.desired import DesiredState
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.scale import FEDERATED_HPA, RecordedCron, RecordedScale
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled, CompiledTemplate

_ANSWERS_WITHIN = 10.0
"""Seconds that a member has to answer."""
_NONE = "this process reads none of its members: they are not Ready, or have an agent or no API server"
_AT_ONCE = 16
"""Workloads that are read at the same time."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """What is new, by object."""

    scales: Mapping[ResourceKey, RecordedScale] = field(default_factory=dict)
    crons: Mapping[ResourceKey, RecordedCron] = field(default_factory=dict)

    @property
    def is_news(self) -> bool:
        return bool(self.scales or self.crons)

    def on(self, state: RecordedState) -> RecordedState:
        """The state with it; the same state where there is nothing new."""
        if not self.is_news:
            return state
        scales, crons = {**state.scales, **self.scales}, {**state.crons, **self.crons}
        return replace(state, scales=dict(sorted(scales.items())), crons=dict(sorted(crons.items())))

    def followed_by(self, later: Scaled) -> Scaled:
        return Scaled({**self.scales, **later.scales}, {**self.crons, **later.crons})


class Autoscaling:
    """What outlives a look."""

    def __init__(self) -> None:
        self.found = Scaled()
        """What no pass has taken yet."""
        self._memories: dict[ResourceKey, Memory] = {}
        self._firings = _Firings()
        self._last_read: datetime | None = None

    def keep(self, found: Scaled) -> None:
        """For the next pass."""
        self.found = self.found.followed_by(found)

    def take(self, state: RecordedState) -> RecordedState:
        """The state with what was found since the last pass began; the same state where that is nothing."""
        found, self.found = self.found, Scaled()
        return found.on(state)

    async def look(self, reconciliation: Reconciliation, compiled: Compiled, state: RecordedState) -> Scaled:
        """compiled: of the last pass. state: what the next pass would start from. Costs requests to members only where a read is
        due."""
        desired, now = compiled.desired, reconciliation.clock()
        if not desired.autoscalers:
            return Scaled()
        found = Scaled()
        if self._firings.are_due(desired, state, now):
            found = _fired(desired, compiled, state, now)
            self._firings.known = found.on(state).crons
        if desired.federated_hpas and self._reads(now, desired.settings.autoscaling_interval):
            self._last_read = now
            found = found.followed_by(await self._read(reconciliation, compiled, found.on(state)))
        return found

    def _reads(self, now: datetime, interval: timedelta) -> bool:
        """Whether a read is due; so it is where the clock was set back."""
        return self._last_read is None or not self._last_read <= now < self._last_read + interval

    async def _read(self, reconciliation: Reconciliation, compiled: Compiled, state: RecordedState) -> Scaled:
        """Of several FederatedHPAs of one workload, the first acts (`pipeline/check_autoscalers.py` tells)."""
        first = {
            one.target: one for one in reversed(compiled.desired.federated_hpas) if not _may_be_of_another(one, compiled, state)
        }
        acting = [one for one in first.values() if _is_placed(compiled.templates.get(one.target))]
        slots = asyncio.Semaphore(_AT_ONCE)

        async def read(hpa: FederatedHpa) -> Reading:
            async with slots:
                return await _reading(hpa, reconciliation, compiled, state)

        readings = await asyncio.gather(*map(read, acting))
        now, scales, memories = reconciliation.clock(), dict[ResourceKey, RecordedScale](), dict[ResourceKey, Memory]()
        for hpa, reading in zip(acting, readings, strict=True):
            asked = recommend(with_limits(hpa, state), reading, self._memories.get(hpa.key, Memory()), now)
            memories[hpa.key] = asked.memory
            before = state.scales.get(hpa.target)
            after = _recorded(hpa, reading, asked, before, now)
            if after is not before:
                scales[hpa.target] = after
        self._memories = memories
        return Scaled(scales)


class _Firings:
    """When rules of CronFederatedHPAs are looked at: at the next firing, and where something changed that it depends on."""

    def __init__(self) -> None:
        self._next = self._last = datetime.min.replace(tzinfo=UTC)
        self._autoscalers: tuple[FederatedHpa | CronFederatedHpa, ...] = ()
        self._broken: frozenset[str] = frozenset()
        self.known: Mapping[ResourceKey, RecordedCron] = {}
        """What is recorded after the last look."""

    def are_due(self, desired: DesiredState, state: RecordedState, now: datetime) -> bool:
        """Once for each time that they are. So it is where the clock was set back, and where another record took the place of the
        last one, which may lack a firing."""
        crons = desired.cron_federated_hpas
        same = desired.autoscalers is self._autoscalers and desired.broken_files == self._broken and state.crons == self.known
        waits = self._last <= now < self._next
        self._autoscalers, self._broken, self._last = desired.autoscalers, desired.broken_files, now
        if same and waits:
            return False
        moments = [moment for cron in crons for rule in cron.rules if (moment := next_firing(rule, now)) is not None]
        self._next = min(moments, default=datetime.max.replace(tzinfo=UTC))
        return bool(crons)


def with_limits(hpa: FederatedHpa, state: RecordedState) -> FederatedHpa:
    """With the limits in force: those that a cron rule set, or its own. Where one that a rule set contradicts one of the file,
    which was edited since, that of the file counts."""
    set_by_cron = state.scales.get(hpa.key)
    if set_by_cron is None:
        return hpa
    minimum = hpa.minimum if set_by_cron.minimum is None else set_by_cron.minimum
    maximum = hpa.maximum if set_by_cron.maximum is None else set_by_cron.maximum
    if minimum > maximum:
        minimum = maximum = hpa.maximum if set_by_cron.maximum is None else hpa.minimum
    return replace(hpa, minimum=minimum, maximum=maximum)


def _may_be_of_another(hpa: FederatedHpa, compiled: Compiled, state: RecordedState) -> bool:
    """Whether another one set the scale of its workload, which may be in a file with an error: that one acts again later."""
    scale, desired = state.scales.get(hpa.target), compiled.desired
    if scale is None or not desired.broken_files or (scale.by.group, scale.by.kind) != FEDERATED_HPA:
        return False
    return all(one.key != scale.by for one in desired.federated_hpas)


def _is_placed(item: CompiledTemplate | None) -> bool:
    return (
        item is not None and item.template.parent is None and item.decided.claim.policy is not None and bool(item.placed.targets)
    )


async def _reading(hpa: FederatedHpa, reconciliation: Reconciliation, compiled: Compiled, state: RecordedState) -> Reading:
    item = compiled.templates[hpa.target]
    scaled = state.scales.get(hpa.target)
    try:
        stated = compiled.interpreter.count(item.template.manifest)
    except MalformedObjectError as error:
        return Reading(0, 0, (), (), error=error.message)
    replicas = stated if scaled is None or scaled.replicas is None else scaled.replicas
    names = [target.name for target in item.placed.targets]
    clients = {name: reconciliation.fleet.clients[name] for name in names if _is_read(name, reconciliation, state)}
    answers = await asyncio.gather(*(_measured(client, hpa, item) for client in clients.values()))
    found = {name: one for name, one in zip(clients, answers, strict=True) if isinstance(one, Measurement)}
    silent = {name: "it is not Ready" for name in names if name in reconciliation.fleet.clients and name not in clients}
    silent |= {name: one for name, one in zip(clients, answers, strict=True) if isinstance(one, str)}
    if not found:
        failed = [one for one in answers if isinstance(one, str)]
        why = failed[0] if failed else _NONE
        return Reading(replicas, 0, (), (), error=why)
    spec, status = (sum(_count(one, part) for one in found.values()) for part in ("spec", "status"))
    if not spec and replicas:
        return Reading(replicas, 0, (), (), error="the members do not hold any replica yet")
    pods = tuple(pod_of(name, pod) for name, one in found.items() for pod in one.pods)
    metrics = _metrics(hpa, found, silent, reconciliation.clock())
    return Reading(replicas, status, pods, metrics, _calibration(state.decisions.get(hpa.target), found))


def _calibration(decision: RecordedDecision | None, read: Iterable[ClusterName]) -> float:
    """As `Reading.calibration`."""
    if decision is None or not decision.binding.replicas:
        return 1.0
    held = sum(decision.replicas_on(name) or 0 for name in read)
    return held / decision.binding.replicas if held else 1.0


def _metrics(
    hpa: FederatedHpa, found: Mapping[ClusterName, Measurement], silent: Mapping[ClusterName, str], now: datetime
) -> tuple[MetricReading, ...]:
    """silent: why members that were to be read were not."""
    return tuple(
        metric_reading(metric, {**{name: one.metrics[place] for name, one in found.items()}, **silent}, now)
        for place, metric in enumerate(hpa.metrics)
    )


def _is_read(name: ClusterName, reconciliation: Reconciliation, state: RecordedState) -> bool:
    recorded = state.clusters.get(name)
    return name in reconciliation.fleet.clients and recorded is not None and recorded.ready


async def _measured(client: MemberClient, hpa: FederatedHpa, item: CompiledTemplate) -> Measurement | str | None:
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            return await client.measure(item.template.gvk, hpa.target, hpa.metrics)
    except MemberError as error:
        return error.message
    except TimeoutError:
        return f"{client.name} did not answer within {_ANSWERS_WITHIN:g} s"


def _count(measurement: Measurement, part: str) -> int:
    count = get(measurement.scale, part, "replicas", default=0)
    return count if isinstance(count, int) else 0


def _recorded(
    hpa: FederatedHpa, reading: Reading, asked: Recommendation, before: RecordedScale | None, now: datetime
) -> RecordedScale:
    """What is to be recorded; `before` itself where neither the number nor a condition changed, nor the name of the FederatedHPA
    that found it."""
    last = before or RecordedScale(hpa.target, hpa.key)
    if (last.by.group, last.by.kind) == FEDERATED_HPA:
        last = last if last.by == hpa.key else replace(last, by=hpa.key)
    changed = asked.replicas != reading.replicas
    conditions = tuple(_condition(one, last.conditions, now, changed=changed) for one in asked.conditions)
    if last is before and not changed and list(map(_said, conditions)) == list(map(_said, last.conditions)):
        return last
    if not changed:
        reasons = last.reasons if last.replicas is not None else asked.reasons
        return replace(last, conditions=conditions, reasons=reasons)
    since = whole_seconds(now)
    return RecordedScale(hpa.target, hpa.key, replicas=asked.replicas, since=since, reasons=asked.reasons, conditions=conditions)


def _condition(new: Condition, before: tuple[Condition, ...], now: datetime, *, changed: bool) -> Condition:
    """changed: whether the number is another one. That a limit no longer holds is told with the next number: load that stays near
    the limit would make a commit with each read."""
    last = condition_of(before, new.type)
    if last is not None and new.type == LIMITED and last.status == "True" and not changed:
        return last
    since = last.since if last is not None and last.status == new.status else whole_seconds(now)
    return replace(new, since=since)


def _said(condition: Condition) -> tuple[str, str, str]:
    """What of a condition is news: not why something is as it should be, which may change with each read."""
    counts = condition.status == "False" and condition.type != LIMITED
    return condition.type, condition.status, condition.reason if counts or condition.type == ACTIVE else ""


def _fired(desired: DesiredState, compiled: Compiled, state: RecordedState, now: datetime) -> Scaled:
    known = {one.key: begun(one, state.crons.get(one.key), now) for one in desired.cron_federated_hpas}
    news = Scaled({}, {key: cron for key, cron in known.items() if cron is not state.crons.get(key)})
    for due in due_firings(desired.cron_federated_hpas, known, now):
        scales = news.on(state).scales
        why_not, limits = _target(due.cron, desired, compiled, news.on(state))
        if why_not and desired.broken_files:  # What is missing may be in such a file. It is caught up when that is read again.
            continue
        scale, known[due.cron.key] = fired(due, scales, known[due.cron.key], why_not, limits, now)
        news = news.followed_by(Scaled({} if scale is None else {scale.key: scale}, {due.cron.key: known[due.cron.key]}))
    return news


def _target(
    cron: CronFederatedHpa, desired: DesiredState, compiled: Compiled, state: RecordedState
) -> tuple[str, tuple[int, int] | None]:
    """Why the target of a cron cannot be set, empty where it can, and the limits in force of a FederatedHPA."""
    if cron.sets_limits:
        hpa = next((one for one in desired.federated_hpas if one.key == cron.target), None)
        if hpa is None:
            return f"no file declares {cron.target}", None
        limits = with_limits(hpa, state)
        return "", (limits.minimum, limits.maximum)
    item = compiled.templates.get(cron.target)
    if item is None or item.decided.claim.policy is None:
        return f"no policy of the repository claims {cron.target}", None
    if item.template.parent is not None:
        return f"{item.template.parent.key} makes {cron.target}, and states its replicas", None
    if not compiled.interpreter.has_rule(item.template.gvk, Operation.REPLICAS):
        return f"no rule says where {cron.target} has replicas", None
    return "", None

"""How many replicas one metric asks for (Kubernetes: pkg/controller/podautoscaler, replica_calculator.go).

The number of the ready Pods, times how far the metric is from its target. Pods that tell nothing yet count so that the change
gets smaller, and never turns to the other direction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.autoscale.reading import MetricReading, Pod, PodName, Reading, Sample, Samples
from reconciler.autoscale.requests import NoRequestError, requests_of
from reconciler.model.federated_hpa import Metric, MetricType
from reconciler.model.quantity import Format, Quantity
from reconciler.model.wording import plural

MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Timing:
    """The flags of kube-controller-manager that Karmada has, too."""

    cpu_initialization: timedelta = timedelta(minutes=5)
    """How long after its start the cpu of a Pod that is not ready does not count."""
    initial_readiness: timedelta = timedelta(seconds=30)
    """A Pod that became unready within this time of its start was never ready."""
    tolerance: float = 0.1
    down_window: int = 300
    """Seconds, where a FederatedHPA has no behaviour."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    down: float
    up: float

    def covers(self, ratio: float) -> bool:
        return (1.0 - self.down) <= ratio <= (1.0 + self.up)


class NoProposalError(ValueError):
    """The metric tells nothing: the message says why."""


@dataclass(frozen=True, slots=True)
class Proposal:
    replicas: int
    words: str
    """The arithmetic, as a sentence without its end."""


@dataclass(frozen=True, slots=True)
class _Groups:
    ready: int
    unready: frozenset[PodName]
    missing: frozenset[PodName]
    ignored: frozenset[PodName]


def propose(
    metric: Metric, read: MetricReading, reading: Reading, tolerances: Tolerances, timing: Timing, now: datetime
) -> Proposal:
    """Raises NoProposalError."""
    if read.error:
        raise NoProposalError(read.error)
    if metric.type is MetricType.OBJECT:
        return _of_object(metric, read.value or 0, reading, tolerances)
    if not reading.pods:
        raise NoProposalError("no Pod has the labels of its selector")
    resource = metric.name if metric.type is not MetricType.PODS else ""
    groups = _grouped(reading.pods, read.samples, resource, timing, now)
    samples = {name: one for name, one in read.samples.items() if name not in groups.ignored and name not in groups.unready}
    if not samples:
        raise NoProposalError("there are no metrics of its Pods, which may not be ready yet")
    gauge = _gauge(metric, reading.pods)
    return _of_pods(gauge, samples, groups, reading, tolerances)


@dataclass(frozen=True, slots=True)
class _Gauge:
    """What is compared: an average per Pod, or percent of the requests."""

    metric: Metric
    requests: Mapping[PodName, int] | None = None
    """None: an average."""

    @property
    def target(self) -> int:
        target = self.metric.target
        return (target.average or 0) if self.requests is None else (target.utilization or 0)

    def level(self, samples: Samples) -> int:
        """In thousandths, or percent; a fraction is cut off."""
        if self.requests is None:
            return _quotient(sum(one.value for one in samples.values()), len(samples))
        known = [name for name in samples if name in self.requests]
        requested = sum(self.requests[name] for name in known)
        if not requested:
            raise NoProposalError("the Pods with metrics request nothing of it")
        return _quotient(sum(samples[name].value for name in known) * 100, requested)

    def ratio(self, samples: Samples) -> float:
        return float(self.level(samples)) / float(self.target)

    def fallback(self, name: PodName) -> int:
        """What a Pod without a metric counts as where replicas would be removed: the target, or at least all that it requests."""
        if self.requests is None:
            return self.target
        return _quotient(self.requests[name] * max(100, self.target), 100)

    def words(self, samples: Samples) -> str:
        level = self.level(samples)
        if self.requests is None:
            return f"{_printed(self.metric, level)} on average, target {_printed(self.metric, self.target)}"
        return f"{level} % of the requests, target {self.target} %"


def _gauge(metric: Metric, pods: Iterable[Pod]) -> _Gauge:
    if metric.target.average is not None:
        return _Gauge(metric)
    try:
        return _Gauge(metric, requests_of(pods, metric.name, metric.container))
    except NoRequestError as error:
        raise NoProposalError(str(error)) from None


def _of_pods(
    gauge: _Gauge, samples: dict[PodName, Sample], groups: _Groups, reading: Reading, tolerances: Tolerances
) -> Proposal:
    current, ratio, calibration = reading.replicas, gauge.ratio(samples), reading.calibration
    said = f"{gauge.metric}: {gauge.words(samples)}, over {plural(len(samples), 'Pod')}"
    up_with_unready = bool(groups.unready) and ratio > 1.0
    if not up_with_unready and not groups.missing:
        if tolerances.covers(ratio):
            return Proposal(current, f"{said}: within the tolerance")
        count = _ceiling(ratio * float(groups.ready) / calibration)
        return Proposal(count, f"{said}: {groups.ready} × {ratio:.3g}{_by(calibration)} → {count}")
    filled, counted = _filled(gauge, samples, groups, ratio, up_with_unready=up_with_unready)
    said += counted
    again = gauge.ratio(filled)
    if tolerances.covers(again) or (ratio < 1.0 < again) or (again < 1.0 < ratio):
        return Proposal(current, f"{said}: then within the tolerance")
    count = _ceiling(again * float(len(filled)) / calibration)
    if (again < 1.0 and count > current) or (again > 1.0 and count < current):
        return Proposal(current, f"{said}: then nothing changes in this direction")
    return Proposal(count, f"{said}: {len(filled)} × {again:.3g}{_by(calibration)} → {count}")


def _filled(
    gauge: _Gauge, samples: Samples, groups: _Groups, ratio: float, *, up_with_unready: bool
) -> tuple[dict[PodName, Sample], str]:
    """The samples with those of Pods that tell nothing yet, and what these count as, in words."""
    filled, counted = dict(samples), []
    nothing = Sample(0, datetime.min, timedelta(0))
    if groups.missing and ratio < 1.0:
        filled |= {name: Sample(gauge.fallback(name), datetime.min, timedelta(0)) for name in groups.missing}
        counted.append(f"{plural(len(groups.missing), 'Pod')} without metrics at the full value")
    elif groups.missing and ratio > 1.0:
        filled |= dict.fromkeys(groups.missing, nothing)
        counted.append(f"{plural(len(groups.missing), 'Pod')} without metrics as 0")
    if up_with_unready:
        filled |= dict.fromkeys(groups.unready, nothing)
        counted.append(f"{plural(len(groups.unready), 'Pod')} not ready as 0")
    return filled, "".join(f", {words}" for words in counted)


def _of_object(metric: Metric, usage: int, reading: Reading, tolerances: Tolerances) -> Proposal:
    said, current = f"{metric}: {_printed(metric, usage)}", reading.replicas
    if metric.target.value is not None:
        ratio, target = float(usage) / float(metric.target.value), _printed(metric, metric.target.value)
        if tolerances.covers(ratio):
            return Proposal(current, f"{said}, target {target}: within the tolerance")
        if not reading.pods:
            raise NoProposalError("no Pod has the labels of its selector")
        ready = sum(pod.is_ready for pod in reading.pods)
        count = _ceiling(ratio * float(ready) / reading.calibration)
        return Proposal(count, f"{said}, target {target}: {ready} ready Pods × {ratio:.3g}{_by(reading.calibration)} → {count}")
    average, running = metric.target.average or 0, reading.status_replicas
    said += f" over {plural(running, 'Pod')}, target {_printed(metric, average)} each"
    if running and tolerances.covers(float(usage) / (float(average) * float(running))):
        return Proposal(_ceiling(running / reading.calibration), f"{said}: within the tolerance")
    count = _ceiling(float(usage) / float(average) / reading.calibration)
    return Proposal(count, f"{said}{_by(reading.calibration)} → {count}")


def _grouped(pods: Iterable[Pod], samples: Samples, resource: str, timing: Timing, now: datetime) -> _Groups:
    ready, unready, missing, ignored = 0, set[PodName](), set[PodName](), set[PodName]()
    for pod in pods:
        if pod.terminating or pod.phase == "Failed":
            ignored.add(pod.name)
        elif pod.phase == "Pending":
            unready.add(pod.name)
        elif pod.name not in samples:
            missing.add(pod.name)
        elif resource == "cpu" and _starts(pod, samples[pod.name], timing, now):
            unready.add(pod.name)
        else:
            ready += 1
    return _Groups(ready, frozenset(unready), frozenset(missing), frozenset(ignored))


def _starts(pod: Pod, sample: Sample, timing: Timing, now: datetime) -> bool:
    """Whether its cpu does not count, because it starts: it may work harder than later."""
    if pod.ready is None or pod.started is None:
        return True
    is_down, since = pod.ready.status == "False", pod.ready.since or datetime.min.replace(tzinfo=now.tzinfo)
    if pod.started + timing.cpu_initialization > now:
        return is_down or sample.at < since + sample.window
    return is_down and pod.started + timing.initial_readiness > since


def _quotient(dividend: int, divisor: int) -> int:
    """Cut off towards zero, as whole numbers are divided in Go."""
    found = abs(dividend) // abs(divisor)
    return found if (dividend < 0) == (divisor < 0) else -found


def _ceiling(count: float) -> int:
    return min(MOST, math.ceil(count))


def _by(calibration: float) -> str:
    return "" if calibration == 1.0 else f" / {calibration:.3g} (replicas that members are to hold for each one of the template)"


def _printed(metric: Metric, thousandths: int) -> str:
    form = Format.BINARY_SI if metric.name == "memory" else Format.DECIMAL_SI
    return str(Quantity(thousandths, -3, form))

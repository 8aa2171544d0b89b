"""One step of a FederatedHPA: what the members showed and what is remembered in, the number of replicas and its reasons out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.autoscale.normalize import Memory, limited, remembered, stabilized, with_change
from reconciler.autoscale.proposals import NoProposalError, Proposal, Timing, Tolerances, propose
from reconciler.autoscale.reading import Reading
from reconciler.model.condition import Condition
from reconciler.model.federated_hpa import FederatedHpa, Metric, MetricType

DEFAULT_TIMING = Timing()
ABLE, ACTIVE, LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
"""Types of the conditions."""
_FAILED = {
    MetricType.RESOURCE: "FailedGetResourceMetric",
    MetricType.CONTAINER_RESOURCE: "FailedGetContainerResourceMetric",
    MetricType.PODS: "FailedGetPodsMetric",
    MetricType.OBJECT: "FailedGetObjectMetric",
}


@dataclass(frozen=True, slots=True)
class Recommendation:
    replicas: int
    """Over all clusters, as the template is to state it; that of the reading where nothing changes."""
    conditions: tuple[Condition, ...]
    """Sorted by type, without times."""
    reasons: tuple[str, ...]
    """The arithmetic, one sentence each."""
    memory: Memory


def recommend(
    hpa: FederatedHpa, reading: Reading, memory: Memory, now: datetime, timing: Timing = DEFAULT_TIMING
) -> Recommendation:
    """hpa: with the limits in force. Nothing is removed, and nothing added, where nothing can be read."""
    current = reading.replicas
    if reading.error:
        failed = Condition(ABLE, "False", None, "FailedGetScale", f"the scale of {hpa.target} cannot be read: {reading.error}")
        return Recommendation(current, (failed,), (), memory)
    memory = remembered(memory, current, now)
    able = Condition(ABLE, "True", None, "SucceededGetScale", "the scale can be read")
    if current == 0:
        words = "the workload has 0 replicas, which turns scaling off"
        return Recommendation(current, (able, Condition(ACTIVE, "False", None, "ScalingDisabled", words)), (words,), memory)
    if not hpa.minimum <= current <= hpa.maximum:
        name, bound = ("maxReplicas", hpa.maximum) if current > hpa.maximum else ("minReplicas", hpa.minimum)
        words = f"{current} replicas are {'more' if current > hpa.maximum else 'fewer'} than {name} → {bound}"
        return Recommendation(bound, (able,), (words,), with_change(memory, current, bound, hpa.behavior, now))
    return _by_metrics(hpa, reading, memory, timing, now)


def _by_metrics(hpa: FederatedHpa, reading: Reading, memory: Memory, timing: Timing, now: datetime) -> Recommendation:
    current, able = reading.replicas, Condition(ABLE, "True", None, "SucceededGetScale", "the scale can be read")
    best, failures, words = _best(hpa, reading, timing, now)
    if best is None or (failures and best.replicas < current):
        metric, why = failures[0]
        message = f"{metric}: {why}" + ("" if best is None else "; nothing is removed while a metric is unknown")
        return Recommendation(current, (able, Condition(ACTIVE, "False", None, _FAILED[metric.type], message)), words, memory)
    active = Condition(ACTIVE, "True", None, "ValidMetricFound", "metrics can be read")
    steady, memory = stabilized(current, best.replicas, hpa.behavior, memory, timing.down_window, now)
    final = limited(current, steady.replicas, hpa.minimum, hpa.maximum, hpa.behavior, memory, now)
    reasons = [*words]
    if steady.words:
        reasons.append(f"{best.replicas} → {steady.replicas}: {steady.words}")
    if final.replicas != steady.replicas:
        reasons.append(f"{steady.replicas} → {final.replicas}: limited by {final.words}")
    is_limited = "True" if final.replicas != steady.replicas else "False"
    limit = Condition(LIMITED, is_limited, None, final.reason, f"limited by {final.words}" if is_limited == "True" else "")
    scaled = Condition(ABLE, "True", None, steady.reason, steady.words)
    memory = with_change(memory, current, final.replicas, hpa.behavior, now)
    return Recommendation(final.replicas, (scaled, active, limit), tuple(reasons), memory)


def _best(
    hpa: FederatedHpa, reading: Reading, timing: Timing, now: datetime
) -> tuple[Proposal | None, list[tuple[Metric, str]], tuple[str, ...]]:
    """The highest proposal, the metrics that tell nothing, and all words."""
    tolerances = _tolerances(hpa, timing)
    best: Proposal | None = None
    failures: list[tuple[Metric, str]] = []
    words: list[str] = []
    for metric, read in zip(hpa.metrics, reading.metrics, strict=True):
        try:
            proposal = propose(metric, read, reading, tolerances, timing, now)
        except NoProposalError as error:
            failures.append((metric, str(error)))
            words.append(f"{metric}: {error}")
            continue
        words.append(proposal.words)
        if best is None or best.replicas == 0 or proposal.replicas > best.replicas:
            best = proposal
    return best, failures, tuple(words)


def _tolerances(hpa: FederatedHpa, timing: Timing) -> Tolerances:
    stated = (None, None) if hpa.behavior is None else (hpa.behavior.down.tolerance, hpa.behavior.up.tolerance)
    down, up = (timing.tolerance if one is None else one for one in stated)
    return Tolerances(down, up)

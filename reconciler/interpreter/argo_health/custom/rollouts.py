"""Progressive delivery: Argo Rollouts (and Spot's copy of it), Flagger, Kruise Rollouts."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    NOT_REPORTED,
    PROGRESSING,
    SUSPENDED,
    Lagging,
    When,
    absent,
    conditions,
    number,
    rule,
    word,
    words,
)
from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, annotations_of, get, mapping, sequence, text

_UNSEEN = Opinion(PROGRESSING, "the present generation has not been seen yet")
_ABORTED = frozenset({"RolloutAborted", "ProgressDeadlineExceeded"})


def _unseen(manifest: Manifest) -> Opinion | None:
    """Argo Rollouts writes the generation as text. Before v0.10 it was a hash, which may look like a number, a far larger one."""
    if get(manifest, "status") is None:
        return _UNSEEN
    observed, generation = _as_number(get(manifest, "status", "observedGeneration")), number(manifest, "metadata", "generation")
    if observed is not None and observed < generation:
        return _UNSEEN
    return None if "workloadRef" not in mapping(manifest, "spec") else _workload_unseen(manifest)


def _workload_unseen(manifest: Manifest) -> Opinion | None:
    """A Rollout may borrow its template from a Deployment, whose generation is then told in an annotation."""
    if get(manifest, "metadata", "annotations") is None:
        return None
    wanted = _as_number(annotations_of(manifest).get("rollout.argoproj.io/workload-generation"))
    return None if wanted == _as_number(get(manifest, "status", "workloadObservedGeneration")) else _UNSEEN


def _as_number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None


def _stopped(manifest: Manifest) -> Opinion | None:
    waiting = sequence(manifest, "status", "pauseConditions") or get(manifest, "spec", "paused") is True
    return Opinion(SUSPENDED, "the rollout is paused") if waiting else None


def _counts(manifest: Manifest) -> Opinion | None:
    """For versions before v1.0, which told no phase."""
    wanted = number(manifest, "spec", "replicas", default=1)
    existing, updated, available = (
        number(manifest, "status", name) for name in ("replicas", "updatedReplicas", "availableReplicas")
    )
    if updated < wanted:
        return Opinion(PROGRESSING, f"{updated} of {wanted} replicas are updated")
    if available < updated:
        return Opinion(PROGRESSING, f"{available} of {updated} updated replicas are available")
    if "canary" in mapping(manifest, "spec", "strategy") and existing > updated:
        return Opinion(PROGRESSING, f"{existing - updated} old replicas have yet to go")
    return None


def _cutover(manifest: Manifest) -> Opinion | None:
    """All traffic must have reached the present template; where the stable one is noted has moved between versions."""
    status, strategy = mapping(manifest, "status"), mapping(manifest, "spec", "strategy")
    current = text(status, "currentPodHash")
    stable = text(status, "stableRS") or text(status, "canary", "stableRS")
    if not current:
        return NOT_REPORTED
    if "blueGreen" in strategy:
        if text(status, "blueGreen", "activeSelector") != current:
            return Opinion(PROGRESSING, "the active service has yet to switch over")
        return Opinion(PROGRESSING, "the analysis has yet to end") if stable not in ("", current) else None
    return Opinion(PROGRESSING, "steps are left") if "canary" in strategy and stable != current else None


_ROLLOUT = rule(
    _unseen,
    word("status.phase", {"Paused": SUSPENDED, **{str(verdict): verdict for verdict in Verdict}}, message="status.message"),
    conditions(When("InvalidSpec", None, DEGRADED), When("Progressing", None, DEGRADED, _ABORTED)),
    _stopped,
    absent("status.currentPodHash"),
    _counts,
    _cutover,
    otherwise=HEALTHY,
)


def _kruise(manifest: Manifest) -> Opinion | None:
    step, phase = text(manifest, "status", "canaryStatus", "currentStepState"), text(manifest, "status", "phase")
    match phase:
        case "Progressing" if step == "StepPaused":
            return Opinion(SUSPENDED, "waits for somebody's consent")
        case "Healthy" if step == "Completed":
            return ALL_WELL
        case "Terminating" | "Disabled" if step == "StepPaused":
            return Opinion(DEGRADED, f"{phase.lower()} halfway")
    return Opinion(PROGRESSING, text(manifest, "status", "message"))


RULES = {
    "Rollout.argoproj.io": _ROLLOUT,
    "SpotDeployment.spot.io": _ROLLOUT,
    "Canary.flagger.app": rule(
        word("status.phase", {"Failed": DEGRADED, **words(HEALTHY, "Initialized", "Succeeded")}, other=PROGRESSING)
    ),
    "Rollout.rollouts.kruise.io": rule(Lagging(strict=True), _kruise),
}

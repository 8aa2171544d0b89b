"""Progressive delivery: Argo Rollouts (and Spot's fork of it), Flagger, Kruise Rollouts."""

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
from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, annotations_of, get, mapping, sequence, text
from reconciler.model.wording import plural

_UNOBSERVED = ArgoHealth(PROGRESSING, "the current generation has not been observed yet")
_ABORTED = frozenset({"RolloutAborted", "ProgressDeadlineExceeded"})


def _unseen(manifest: Manifest) -> ArgoHealth | None:
    """The observed generation. Argo Rollouts writes it as text. Before v0.10 it was a hash, which can look like a very large
    number."""
    if get(manifest, "status") is None:
        return _UNOBSERVED
    observed, generation = _as_number(get(manifest, "status", "observedGeneration")), number(manifest, "metadata", "generation")
    if observed is not None and observed < generation:
        return _UNOBSERVED
    return None if "workloadRef" not in mapping(manifest, "spec") else _workload_unseen(manifest)


def _workload_unseen(manifest: Manifest) -> ArgoHealth | None:
    """A Rollout can use the template of a Deployment. An annotation then contains the generation of the Deployment."""
    if get(manifest, "metadata", "annotations") is None:
        return None
    desired = _as_number(annotations_of(manifest).get("rollout.argoproj.io/workload-generation"))
    return None if desired == _as_number(get(manifest, "status", "workloadObservedGeneration")) else _UNOBSERVED


def _as_number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None


def _stopped(manifest: Manifest) -> ArgoHealth | None:
    waiting = sequence(manifest, "status", "pauseConditions") or get(manifest, "spec", "paused") is True
    return ArgoHealth(SUSPENDED, "the rollout is paused") if waiting else None


def _counts(manifest: Manifest) -> ArgoHealth | None:
    """For versions before v1.0, which report no phase."""
    desired = number(manifest, "spec", "replicas", default=1)
    existing, updated, available = (
        number(manifest, "status", name) for name in ("replicas", "updatedReplicas", "availableReplicas")
    )
    if updated < desired:
        return ArgoHealth(PROGRESSING, f"{updated} of {desired} replicas are updated")
    if available < updated:
        return ArgoHealth(PROGRESSING, f"{available} of {updated} updated replicas are available")
    if "canary" in mapping(manifest, "spec", "strategy") and existing > updated:
        return ArgoHealth(PROGRESSING, f"{plural(existing - updated, 'old replica')} must still be removed")
    return None


def _cutover(manifest: Manifest) -> ArgoHealth | None:
    """All traffic must have reached the current template. The field with the stable one differs between versions."""
    status, strategy = mapping(manifest, "status"), mapping(manifest, "spec", "strategy")
    current = text(status, "currentPodHash")
    stable = text(status, "stableRS") or text(status, "canary", "stableRS")
    if not current:
        return NOT_REPORTED
    if "blueGreen" in strategy:
        if text(status, "blueGreen", "activeSelector") != current:
            return ArgoHealth(PROGRESSING, "the active service has not switched over yet")
        return ArgoHealth(PROGRESSING, "the analysis has not ended yet") if stable not in ("", current) else None
    return ArgoHealth(PROGRESSING, "steps are left") if "canary" in strategy and stable != current else None


_ROLLOUT = rule(
    _unseen,
    word("status.phase", {"Paused": SUSPENDED, **{str(code): code for code in ArgoHealthCode}}, message="status.message"),
    conditions(When("InvalidSpec", None, DEGRADED), When("Progressing", None, DEGRADED, _ABORTED)),
    _stopped,
    absent("status.currentPodHash"),
    _counts,
    _cutover,
    otherwise=HEALTHY,
)


def _kruise(manifest: Manifest) -> ArgoHealth | None:
    step, phase = text(manifest, "status", "canaryStatus", "currentStepState"), text(manifest, "status", "phase")
    match phase:
        case "Progressing" if step == "StepPaused":
            return ArgoHealth(SUSPENDED, "it waits for approval")
        case "Healthy" if step == "Completed":
            return ALL_WELL
        case "Terminating" | "Disabled" if step == "StepPaused":
            return ArgoHealth(DEGRADED, f"{phase.lower()} halfway")
    return ArgoHealth(PROGRESSING, text(manifest, "status", "message"))


RULES = {
    "Rollout.argoproj.io": _ROLLOUT,
    "SpotDeployment.spot.io": _ROLLOUT,
    "Canary.flagger.app": rule(
        word("status.phase", {"Failed": DEGRADED, **words(HEALTHY, "Initialized", "Succeeded")}, other=PROGRESSING)
    ),
    "Rollout.rollouts.kruise.io": rule(Lagging(strict=True), _kruise),
}

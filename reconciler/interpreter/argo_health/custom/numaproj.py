"""Numaflow's pipelines, and their rollouts by Numaplane."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    Lagging,
    When,
    absent,
    condition,
    conditions,
    has_condition,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, labels_of, text


def _failed_upgrade(manifest: Manifest) -> ArgoHealth | None:
    failed = labels_of(manifest).get("numaplane.numaproj.io/progressive-result-state") == "failed"
    return ArgoHealth(DEGRADED, "a progressive upgrade failed") if failed else None


_FLOW = rule(
    Lagging(strict=True),
    word("status.phase", {"Failed": DEGRADED}, message="status.message"),
    _failed_upgrade,
    conditions(When(None, "False", DEGRADED)),
    word("status.phase", words(HEALTHY, "Running", "Paused", "Pausing")),
)


def _deployed(manifest: Manifest) -> ArgoHealth | None:
    deployed = text(manifest, "status", "phase") == "Deployed" and has_condition(manifest, "ChildResourcesHealthy")
    return ALL_WELL if deployed else None


_ROLLOUT = rule(
    absent("status"),
    Lagging(strict=True),
    word("status.phase", {"Failed": DEGRADED, "Pending": PROGRESSING}, message="status.message"),
    conditions(condition("ProgressiveUpgradeSucceeded", false=DEGRADED, fresh=True)),
    conditions(
        condition("ChildResourcesHealthy", false=PROGRESSING, reasons=frozenset({"Progressing"}), fresh=True),
        condition("ChildResourcesHealthy", false=DEGRADED, fresh=True),
    ),
    conditions(
        condition("PipelinePausingOrPaused", true=HEALTHY, fresh=True),
        condition("MonoVertexPausingOrPaused", true=HEALTHY, fresh=True),
    ),
    _deployed,
)

RULES = {
    **{f"{kind}.numaflow.numaproj.io": _FLOW for kind in ("InterStepBufferService", "MonoVertex", "Pipeline", "Vertex")},
    **{
        f"{kind}.numaplane.numaproj.io": _ROLLOUT
        for kind in ("ISBServiceRollout", "MonoVertexRollout", "NumaflowControllerRollout", "PipelineRollout")
    },
}

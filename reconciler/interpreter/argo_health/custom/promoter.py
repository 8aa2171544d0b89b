"""GitOps Promoter (promoter.argoproj.io): each kind has a Ready condition, which must be about the present generation."""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    NOT_REPORTED,
    PROGRESSING,
    found,
    going,
    rule,
    told_by,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _ready(manifest: Manifest) -> Opinion | None:
    """None when it is. Its status may be a truth value: some versions wrote it so."""
    generation = get(manifest, "metadata", "generation")
    known = False
    for one in found(manifest, "Ready", status=None):
        known = True
        if None not in (generation, observed := get(one, "observedGeneration")) and observed != generation:
            return Opinion(PROGRESSING, f"generation {generation} has not been seen yet")
        match get(one, "status"):
            case "False" | False:
                return Opinion(DEGRADED, told_by(one))
            case "Unknown":
                return Opinion(PROGRESSING, told_by(one))
    return None if known else NOT_REPORTED


def _applications(manifest: Manifest) -> Opinion | None:
    return None if sequence(manifest, "status", "applicationsSelected") else Opinion(DEGRADED, "no applications are selected")


def _promoted(place: Any, name: str = "") -> Opinion | None:
    """Whether what is proposed for one environment is what is active there."""
    active, proposed = text(place, "active", "dry", "sha"), text(place, "proposed", "dry", "sha")
    if not active or not proposed:
        return Opinion(PROGRESSING, f"no {'proposed' if active else 'active'} commit {name}".rstrip())
    return None if active == proposed else Opinion(PROGRESSING, f"on the way from {active[:7]} to {proposed[:7]} {name}".rstrip())


def _policy(manifest: Manifest) -> Opinion | None:
    return _promoted(mapping(manifest, "status"))


def _strategy(manifest: Manifest) -> Opinion | None:
    places = sequence(manifest, "status", "environments")
    if not places:
        return Opinion(DEGRADED, "no environments are configured")
    if len({text(one, "proposed", "note", "drySha") or text(one, "proposed", "dry", "sha") for one in places}) > 1:
        return Opinion(PROGRESSING, "the environments are proposed different commits")
    return next(filter(None, (_promoted(one, f"in {text(one, 'branch')}") for one in places)), None)


def _gates(manifest: Manifest) -> Opinion | None:
    """One gate per environment; a phase nobody knows is still pending."""
    phases = {text(one, "branch"): text(one, "phase") for one in sequence(manifest, "status", "environments")}
    for verdict, at in (
        (DEGRADED, [branch for branch, phase in phases.items() if phase == "failure"]),
        (PROGRESSING, [branch for branch, phase in phases.items() if phase != "success"]),
    ):
        if at:
            return Opinion(verdict, f"{'failed' if verdict is DEGRADED else 'pending'} for {', '.join(at)}")
    return None


_PLAIN = rule(going, _ready, otherwise=HEALTHY)
_GATE = rule(going, _ready, _gates, otherwise=HEALTHY)

RULES = {
    "ArgoCDCommitStatus.promoter.argoproj.io": rule(going, _ready, _applications, otherwise=HEALTHY),
    "ChangeTransferPolicy.promoter.argoproj.io": rule(going, _ready, _policy, otherwise=HEALTHY),
    "ClusterScmProvider.promoter.argoproj.io": _PLAIN,
    "CommitStatus.promoter.argoproj.io": _PLAIN,
    "GitCommitStatus.promoter.argoproj.io": _GATE,
    "GitRepository.promoter.argoproj.io": _PLAIN,
    "PromotionStrategy.promoter.argoproj.io": rule(going, _ready, _strategy, otherwise=HEALTHY),
    "PullRequest.promoter.argoproj.io": _PLAIN,
    "ScmProvider.promoter.argoproj.io": _PLAIN,
    "TimedCommitStatus.promoter.argoproj.io": _GATE,
    "WebRequestCommitStatus.promoter.argoproj.io": _GATE,
}

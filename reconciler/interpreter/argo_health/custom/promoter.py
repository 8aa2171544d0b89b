"""GitOps Promoter (promoter.argoproj.io): each kind has a Ready condition, which must be of the current generation."""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    NOT_REPORTED,
    PROGRESSING,
    deletion,
    find_conditions,
    message_of,
    rule,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _ready(manifest: Manifest) -> ArgoHealth | None:
    """None if Ready is True. Some versions write its status as a boolean."""
    generation = get(manifest, "metadata", "generation")
    has_ready = False
    for one in find_conditions(manifest, "Ready", status=None):
        has_ready = True
        if None not in (generation, observed := get(one, "observedGeneration")) and observed != generation:
            return ArgoHealth(PROGRESSING, f"generation {generation} has not been observed yet")
        match get(one, "status"):
            case "False" | False:
                return ArgoHealth(DEGRADED, message_of(one))
            case "Unknown":
                return ArgoHealth(PROGRESSING, message_of(one))
    return None if has_ready else NOT_REPORTED


def _applications(manifest: Manifest) -> ArgoHealth | None:
    return None if sequence(manifest, "status", "applicationsSelected") else ArgoHealth(DEGRADED, "no applications are selected")


def _promoted(place: Any, name: str = "") -> ArgoHealth | None:
    """Whether the proposed commit of an environment is active there."""
    active, proposed = text(place, "active", "dry", "sha"), text(place, "proposed", "dry", "sha")
    if not active or not proposed:
        return ArgoHealth(PROGRESSING, f"no {'proposed' if active else 'active'} commit {name}".rstrip())
    return (
        None if active == proposed else ArgoHealth(PROGRESSING, f"on the way from {active[:7]} to {proposed[:7]} {name}".rstrip())
    )


def _policy(manifest: Manifest) -> ArgoHealth | None:
    return _promoted(mapping(manifest, "status"))


def _strategy(manifest: Manifest) -> ArgoHealth | None:
    places = sequence(manifest, "status", "environments")
    if not places:
        return ArgoHealth(DEGRADED, "no environments are configured")
    if len({text(one, "proposed", "note", "drySha") or text(one, "proposed", "dry", "sha") for one in places}) > 1:
        return ArgoHealth(PROGRESSING, "the environments are proposed different commits")
    return next(filter(None, (_promoted(one, f"in {text(one, 'branch')}") for one in places)), None)


def _gates(manifest: Manifest) -> ArgoHealth | None:
    """There is one gate for each environment. An unknown phase counts as pending."""
    phases = {text(one, "branch"): text(one, "phase") for one in sequence(manifest, "status", "environments")}
    for code, at in (
        (DEGRADED, [branch for branch, phase in phases.items() if phase == "failure"]),
        (PROGRESSING, [branch for branch, phase in phases.items() if phase != "success"]),
    ):
        if at:
            return ArgoHealth(code, f"{'failed' if code is DEGRADED else 'pending'} for {', '.join(at)}")
    return None


_PLAIN = rule(deletion, _ready, otherwise=HEALTHY)
_GATE = rule(deletion, _ready, _gates, otherwise=HEALTHY)

RULES = {
    "ArgoCDCommitStatus.promoter.argoproj.io": rule(deletion, _ready, _applications, otherwise=HEALTHY),
    "ChangeTransferPolicy.promoter.argoproj.io": rule(deletion, _ready, _policy, otherwise=HEALTHY),
    "ClusterScmProvider.promoter.argoproj.io": _PLAIN,
    "CommitStatus.promoter.argoproj.io": _PLAIN,
    "GitCommitStatus.promoter.argoproj.io": _GATE,
    "GitRepository.promoter.argoproj.io": _PLAIN,
    "PromotionStrategy.promoter.argoproj.io": rule(deletion, _ready, _strategy, otherwise=HEALTHY),
    "PullRequest.promoter.argoproj.io": _PLAIN,
    "ScmProvider.promoter.argoproj.io": _PLAIN,
    "TimedCommitStatus.promoter.argoproj.io": _GATE,
    "WebRequestCommitStatus.promoter.argoproj.io": _GATE,
}

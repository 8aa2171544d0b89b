"""Flux: Healthy if Ready is True; sources and releases also need a condition that proves their result.

A Reconciling object is Progressing only while Ready is Unknown. If Ready is False, the controller retries after a failure.
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    find_conditions,
    has_condition,
    paused,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, sequence, text


def _stands(*evidence: str) -> Any:
    def check(manifest: Manifest) -> ArgoHealth | None:
        ready = next(find_conditions(manifest, "Ready", status=None), None)
        if not sequence(manifest, "status", "conditions"):
            return None
        message = text(ready, "reason")
        if text(ready, "status") == "Unknown" and has_condition(manifest, "Reconciling"):
            return ArgoHealth(PROGRESSING, message)
        proven = not evidence or any(has_condition(manifest, name) for name in evidence)
        return ArgoHealth(HEALTHY if text(ready, "status") == "True" and proven else DEGRADED, message)

    return check


_SUSPENDED = paused("spec.suspend")
_APPLIED = rule(_SUSPENDED, _stands())
_FETCHED = rule(_SUSPENDED, _stands("ArtifactInStorage"))

RULES = {
    "HelmRelease.helm.toolkit.fluxcd.io": rule(_SUSPENDED, _stands("Released", "TestSuccess")),
    "ImagePolicy.image.toolkit.fluxcd.io": _APPLIED,
    "ImageRepository.image.toolkit.fluxcd.io": _APPLIED,
    "ImageUpdateAutomation.image.toolkit.fluxcd.io": _APPLIED,
    "Kustomization.kustomize.toolkit.fluxcd.io": _APPLIED,
    "Alert.notification.toolkit.fluxcd.io": _APPLIED,
    "Provider.notification.toolkit.fluxcd.io": _APPLIED,
    "Receiver.notification.toolkit.fluxcd.io": _APPLIED,
    "Bucket.source.toolkit.fluxcd.io": _FETCHED,
    "GitRepository.source.toolkit.fluxcd.io": _FETCHED,
    "HelmChart.source.toolkit.fluxcd.io": _FETCHED,
    # A HelmRepository of type oci is only an address: it has no status.
    "HelmRepository.source.toolkit.fluxcd.io": rule(
        _SUSPENDED, word("spec.type", {"oci": HEALTHY}), _stands("ArtifactInStorage")
    ),
    "OCIRepository.source.toolkit.fluxcd.io": _FETCHED,
}

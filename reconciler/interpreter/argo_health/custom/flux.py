"""Flux: Ready must hold, and for what is fetched or released, so must its evidence.

A Reconciling object is on its way only while Ready is Unknown: when Ready is False, it is a retry, and something is wrong.
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    found,
    holds,
    paused,
    rule,
    word,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, sequence, text


def _stands(*evidence: str) -> Any:
    def check(manifest: Manifest) -> Opinion | None:
        ready = next(found(manifest, "Ready", status=None), None)
        if not sequence(manifest, "status", "conditions"):
            return None
        said = text(ready, "reason")
        if text(ready, "status") == "Unknown" and holds(manifest, "Reconciling"):
            return Opinion(PROGRESSING, said)
        proven = not evidence or any(holds(manifest, name) for name in evidence)
        return Opinion(HEALTHY if text(ready, "status") == "True" and proven else DEGRADED, said)

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
    # A repository in an OCI registry is only an address: nothing is fetched, nothing reported.
    "HelmRepository.source.toolkit.fluxcd.io": rule(
        _SUSPENDED, word("spec.type", {"oci": HEALTHY}), _stands("ArtifactInStorage")
    ),
    "OCIRepository.source.toolkit.fluxcd.io": _FETCHED,
}

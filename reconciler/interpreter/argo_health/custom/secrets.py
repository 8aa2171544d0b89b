"""Certificates, secrets and identities: cert-manager, External Secrets, Sealed Secrets, 1Password, Keycloak."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    READY,
    Conditions,
    condition,
    conditions,
    found,
    rule,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, text

_CERTIFICATE = rule(conditions(condition("Issuing", true=PROGRESSING)), READY)


def _oldest_first(manifest: Manifest) -> Opinion | None:
    """Keycloak leaves old news in place; in the order of their times, the first that is True decides. Undated ones come last."""
    dated = sorted(
        (one for one in found(manifest, "Ready", "HasErrors")),
        key=lambda one: (not text(one, "lastTransitionTime"), text(one, "lastTransitionTime")),
    )
    return next((Opinion(HEALTHY if text(one, "type") == "Ready" else DEGRADED, text(one, "message")) for one in dated), None)


def _fetched(manifest: Manifest) -> Opinion | None:
    """The forerunner of External Secrets writes `SUCCESS`, or `ERROR, ` and what went wrong, into one field."""
    said = text(manifest, "status", "status")
    if not said:
        return None
    return ALL_WELL if said == "SUCCESS" else Opinion(DEGRADED, said.removeprefix("ERROR, "))


RULES = {
    "Certificate.cert-manager.io": _CERTIFICATE,
    "ClusterIssuer.cert-manager.io": rule(READY),
    "Issuer.cert-manager.io": rule(READY),
    "Certificate.certmanager.k8s.io": _CERTIFICATE,
    "ClusterIssuer.certmanager.k8s.io": rule(READY),
    "Issuer.certmanager.k8s.io": rule(READY),
    "ClusterExternalSecret.external-secrets.io": rule(
        Conditions(
            (
                *condition("Ready", true=HEALTHY),
                *condition("PartiallyReady", true=DEGRADED),
                *condition("NotReady", true=DEGRADED),
            ),
            last_only=True,
        )
    ),
    "ClusterSecretStore.external-secrets.io": rule(READY),
    "ExternalSecret.external-secrets.io": rule(READY),
    "PushSecret.external-secrets.io": rule(READY),
    "SecretStore.external-secrets.io": rule(READY),
    "ExternalSecret.kubernetes-client.io": rule(_fetched),
    "SealedSecret.bitnami.com": rule(conditions(condition("Synced", true=HEALTHY, false=DEGRADED))),
    "OnePasswordItem.onepassword.com": rule(READY),
    "Keycloak.k8s.keycloak.org": rule(_oldest_first),
}

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
    find_conditions,
    rule,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, text

_CERTIFICATE = rule(conditions(condition("Issuing", true=PROGRESSING)), READY)


def _oldest_first(manifest: Manifest) -> ArgoHealth | None:
    """Keycloak does not remove old conditions. In the order of their times, the first that is True decides; those without a
    time come last."""
    dated = sorted(
        (one for one in find_conditions(manifest, "Ready", "HasErrors")),
        key=lambda one: (not text(one, "lastTransitionTime"), text(one, "lastTransitionTime")),
    )
    return next((ArgoHealth(HEALTHY if text(one, "type") == "Ready" else DEGRADED, text(one, "message")) for one in dated), None)


def _fetched(manifest: Manifest) -> ArgoHealth | None:
    """The predecessor of External Secrets writes `SUCCESS`, or `ERROR, ` and a message, into one field."""
    status = text(manifest, "status", "status")
    if not status:
        return None
    return ALL_WELL if status == "SUCCESS" else ArgoHealth(DEGRADED, status.removeprefix("ERROR, "))


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

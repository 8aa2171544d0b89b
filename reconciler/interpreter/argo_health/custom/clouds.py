"""Objects of cloud providers: Google's Config Connector, AWS's ACK, GKE certificates, SAP BTP, Pulumi, Gardener, IAM roles."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    UNKNOWN,
    Each,
    Lagging,
    When,
    condition,
    conditions,
    deletion,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, labels_of, sequence

_CONNECTED = rule(
    Lagging(),
    word("status.healthy", {True: HEALTHY, False: DEGRADED}),
    conditions(
        When(None, "True", HEALTHY, frozenset({"UpToDate"})),
        When(None, None, DEGRADED, frozenset({"UpdateFailed", "DependencyNotFound"})),
        When(None, None, SUSPENDED, frozenset({"DependencyNotReady"})),
    ),
)


def _behind(manifest: Manifest) -> ArgoHealth | None:
    """SAP's operator writes the observed generation into each condition."""
    generation = get(manifest, "metadata", "generation")
    observed = [get(one, "observedGeneration") for one in sequence(manifest, "status", "conditions")]
    behind = generation is not None and any(one not in (None, generation) for one in observed)
    return ArgoHealth(PROGRESSING, f"generation {generation} has not been observed yet") if behind else None


_BROKERED = rule(
    deletion,
    _behind,
    conditions(condition("Succeeded", false=DEGRADED), condition("Failed", true=DEGRADED)),
    conditions(condition("Ready", true=HEALTHY)),
)


def _shoot(manifest: Manifest) -> ArgoHealth | None:
    """Gardener writes the health of a cluster into a label."""
    meanings = {"healthy": HEALTHY, "progressing": PROGRESSING, "unhealthy": DEGRADED, "unknown": UNKNOWN}
    state = labels_of(manifest).get("shoot.gardener.cloud/status")
    return ArgoHealth(meanings[state], f"the cluster is {state}") if isinstance(state, str) and state in meanings else None


RULES = {
    "*.*.cnrm.cloud.google.com": _CONNECTED,
    "*.*.services.k8s.aws": rule(
        conditions(condition("ACK.Terminal", true=DEGRADED), condition("ACK.Recoverable", true=DEGRADED)),
        conditions(condition("Ready", true=HEALTHY, false=PROGRESSING)),
        conditions(condition("ACK.ResourceSynced", true=HEALTHY, false=PROGRESSING)),
    ),
    "ManagedCertificate.networking.gke.io": rule(
        Each(("status", "domainStatus"), "status", {"FailedNotVisible": DEGRADED}),
        word("status.certificateStatus", {"Active": HEALTHY}, other=PROGRESSING),
    ),
    "ServiceBinding.services.cloud.sap.com": _BROKERED,
    "ServiceInstance.services.cloud.sap.com": _BROKERED,
    "Stack.pulumi.com": rule(
        Lagging(),
        conditions(
            condition("Stalled", true=DEGRADED), condition("Reconciling", true=PROGRESSING), condition("Ready", true=HEALTHY)
        ),
    ),
    "Shoot.core.gardener.cloud": rule(_shoot),
    "Iamrole.iammanager.keikoproj.io": rule(
        word("status.state", {"Ready": HEALTHY}, other=DEGRADED, message="status.errorDescription")
    ),
}

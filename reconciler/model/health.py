"""Health of one object in the words of kstatus, and which of several is the worst.

Three projects define the health of an object, and this program reports one. kstatus answers "has the controller finished?"; its
statuses are used here. Argo CD answers "is the object healthy?" with an `ArgoHealthCode`. Karmada answers "healthy or not?" for
its failover; that is `Health.healthy`. `combine` combines the first two: the controller of a broken object has finished, but the
object is not healthy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class HealthStatus(StrEnum):
    """The statuses of kstatus (sigs.k8s.io/cli-utils), from best to worst."""

    CURRENT = "Current"
    UNKNOWN = "Unknown"
    """The health could not be determined. This does not mean unhealthy."""
    IN_PROGRESS = "InProgress"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    FAILED = "Failed"


class ArgoHealthCode(StrEnum):
    """The health codes of Argo CD (gitops-engine pkg/health), from best to worst."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    """Stopped on purpose: paused, hibernated, waiting for approval."""
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    """The external resource that the object represents does not exist."""
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


_RANK = {status: rank for rank, status in enumerate(HealthStatus)}
STALE = "LatestGenerationNotObserved"
"""The reason of a status that describes an older generation of the object."""
NOT_OBSERVED = "NotObserved"
"""The reason where nobody reports a status: the object is in a folder, as it was written, and that is all that is known of it."""

KEPT = "Kept"
"""The reason where a copy is no longer wanted, and something keeps it (`model/changes.Skip.kept`)."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one object."""

    status: HealthStatus
    message: str = ""
    """A sentence for people."""
    reason: str = ""
    """One CamelCase word, such as `LessReady`; empty when Current, unless suspended or not observed."""

    @property
    def healthy(self) -> bool | None:
        """Karmada's ResourceHealth (pkg/apis/work/v1alpha2): True for Healthy, False for Unhealthy, None for Unknown."""
        return None if self.status is HealthStatus.UNKNOWN else self.status is HealthStatus.CURRENT

    @property
    def word(self) -> str:
        """The word for people: the status, NotObserved or Kept. For programs, an object in a folder is Current: a handover need
        not wait for it."""
        return self.reason if self.reason in (NOT_OBSERVED, KEPT) else self.status.value

    def __str__(self) -> str:
        return f"{self.status}: {self.message}" if self.message else str(self.status)


@dataclass(frozen=True, slots=True)
class ArgoHealth:
    """Health by the rules of Argo CD."""

    code: ArgoHealthCode
    message: str = ""


CURRENT = Health(HealthStatus.CURRENT)
UNOBSERVED = Health(HealthStatus.CURRENT, reason=NOT_OBSERVED)
NOT_FOUND = Health(HealthStatus.NOT_FOUND, "the object does not exist", "NotFound")


def worst(healths: Iterable[Health]) -> Health:
    """The worst health; Current if there is none. What is not observed is worse than what is Current. Among equal ones the first
    counts, so the order of the input matters."""
    return max(healths, key=lambda health: (_RANK[health.status], health.reason == NOT_OBSERVED), default=CURRENT)


def combine(status: Health, argo: ArgoHealth | None) -> Health:
    """One health from the kstatus health and the Argo health, which is None for kinds without a rule.

    | Argo health          | counts as                 |
    |----------------------|---------------------------|
    | Healthy, Suspended   | Current                   |
    | Progressing, Missing | InProgress                |
    | Degraded             | Failed                    |
    | Unknown              | Unknown                   |

    The worse of the two is the result: a paused Deployment whose Pods are not ready stays InProgress, because whatever waits for
    this copy must not take it for a complete one. There are three exceptions:

    - Terminating and NotFound stay.
    - Unknown from kstatus gives way: kstatus could not read the object, but the rule for the kind could.
    - If the status describes an older generation, InProgress stays: the failure may be repaired already.
    """
    if argo is None or status.status in (HealthStatus.TERMINATING, HealthStatus.NOT_FOUND) or status.reason == STALE:
        return status
    translated = Health(_MEANING[argo.code], argo.message or str(argo.code), _REASON[argo.code])
    if status.status is HealthStatus.UNKNOWN or _RANK[translated.status] > _RANK[status.status]:
        return translated
    return translated if argo.code is ArgoHealthCode.SUSPENDED and status.status is HealthStatus.CURRENT else status


_MEANING = {
    ArgoHealthCode.HEALTHY: HealthStatus.CURRENT,
    ArgoHealthCode.SUSPENDED: HealthStatus.CURRENT,
    ArgoHealthCode.PROGRESSING: HealthStatus.IN_PROGRESS,
    ArgoHealthCode.MISSING: HealthStatus.IN_PROGRESS,
    ArgoHealthCode.DEGRADED: HealthStatus.FAILED,
    ArgoHealthCode.UNKNOWN: HealthStatus.UNKNOWN,
}
_REASON = {code: "" if code is ArgoHealthCode.HEALTHY else str(code) for code in ArgoHealthCode}

"""Health of one object, in kstatus' words, and which of two is worse.

Three questions are asked of an object, and there is one answer. kstatus asks "has the controller finished?" and gives our
words. Argo CD asks "is it well?" and gives an `ArgoHealthCode`. Karmada asks "healthy or not?", for its failover; that is
`Health.healthy`. `combine` makes the first two one: an object that broke is finished, but not well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class HealthStatus(StrEnum):
    """kstatus' statuses (sigs.k8s.io/cli-utils), best to worst as declared here."""

    CURRENT = "Current"
    UNKNOWN = "Unknown"
    """Could not be told. Not the same as unhealthy."""
    IN_PROGRESS = "InProgress"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    FAILED = "Failed"


class ArgoHealthCode(StrEnum):
    """The health codes of Argo CD (gitops-engine pkg/health), best to worst as declared here."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    """Stopped by intent: paused, hibernated, waiting for someone's consent."""
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    """What the object stands for does not exist outside the cluster."""
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


_RANK = {status: rank for rank, status in enumerate(HealthStatus)}
STALE = "LatestGenerationNotObserved"
"""Reason of a status that speaks about what the object said before."""


@dataclass(frozen=True, slots=True)
class Health:
    status: HealthStatus
    message: str = ""
    """A sentence for people."""
    reason: str = ""
    """One CamelCase word, such as `LessReady`; empty when Current, unless suspended."""

    @property
    def healthy(self) -> bool | None:
        """Karmada's question (pkg/apis/work/v1alpha2, ResourceHealth): yes, no, or None for its `Unknown`."""
        return None if self.status is HealthStatus.UNKNOWN else self.status is HealthStatus.CURRENT

    def __str__(self) -> str:
        return f"{self.status}: {self.message}" if self.message else str(self.status)


@dataclass(frozen=True, slots=True)
class ArgoHealth:
    """Health by the rules of Argo CD: its code and a message."""

    code: ArgoHealthCode
    message: str = ""


CURRENT = Health(HealthStatus.CURRENT)
NOT_FOUND = Health(HealthStatus.NOT_FOUND, "the object does not exist", "NotFound")


def worst(healths: Iterable[Health]) -> Health:
    """The worst of them; Current when there is none. The first of equals, so order the input."""
    return max(healths, key=lambda health: _RANK[health.status], default=CURRENT)


def combine(done: Health, well: ArgoHealth | None) -> Health:
    """One health from the kstatus health and the Argo health, which is None for kinds without a rule.

    | Argo health          | counts as                 |
    |----------------------|---------------------------|
    | Healthy, Suspended   | Current                   |
    | Progressing, Missing | InProgress                |
    | Degraded             | Failed                    |
    | Unknown              | Unknown                   |

    and the worse of the two is the answer: a paused Deployment whose Pods are not ready stays InProgress, for what waits for
    this copy must not take it for a whole one. Three exceptions:

    - Terminating and NotFound stay: the rest no longer matters.
    - Unknown from kstatus yields: it means "cannot be read", and the rule for the kind could read it.
    - Where the status is about an older generation, InProgress stays: a failure that is perhaps mended is none yet.
    """
    if well is None or done.status in (HealthStatus.TERMINATING, HealthStatus.NOT_FOUND) or done.reason == STALE:
        return done
    told = Health(_MEANING[well.code], well.message or str(well.code), _REASON[well.code])
    if done.status is HealthStatus.UNKNOWN or _RANK[told.status] > _RANK[done.status]:
        return told
    return told if well.code is ArgoHealthCode.SUSPENDED and done.status is HealthStatus.CURRENT else done


_MEANING = {
    ArgoHealthCode.HEALTHY: HealthStatus.CURRENT,
    ArgoHealthCode.SUSPENDED: HealthStatus.CURRENT,
    ArgoHealthCode.PROGRESSING: HealthStatus.IN_PROGRESS,
    ArgoHealthCode.MISSING: HealthStatus.IN_PROGRESS,
    ArgoHealthCode.DEGRADED: HealthStatus.FAILED,
    ArgoHealthCode.UNKNOWN: HealthStatus.UNKNOWN,
}
_REASON = {code: "" if code is ArgoHealthCode.HEALTHY else str(code) for code in ArgoHealthCode}

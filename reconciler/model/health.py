"""Health of one object, in kstatus' words, and which of two is worse."""

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


_RANK = {status: rank for rank, status in enumerate(HealthStatus)}


@dataclass(frozen=True, slots=True)
class Health:
    status: HealthStatus
    message: str = ""
    """A sentence for people."""
    reason: str = ""
    """One CamelCase word, such as `LessReady`; empty when Current."""

    def __str__(self) -> str:
        return f"{self.status}: {self.message}" if self.message else str(self.status)


CURRENT = Health(HealthStatus.CURRENT)
NOT_FOUND = Health(HealthStatus.NOT_FOUND, "the object does not exist", "NotFound")


def worst(healths: Iterable[Health]) -> Health:
    """The worst of them; Current when there is none. The first of equals, so order the input."""
    return max(healths, key=lambda health: _RANK[health.status], default=CURRENT)

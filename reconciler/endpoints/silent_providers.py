"""Which members lose their endpoints because they have not answered for too long.

A member that does not answer may run as before: only the way to it is cut. So consumers keep its endpoints for a while. How long
it has not answered, its condition Ready says as it is recorded, so that another process decides the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster


@dataclass(frozen=True, slots=True)
class Silence:
    lost: frozenset[ClusterName] = frozenset()
    """Members whose endpoints no consumer keeps."""
    due: datetime | None = None
    """When the next member is lost, if none of them answers until then."""


def silent_providers(clusters: Mapping[ClusterName, RecordedCluster], kept_for: timedelta, now: datetime) -> Silence:
    """clusters: as they are recorded. A member is not lost before its condition Ready is another than True, and since when."""
    ends = {
        name: ready.since + kept_for
        for name, one in clusters.items()
        if (ready := one.readiness) is not None and ready.status != "True" and ready.since is not None
    }
    lost = frozenset(name for name, end in ends.items() if end <= now)
    return Silence(lost, min((end for name, end in ends.items() if name not in lost), default=None))

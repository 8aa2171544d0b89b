"""Which members lose their endpoints because they have not answered for too long.

A member that does not answer may run as before: only the way to it is cut. So consumers keep its endpoints for a while. How long
it has not answered, its condition Ready says as it is recorded, so that another process decides the same. A member that answers
in part (`ClusterNotReady`: it is reached, and not well) is ailing after that time: what it answers for stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster
from reconciler.observe.member_health import NOT_READY


@dataclass(frozen=True, slots=True)
class Silence:
    lost: frozenset[ClusterName] = frozenset()
    """Members whose endpoints no consumer keeps."""
    ailing: frozenset[ClusterName] = frozenset()
    """Members of which consumers keep only what they answer for."""
    due: datetime | None = None
    """When the next member is lost or ailing, if none of them answers until then."""


def silent_providers(clusters: Mapping[ClusterName, RecordedCluster], kept_for: timedelta, now: datetime) -> Silence:
    """clusters: as they are recorded. A member is not lost before its condition Ready is another than True, and since when."""
    since = {
        name: (ready.since + kept_for, ready.reason)
        for name, one in clusters.items()
        if (ready := one.readiness) is not None and ready.status != "True" and ready.since is not None
    }
    over = {name: reason for name, (end, reason) in since.items() if end <= now}
    ailing = frozenset(name for name, reason in over.items() if reason == NOT_READY)
    due = min((end for name, (end, _) in since.items() if name not in over), default=None)
    return Silence(frozenset(over) - ailing, ailing, due)

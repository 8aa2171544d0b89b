"""Why nothing could be scheduled, in the words of Karmada's `Scheduled` condition (pkg/scheduler/framework/types.go)."""

from __future__ import annotations

from collections import Counter

from reconciler.schedule.filters import Eligibility


def no_cluster_fits(eligibility: Eligibility) -> str:
    """`0/3 clusters are available: 2 cluster(s) …, 1 cluster(s) ….`, sorted by text."""
    counted = sorted(f"{count} {reason}" for reason, count in Counter(eligibility.rejected.values()).items())
    return f"0/{eligibility.total} clusters are available: {', '.join(counted) or 'no cluster exists'}."

"""The recorded state after a pass that wrote nothing (`mode: Observe`). Pure.

What was decided in such a pass is not in force anywhere, so it must not count as applied: the next decision starts from what was
applied last, nothing is pruned because of it, and a take-over plans what was shown. New are what members serve and have, the
health of the copies that were applied before, and the differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model.keys import ClusterName
from reconciler.model.observed import Differences, Observed, observed_after, unread_after
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.settings import Mode


def observed_state(
    last: RecordedState, full: RecordedState, differences: Mapping[ClusterName, Differences], now: datetime
) -> RecordedState:
    """last: what the pass started from. full: what it would leave if its decisions counted. differences: of the members that
    answered; of the others, the time without a difference does not go on."""
    clusters = {name: _cluster(last.clusters.get(name), one, differences.get(name), now) for name, one in full.clusters.items()}
    reports = {key: _report(decision, last.report_of(key), full.report_of(key)) for key, decision in last.decisions.items()}
    state = replace(
        last, clusters=clusters, reports={key: one for key, one in reports.items() if one.clusters}, mode=Mode.OBSERVE
    )
    return last if state == last else state


def observed_beside(state: RecordedState, before: RecordedState) -> RecordedState:
    """What another process recorded, without what it observed, but with what this one did until now (`before`)."""
    none = RecordedCluster(ClusterName(""), "")
    recorded = {name: replace(one, read=False, digest="", generation=0) for name, one in before.clusters.items()}
    recorded |= state.clusters
    clusters = {name: replace(one, observed=before.clusters.get(name, none).observed) for name, one in recorded.items()}
    return replace(state, clusters=dict(sorted(clusters.items())))


def _cluster(last: RecordedCluster | None, new: RecordedCluster, found: Differences | None, now: datetime) -> RecordedCluster:
    """What agents know the decision by stays as it was."""
    before = last or RecordedCluster(new.name, new.file, read=False)
    seen = before.observed
    observed: Observed | None = unread_after(seen, now) if found is None else observed_after(seen, found, now)
    return replace(new, digest=before.digest, generation=before.generation, read=before.read, observed=observed)


def _report(decision: RecordedDecision, last: ObjectReport, new: ObjectReport) -> ObjectReport:
    """Of the members that hold the object by what was applied last."""
    holders = decision.holders(last)
    if new.clusters <= holders:
        return new
    return replace(new, statuses=tuple(status for status in new.statuses if status.cluster in holders))

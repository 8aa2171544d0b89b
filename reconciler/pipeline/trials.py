"""What would be decided about one object if it moved. Nothing of it is in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.claimed import Claimed, Rules
from reconciler.pipeline.deschedule import Caps, fits
from reconciler.pipeline.evict import Eviction
from reconciler.pipeline.scheduling import place, schedule_claimed
from reconciler.pipeline.tenants import refuse_move
from reconciler.schedule.reservations import Taken

Scheduled: TypeAlias = Binding | Unschedulable | None


@dataclass(frozen=True, slots=True)
class Trials:
    """Of one pass. taken: what is left of the capacity of members for the object."""

    claimed: Mapping[ResourceKey, Claimed]
    rebalanced: Collection[ResourceKey]
    """Those that get a fresh placement."""
    recorded: RecordedState
    rules: Rules
    memo: Memo

    def elsewhere(self, key: ResourceKey, without: frozenset[ClusterName], taken: Taken) -> Scheduled:
        """Where it would be without these members."""
        one = self.claimed[key]
        found = place(one, key in self.rebalanced, Eviction(excluded=without), taken, self.rules, self.memo)
        return refuse_move(found, one.claim, one.previous, self.rules.governance)

    def capped(self, key: ResourceKey, eviction: Eviction, caps: Caps, taken: Taken) -> Scheduled:
        """Where it would be if these members kept these numbers of its replicas."""
        one, fresh, report = self.claimed[key], key in self.rebalanced, self.recorded.report_of(key)
        return schedule_claimed(one, fresh, eviction, caps, report, taken, self.rules, memo=self.memo)

    def fitting(self, key: ResourceKey, eviction: Eviction, caps: Caps, taken: Taken) -> Scheduled:
        """As `capped`; None where the other members cannot take the rest."""
        found, previous = self.capped(key, eviction, caps, taken), self.claimed[key].previous
        return found if fits(found, caps, previous.binding.targets if previous is not None else ()) else None

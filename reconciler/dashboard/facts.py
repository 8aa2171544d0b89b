"""What is known at one moment: a commit of the repository, and the state that its status branch records.

A page gets these facts and nothing else about the fleet. They are read once for each pair of commits (`facts_reader.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reconciler.dashboard.summaries import ObjectSummary, summarize
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.pictures.grid import Grid
from reconciler.record.fold import Reports
from reconciler.record.placement_map import placement_map
from reconciler.repo.revision import Commit


@dataclass(frozen=True, eq=False)
class Facts:
    """Without slots: what is counted from the facts is kept beside them."""

    head: Commit
    """Of the repository; its files are `desired`."""
    desired: DesiredState
    branch: str
    """The status branch."""
    recorded: Commit | None
    """The newest commit of the status branch; None where there is no such branch in this clone."""
    state: RecordedState
    reports: Reports = field(default_factory=dict)
    """Of the members that agents keep: the last report, or why there is none."""
    number: int = 1
    """Counts the facts that this process has read."""
    known: Mapping[ResourceKey, ObjectSummary] = field(default_factory=dict)
    """Of earlier facts: what is still the same object there counts the same here."""
    restricted: bool = False
    """Whether a part was taken out, because somebody may not see it."""
    some_clusters: bool = False
    """Whether members were taken out, too: sentences that count over all members are not for these eyes then."""

    @property
    def version(self) -> str:
        """Differs whenever the facts differ."""
        return f"{self.number}-{self.head.sha}-{self.recorded.sha if self.recorded is not None else ''}"

    @property
    def recorded_at(self) -> datetime | None:
        """When something was recorded last."""
        return self.recorded.time if self.recorded is not None else None

    @property
    def is_behind(self) -> bool:
        """Whether HEAD is not what is in force, as the record says."""
        return bool(self.state.revision) and self.state.revision != self.head.sha

    @cached_property
    def objects(self) -> tuple[ObjectSummary, ...]:
        """Every recorded object, sorted by namespace, kind and name."""
        found = [self._summary(key, decision) for key, decision in self.state.decisions.items()]
        return tuple(sorted(found, key=lambda one: (one.key.namespace, one.key.group, one.key.kind, one.key.name)))

    def _summary(self, key: ResourceKey, decision: RecordedDecision) -> ObjectSummary:
        report, known = self.state.report_of(key), self.known.get(key)
        if known is not None and known.decision is decision and known.report is report:
            return known
        return summarize(key, decision, report)

    @property
    def summaries(self) -> Mapping[ResourceKey, ObjectSummary]:
        """Those that were made already, here or of earlier facts."""
        return self.by_key if "objects" in vars(self) else self.known

    @cached_property
    def by_key(self) -> Mapping[ResourceKey, ObjectSummary]:
        return {one.key: one for one in self.objects}

    @cached_property
    def by_policy(self) -> Mapping[PolicyRef, tuple[ObjectSummary, ...]]:
        """What each policy claims, as it was recorded; override policies: what they change."""
        found: defaultdict[PolicyRef, list[ObjectSummary]] = defaultdict(list)
        for one in self.objects:
            for ref in {*filter(None, [one.decision.binding.policy]), *(ref for ref, _ in one.decision.overrides)}:
                found[ref].append(one)
        return {ref: tuple(claimed) for ref, claimed in found.items()}

    @cached_property
    def policies(self) -> Mapping[PolicyRef, PropagationPolicy | OverridePolicy]:
        """By name: those that HEAD declares."""
        found: dict[PolicyRef, PropagationPolicy | OverridePolicy] = {one.ref: one for one in self.desired.policies}
        return found | {one.ref: one for one in self.desired.override_policies}

    @cached_property
    def placement(self) -> Grid | None:
        """Where the workloads run; None where nothing is placed."""
        return placement_map(self.state)

    @cached_property
    def templates(self) -> Mapping[ResourceKey, ResourceTemplate]:
        """By key: those that HEAD declares."""
        return self.desired.templates_by_key

    @cached_property
    def clusters(self) -> Mapping[ClusterName, Cluster]:
        """By name: those that HEAD declares."""
        return {one.name: one for one in self.desired.clusters}

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Of recorded objects and of templates, sorted; the empty one for objects without."""
        return tuple(sorted({one.key.namespace for one in self.objects} | {key.namespace for key in self.templates}))

"""Where a revision says that an object of an unchanged template gets other clusters: the line of its policy, or a Cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from reconciler.model.cluster import Cluster
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.manifest import Path
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import PropagationPolicy
from reconciler.pipeline.compiled import Compiled
from reconciler.review.places import Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlacementCauses:
    """What HEAD changes in policies and Clusters."""

    before: Compiled
    after: Compiled
    place: Place
    """As for `lint`, in HEAD."""
    former: Mapping[PolicyRef, PropagationPolicy]
    """The policies of BASE."""
    clusters: tuple[Cluster, ...]
    """The Clusters that HEAD adds or changes, sorted by name."""

    @classmethod
    def between(cls, before: Compiled, after: Compiled, place: Place) -> PlacementCauses:
        old = {cluster.name: replace(cluster, origin=NOWHERE) for cluster in before.desired.clusters}
        changed = (one for one in after.desired.clusters if replace(one, origin=NOWHERE) != old.get(one.name))
        return cls(before, after, place, {one.ref: one for one in before.desired.policies}, tuple(changed))

    def of(self, key: ResourceKey, names: Collection[str]) -> Origin:
        """Why these members get or lose an object: the first line of its policy that HEAD adds or changes, or a Cluster. Nowhere
        if the template itself may be the cause."""
        old, new = self.before.templates.get(key), self.after.templates.get(key)
        if old is None or new is None:
            return NOWHERE
        policy = new.decided.claim.policy
        if policy is not None and policy.ref not in self.former:
            return policy.origin
        if policy is not None and policy.digest != self.former[policy.ref].digest:
            return self.place(policy.origin, _changed_path(self.former[policy.ref], policy))
        if old.template.manifest != new.template.manifest or not self.clusters:
            return NOWHERE
        return min(self.clusters, key=lambda cluster: (cluster.name not in names, cluster.name)).origin


def _changed_path(old: PropagationPolicy, new: PropagationPolicy) -> Path:
    if old.placement.document != new.placement.document:
        return ("spec", "placement", *_first_change(old.placement.document, new.placement.document))
    return ("spec", "resourceSelectors") if old.selectors != new.selectors else ("spec",)


def _first_change(old: object, new: object) -> tuple[str | int, ...]:
    """The path of the first field or item that is new or has changed; it ends at a value from which something was removed."""
    if isinstance(old, dict) and isinstance(new, dict):
        changed = next((name for name in new if name not in old or old[name] != new[name]), None)
        return () if changed is None else (changed, *_first_change(old.get(changed), new[changed]))
    if isinstance(old, list) and isinstance(new, list):
        index = next((index for index, item in enumerate(new) if [item] != old[index : index + 1]), None)
        return () if index is None else (index, *_first_change(*_pair(old[index:], new[index])))
    return ()


def _pair(rest: list[T], new: T) -> tuple[T | None, T]:
    return (rest[0] if rest else None), new

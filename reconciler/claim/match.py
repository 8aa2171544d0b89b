"""Which policies match a template.

Every template is matched, but policies change rarely: `index_policies` groups their selectors by kind and by name once, so that a
template is compared only with selectors that can match it. Callers keep the index as long as the policies stay the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import labels_of
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.model.resource_selectors import Closeness, closest


@dataclass(frozen=True, slots=True)
class Match:
    """A policy that matches a template."""

    policy: PropagationPolicy
    closeness: Closeness


@dataclass(frozen=True, slots=True)
class _KindSelectors:
    """The selectors of one policy for one kind."""

    policy: PropagationPolicy
    named: Mapping[str, tuple[ResourceSelector, ...]]
    unnamed: tuple[ResourceSelector, ...]


@dataclass(frozen=True, slots=True)
class PolicyIndex:
    """All propagation policies of a revision, grouped by the objects that they can match."""

    by_ref: Mapping[PolicyRef, PropagationPolicy]
    by_kind: Mapping[tuple[str, str, str], tuple[_KindSelectors, ...]]
    """(apiVersion, kind, namespace) → the policies with a selector for it, sorted by ref, without those that are being deleted.

    The namespace is the policy's own; it is empty for a ClusterPropagationPolicy.
    """


def index_policies(policies: Iterable[PropagationPolicy]) -> PolicyIndex:
    """The index of these policies; their order does not matter."""
    by_ref = {policy.ref: policy for policy in sorted(policies, key=lambda policy: policy.ref)}
    by_kind: dict[tuple[str, str, str], list[_KindSelectors]] = defaultdict(list)
    for policy in by_ref.values():
        if policy.deleting:
            continue
        types = {(version, selector.kind) for selector in policy.selectors for version in selector.api_versions}
        for api_version, kind in sorted(types):
            by_kind[api_version, kind, policy.ref.namespace].append(_of_kind(policy, api_version, kind))
    return PolicyIndex(by_ref, {kind: tuple(entries) for kind, entries in by_kind.items()})


def matching_policies(index: PolicyIndex, template: ResourceTemplate) -> tuple[Match, ...]:
    """Every policy that can claim the template: those of its namespace, then the cluster-wide ones."""
    key, gvk = template.key, template.gvk
    api_version, kind = gvk.api_version, gvk.kind
    entries = index.by_kind.get((api_version, kind, ""), ())
    if key.namespace:
        entries = (*index.by_kind.get((api_version, kind, key.namespace), ()), *entries)
    labels = labels_of(template.manifest)
    matches = []
    for entry in entries:
        # A selector with a name is the closest match; the others count only if none of these matches.
        close, named = Closeness.NONE, entry.named.get(key.name)
        if named:
            close = closest(named, key.namespace, key.name, labels)
        if not close and entry.unnamed:
            close = closest(entry.unnamed, key.namespace, key.name, labels)
        if close:
            matches.append(Match(entry.policy, close))
    return tuple(matches)


def _of_kind(policy: PropagationPolicy, api_version: str, kind: str) -> _KindSelectors:
    named: dict[str, tuple[ResourceSelector, ...]] = {}
    unnamed: list[ResourceSelector] = []
    for selector in policy.selectors:
        if selector.kind != kind or api_version not in selector.api_versions:
            continue
        if selector.name:
            named[selector.name] = (*named.get(selector.name, ()), selector)
        else:
            unnamed.append(selector)
    return _KindSelectors(policy, named, tuple(unnamed))

"""Which policies match a template.

Asked for every template, while policies change rarely: `index_policies` sorts their selectors by kind and by name once,
so that a template meets only the selectors that could be meant for it. Callers keep the index as long as the policies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import labels_of
from reconciler.model.matching import Closeness, closeness_of, closest
from reconciler.model.policy import PropagationPolicy, ResourceSelector


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
    """All propagation policies of a revision, by whom they could be meant for."""

    by_ref: Mapping[PolicyRef, PropagationPolicy]
    by_kind: Mapping[tuple[str, str, str], tuple[_KindSelectors, ...]]
    """(apiVersion, kind, namespace) → the policies with a selector for it that are not being deleted, sorted by ref.

    The namespace is the policy's own, empty for a ClusterPropagationPolicy.
    """


def index_policies(policies: Iterable[PropagationPolicy]) -> PolicyIndex:
    """The same index for the same policies in whatever order."""
    by_ref = {policy.ref: policy for policy in sorted(policies, key=lambda policy: policy.ref)}
    by_kind: dict[tuple[str, str, str], list[_KindSelectors]] = defaultdict(list)
    for policy in by_ref.values():
        if policy.deleting:
            continue
        for api_version, kind in sorted({(selector.api_version, selector.kind) for selector in policy.selectors}):
            by_kind[api_version, kind, policy.ref.namespace].append(_of_kind(policy, api_version, kind))
    return PolicyIndex(by_ref, {kind: tuple(entries) for kind, entries in by_kind.items()})


def matching_policies(index: PolicyIndex, template: ResourceTemplate) -> tuple[Match, ...]:
    """Every policy that may claim the template: those of its namespace, then the cluster-wide ones."""
    key, gvk = template.key, template.gvk
    api_version, kind = gvk.api_version, gvk.kind
    entries = index.by_kind.get((api_version, kind, ""), ())
    if key.namespace:
        entries = (*index.by_kind.get((api_version, kind, key.namespace), ()), *entries)
    labels = labels_of(template.manifest)
    found = []
    for entry in entries:
        # A selector with a name is the closest there is; the others are asked only where none of these matches.
        close, named = Closeness.NONE, entry.named.get(key.name)
        if named:
            close = closest(named, key.namespace, key.name, labels)
        if not close and entry.unnamed:
            close = closest(entry.unnamed, key.namespace, key.name, labels)
        if close:
            found.append(Match(entry.policy, close))
    return tuple(found)


def policy_closeness(policy: PropagationPolicy, template: ResourceTemplate) -> Closeness:
    """How closely the policy names the template: its closest selector counts. Says nothing about scope."""
    return closeness_of(policy.selectors, template.manifest)


def _of_kind(policy: PropagationPolicy, api_version: str, kind: str) -> _KindSelectors:
    named: dict[str, tuple[ResourceSelector, ...]] = {}
    unnamed: list[ResourceSelector] = []
    for selector in policy.selectors:
        if (selector.api_version, selector.kind) != (api_version, kind):
            continue
        if selector.name:
            named[selector.name] = (*named.get(selector.name, ()), selector)
        else:
            unnamed.append(selector)
    return _KindSelectors(policy, named, tuple(unnamed))

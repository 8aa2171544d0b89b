"""Policies with what they claim or change, and one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.addresses import policy_of
from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.pages.choices import Choice, choices_of
from reconciler.dashboard.pages.counts import Count, counted
from reconciler.dashboard.pages.objects import short_names
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.summaries import ObjectSummary
from reconciler.documents.writer import dump
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import PolicyRef
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.model.selector import Requirement

_SELECTORS = 2
"""That are told in a row of the list."""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    ref: PolicyRef
    place: str
    """File and line."""
    selects: tuple[str, ...]
    more: int
    """Selectors that are not told here."""
    objects: int
    counts: tuple[Count, ...]
    """Of these objects, by health."""


@dataclass(frozen=True, slots=True)
class Policies:
    part: Part[PolicyRow]
    kinds: tuple[Choice, ...]
    namespaces: tuple[Choice, ...]
    filtered: bool
    title: str = "Policies"
    crumbs: tuple[Crumb, ...] = ()


def view_policies(asked: Asked, _: Any) -> Policies:
    facts = asked.facts
    query = {name: asked.word(name) for name in ("kind", "namespace")}
    every = sorted(facts.policies.values(), key=lambda one: one.ref)
    found = [one for one in every if query["kind"] in ("", one.ref.kind) and query["namespace"] in ("", one.ref.namespace)]
    part = part_of(found, asked.query, "/policies")
    return Policies(
        part=part.with_rows(_row(one, facts.by_policy.get(one.ref, ())) for one in part.rows),
        kinds=choices_of([one.ref.kind for one in every], "kind", query, "/policies"),
        namespaces=choices_of([one.ref.namespace for one in every], "namespace", query, "/policies"),
        filtered=any(query.values()),
    )


def _row(policy: PropagationPolicy | OverridePolicy, claimed: tuple[ObjectSummary, ...]) -> PolicyRow:
    return PolicyRow(
        ref=policy.ref,
        place=str(policy.origin),
        selects=tuple(map(_selector, policy.selectors[:_SELECTORS])),
        more=max(0, len(policy.selectors) - _SELECTORS),
        objects=len(claimed),
        counts=counted((one.word, one.role) for one in claimed),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an override policy."""

    number: int
    place: str
    where: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnePolicy:
    ref: PolicyRef
    place: str
    selects: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    placement: str
    """As YAML, as it is written; empty where the policy states none."""
    rules: tuple[Rule, ...]
    objects: Part[ObjectSummary]
    title: str
    crumbs: tuple[Crumb, ...] = (Crumb("Policies", "/policies"),)

    @property
    def overrides(self) -> bool:
        return self.ref.kind.endswith("OverridePolicy")


def view_policy(asked: Asked, _: Any) -> OnePolicy:
    ref = policy_of(asked.path)
    policy = asked.facts.policies.get(ref)
    if policy is None:
        raise NotThereError(f"no policy {ref}")
    written = policy.placement.document if isinstance(policy, PropagationPolicy) else None
    return OnePolicy(
        ref=ref,
        place=str(policy.origin),
        selects=tuple(map(_selector, policy.selectors)),
        settings=tuple(_settings(policy)) if isinstance(policy, PropagationPolicy) else (),
        placement=dump(dict(written)) if written else "",
        rules=tuple(_rules(policy)) if isinstance(policy, OverridePolicy) else (),
        objects=part_of(asked.facts.by_policy.get(ref, ()), asked.query, asked.address),
        title=ref.name,
    )


def _settings(policy: PropagationPolicy) -> Iterable[tuple[str, str]]:
    yield "Priority", f"{policy.priority}" + (", takes from others" if policy.preemption else "")
    yield "On conflict", policy.conflict_resolution
    if policy.propagate_deps:
        yield "Dependencies", "follow"
    if policy.suspension:
        yield "Suspended", "everywhere" if policy.suspension.everywhere else short_names(sorted(policy.suspension.clusters))
    if policy.preserve:
        yield "When it is gone", "copies are released, not deleted"
    if policy.rollout:
        yield "Rollout", policy.rollout
    if policy.dependent_overrides:
        yield "Waits for", ", ".join(policy.dependent_overrides)


def _rules(policy: OverridePolicy) -> Iterable[Rule]:
    for number, rule in enumerate(policy.rules, start=1):
        what = tuple(type(one).__name__.removesuffix("Overrider") for one in rule.overriders)
        yield Rule(number, str(rule.origin), "Every member" if rule.target is None else _affinity(rule.target), what)


def _affinity(affinity: ClusterAffinity) -> str:
    parts = [short_names(affinity.cluster_names)] if affinity.cluster_names else []
    if affinity.label_selector is not None:
        parts += map(_requirement, affinity.label_selector.requirements)
    parts += map(_requirement, affinity.fields)
    if affinity.exclude:
        parts.append(f"not {short_names(affinity.exclude)}")
    return "; ".join(parts) or "Every member"


def _selector(selector: ResourceSelector) -> str:
    """`Deployment web in shop`, `every ConfigMap with tier in (web, api)`."""
    where = f" in {selector.namespace}" if selector.namespace else ""
    if selector.name:
        return f"{selector.kind} {selector.name}{where}"
    requirements = selector.label_selector.requirements if selector.label_selector is not None else ()
    labels = f" with {', '.join(map(_requirement, requirements))}" if requirements else ""
    return f"every {selector.kind}{where}{labels}"


def _requirement(one: Requirement) -> str:
    values = f" ({', '.join(one.values)})" if one.values else ""
    return f"{one.key} {one.operator}{values}" if one.operator not in ("=", "==") else f"{one.key}={one.values[0]}"


PAGES = (
    Page("/policies", "policies.html.jinja", view_policies, menu="Policies"),
    Page("/policies/{kind}/{namespace}/{name}", "policy.html.jinja", view_policy, section="Policies"),
)

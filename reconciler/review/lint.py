"""Warnings about policies that are valid and probably a mistake. Only `validate` prints them. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import PolicyRef
from reconciler.model.matching import Closeness, closeness_of
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.pipeline.compiled import Compiled


def lint(compiled: Compiled) -> Iterator[Issue]:
    """Selectors that match no template, and clusters that no file declares, in propagation and override policies.

    No warnings while a file has an error: the missing template or cluster may be in that file.
    """
    if compiled.protected.files:
        return
    yield from _unknown_clusters(compiled)
    candidates: dict[tuple[str, str, str], list[ResourceTemplate]] = {}
    for template in compiled.desired.templates:
        for name in (template.key.name, ""):
            candidates.setdefault((template.gvk.api_version, template.gvk.kind, name), []).append(template)
    policies: tuple[PropagationPolicy | OverridePolicy, ...]
    policies = (*compiled.desired.policies, *compiled.desired.override_policies)
    for policy in policies:
        for selector in policy.selectors:
            if not _matches_any(selector, candidates):
                name = f" {selector.name}" if selector.name else ""
                message = f"{policy.ref}: the selector {selector.api_version} {selector.kind}{name} matches no template"
                remedy = "apiVersion is compared exactly; correct the selector or remove it."
                yield warning("MatchesNothing", message, remedy, origin=policy.origin, subject=policy.ref)


def _unknown_clusters(compiled: Compiled) -> Iterator[Issue]:
    declared = sorted(cluster.name for cluster in compiled.desired.clusters)
    affinities: list[tuple[PolicyRef, Origin, ClusterAffinity | None]] = []
    for policy in compiled.desired.policies:
        placement = policy.placement
        affinities.append((policy.ref, policy.origin, placement.affinity))
        affinities += [(policy.ref, policy.origin, term.affinity) for term in placement.affinities]
    for override in compiled.desired.override_policies:
        affinities += [(override.ref, rule.origin, rule.target) for rule in override.rules]
    for ref, origin, affinity in affinities:
        for name in sorted({*affinity.cluster_names, *affinity.exclude}.difference(declared)) if affinity else ():
            similar = difflib.get_close_matches(name, declared, 1)
            remedy = f"Write {similar[0]} if that is meant." if similar else "Correct the name, or declare the Cluster."
            message = f"{ref} names the cluster {name}, which no file declares"
            yield warning("UnknownCluster", message, remedy, origin=origin, subject=ref)


def _matches_any(selector: ResourceSelector, candidates: Mapping[tuple[str, str, str], list[ResourceTemplate]]) -> bool:
    """candidates: templates by apiVersion, kind and name; and all of a kind under the empty name."""
    templates = candidates.get((selector.api_version, selector.kind, selector.name), ())
    return any(closeness_of((selector,), template.manifest) is not Closeness.NONE for template in templates)

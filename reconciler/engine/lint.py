"""What is allowed and probably not meant; `validate` says it, and nothing else waits for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.engine.pipeline import Compiled
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, warning
from reconciler.model.matching import Closeness, closeness_of
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector


def lint(compiled: Compiled) -> Iterator[Issue]:
    """Selectors that match no template, in policies of both kinds."""
    by_kind: dict[tuple[str, str], list[ResourceTemplate]] = {}
    for template in compiled.desired.templates:
        by_kind.setdefault((template.gvk.api_version, template.gvk.kind), []).append(template)
    policies: tuple[PropagationPolicy | OverridePolicy, ...]
    policies = (*compiled.desired.policies, *compiled.desired.override_policies)
    for policy in policies:
        for selector in policy.selectors:
            if not _matches_any(selector, by_kind):
                name = f" {selector.name}" if selector.name else ""
                message = f"{policy.ref}: the selector {selector.api_version} {selector.kind}{name} matches no template"
                remedy = "apiVersion is compared exactly; correct the selector or remove it."
                yield warning("MatchesNothing", message, remedy, origin=policy.origin, subject=policy.ref)


def _matches_any(selector: ResourceSelector, by_kind: Mapping[tuple[str, str], list[ResourceTemplate]]) -> bool:
    templates = by_kind.get((selector.api_version, selector.kind), ())
    return any(closeness_of((selector,), template.manifest) is not Closeness.NONE for template in templates)

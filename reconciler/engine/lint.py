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
    meant: dict[tuple[str, str, str], list[ResourceTemplate]] = {}
    for template in compiled.desired.templates:
        for name in (template.key.name, ""):
            meant.setdefault((template.gvk.api_version, template.gvk.kind, name), []).append(template)
    policies: tuple[PropagationPolicy | OverridePolicy, ...]
    policies = (*compiled.desired.policies, *compiled.desired.override_policies)
    for policy in policies:
        for selector in policy.selectors:
            if not _matches_any(selector, meant):
                name = f" {selector.name}" if selector.name else ""
                message = f"{policy.ref}: the selector {selector.api_version} {selector.kind}{name} matches no template"
                remedy = "apiVersion is compared exactly; correct the selector or remove it."
                yield warning("MatchesNothing", message, remedy, origin=policy.origin, subject=policy.ref)


def _matches_any(selector: ResourceSelector, meant: Mapping[tuple[str, str, str], list[ResourceTemplate]]) -> bool:
    """meant: the templates that a selector with this kind and name, or without a name, could be for."""
    templates = meant.get((selector.api_version, selector.kind, selector.name), ())
    return any(closeness_of((selector,), template.manifest) is not Closeness.NONE for template in templates)

"""What is wrong with children: objects that an API server refuses, and policies that name a child."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.load.schemas.explain_violations import UNKNOWN_FIELD, Violation
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, Severity, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.wording import COPIES_STAY, first_few
from reconciler.pipeline.check_rendered import Schemas
from reconciler.render.render_template import Rendering


def check_child(template: ResourceTemplate, rendering: Rendering, schemas: Schemas) -> Rendering:
    """As `check_rendered` for objects that no file declares: nothing checked them before."""
    releases = {} if template.gvk in schemas.custom else schemas.releases
    distinct: dict[tuple[str, str], list[ClusterName]] = {}
    for name, one in rendering.manifests.items():
        distinct.setdefault((one.digest, releases.get(name, "")), []).append(name)
    failed: dict[ClusterName, Issue] = {}
    notices: dict[Issue, None] = {}
    for (_, release), names in distinct.items():
        first = rendering.manifests[names[0]]
        found = schemas.violations(first.manifest, release)
        if first.expanded is not None:  # What stands in for an encrypted value is as good as any for an API server.
            found = [violation for violation in found if violation.reason == UNKNOWN_FIELD]
        issues = [_issue(template, violation, release, names) for violation in found]
        if refusal := next((issue for issue in issues if issue.severity is Severity.ERROR), None):
            failed |= dict.fromkeys(names, refusal)
        notices |= dict.fromkeys(issues)
    if not notices:
        return rendering
    manifests = {name: one for name, one in rendering.manifests.items() if name not in failed}
    return Rendering(manifests, {**rendering.failed, **failed}, tuple(sorted(notices)))


def _issue(template: ResourceTemplate, violation: Violation, release: str, names: list[ClusterName]) -> Issue:
    parent, where = template.parent, first_few(sorted(names), 3)
    assert parent is not None  # noqa: S101 - it is a child
    what = f"{template.key} of {parent.key}" + (f" ({parent.file})" if parent.file else "")
    who = f"Kubernetes {release} ({where})" if release else f"an API server ({where})"
    refuses = violation.severity is Severity.ERROR
    message = f"{what}: {who} refuses it: {violation.message}" if refuses else f"{what}: {violation.message}"
    remedy = f"{violation.remedy} {COPIES_STAY}".lstrip() if refuses else violation.remedy
    return Issue(template.origin, violation.severity, violation.reason, message, remedy, str(template.key))


def named_children(desired: DesiredState, children: Mapping[ResourceKey, ResourceTemplate]) -> list[Issue]:
    """Warnings about policies that name a child: they act on the Chart or Kustomize as a whole."""
    by_name = {(key.kind, key.name): one for key, one in children.items() if one.parent is not None}
    return list(_naming(desired, by_name)) if by_name else []


def _naming(desired: DesiredState, children: Mapping[tuple[str, str], ResourceTemplate]) -> Iterator[Issue]:
    declared = {(template.key.kind, template.key.name) for template in desired.templates}
    policies: list[PropagationPolicy | OverridePolicy] = [*desired.policies, *desired.override_policies]
    for policy in policies:
        for selector in policy.selectors:
            name = selector.kind, selector.name
            child = children.get(name)
            if child is None or name in declared or selector.namespace not in ("", child.key.namespace):
                continue
            assert child.parent is not None  # noqa: S101 - it is a child
            message = f"{policy.ref} selects {child.key}, which {child.parent.key} expands to; it has no effect on it"
            remedy = f"Select {child.parent.key}, and change its values below /spec/values."
            yield warning("SelectsChild", message, remedy, origin=policy.origin, subject=policy.ref)

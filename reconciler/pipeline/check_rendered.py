"""What was rendered, against the schemas of its kinds: no member gets an object that its API server would refuse.

Templates are validated when they are read (`load/check_templates.py`), by the newest schema of their kind. After that, override
rules may spoil an object, and a member may have a release of Kubernetes that lacks a field. Then the copies on these members stay
as they are. So it is for folders, too: what a folder holds is for an API server in the end.

Each distinct manifest is checked once, and only in the parts that differ from the template.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.load.encrypted import is_known
from reconciler.load.schemas import crd, kubernetes_kinds
from reconciler.load.schemas.crd import CRDSchema, schemas_of_crd
from reconciler.load.schemas.explain_violations import Violation
from reconciler.load.schemas.object_rules import rule_violations
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.model.origin import Origin
from reconciler.model.overrides import PlaintextOverrider
from reconciler.model.wording import COPIES_STAY, first_few
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.follow import Placed
from reconciler.render.render_template import RenderContext, Rendering
from reconciler.render.trace import OverriderStep, overlap, overrider_steps, to_pointer, trace


@dataclass(frozen=True, slots=True, eq=False)
class Schemas:
    """What the manifests of a revision are checked against."""

    custom: Mapping[GroupVersionKind, CRDSchema]
    """Of the kinds that the repository defines."""
    releases: Mapping[ClusterName, str]
    """The recorded release of each member whose release is not the newest (`kubernetes_kinds.release_of`)."""

    def violations(self, manifest: Manifest, release: str, valid: Manifest | None = None) -> list[Violation]:
        """valid: as for `kubernetes_kinds.validate`."""
        gvk = gvk_of(manifest)
        if self.custom and gvk in self.custom:
            return crd.validate(manifest, self.custom[gvk])
        return kubernetes_kinds.validate(manifest, gvk, release, valid) + rule_violations(manifest, gvk, valid)


def schemas_for(definitions: Iterable[ResourceTemplate], clusters: Iterable[Cluster]) -> Schemas:
    """definitions: the CustomResourceDefinitions of the revision."""
    custom: dict[GroupVersionKind, CRDSchema] = {}
    for template in definitions:
        custom |= schemas_of_crd(template.manifest)
    releases = {cluster.name: kubernetes_kinds.release_of(cluster.version) for cluster in clusters}
    return Schemas(custom, {name: release for name, release in releases.items() if release})


def check_rendered(
    template: ResourceTemplate, rendering: Rendering, schemas: Schemas, context: RenderContext, *, placed: Placed
) -> Rendering:
    """The rendering without the manifests that an API server refuses, which are in `failed`; the same one if all are valid.

    placed: what was rendered.
    """
    releases = {} if template.gvk in schemas.custom else schemas.releases
    failed: dict[ClusterName, Issue] = {}
    notices: dict[Issue, None] = {}
    valid = {"": template.manifest}
    """By release, a manifest without violations: of the others, only what differs from it is checked. The template was checked
    against the newest release when it was read; it is not sent itself."""
    of_template: dict[str, list[Violation]] = {}
    """By release; the same for all manifests."""
    for release, member in _distinct(rendering.manifests, releases):
        rendered = rendering.manifests[member]
        if not release and not any(rule.paths and rule.may_spoil for rule in rendered.overrides):
            continue  # As valid as the template.
        found = schemas.violations(rendered.manifest, release, valid.get(release))
        if not found:
            valid.setdefault(release, rendered.manifest)
            continue
        if release not in of_template:
            of_template[release] = schemas.violations(template.manifest, release)
        found = _new(found, of_template[release])
        if rendered.sealed is not None:
            found = [violation for violation in found if is_known(violation, rendered.manifest)]
        if not found:
            continue
        names = [name for name, one in rendering.manifests.items() if one is rendered and releases.get(name, "") == release]
        binding = placed.in_force(template.key)
        steps = () if binding is None else tuple(overrider_steps(trace(template, binding, member, context)))
        anywhere = schemas.violations(rendered.manifest, "") if release else found
        members = f"Kubernetes {release} ({first_few(names, 3)})"
        issues = [
            _issue(template, violation, _cause(violation, steps, schemas, release), "" if violation in anywhere else members)
            for violation in found
        ]
        if refusal := next((issue for issue in issues if issue.severity is Severity.ERROR), None):
            failed |= dict.fromkeys(names, refusal)
        notices |= dict.fromkeys(issues)
    if not notices:
        return rendering
    manifests = {name: manifest for name, manifest in rendering.manifests.items() if name not in failed}
    return Rendering(manifests, {**rendering.failed, **failed}, tuple(sorted(notices)))


def _distinct(
    manifests: Mapping[ClusterName, RenderedManifest], releases: Mapping[ClusterName, str]
) -> Collection[tuple[str, ClusterName]]:
    """(release, a member of this release) for each distinct manifest. A million members are looked at, so it is kept short."""
    if not releases:
        return [("", name) for name in {id(rendered): name for name, rendered in manifests.items()}.values()]
    pairs = {(id(rendered), releases.get(name, "")): name for name, rendered in manifests.items()}
    return [(release, name) for (_, release), name in pairs.items()]


def _new(found: Sequence[Violation], of_template: Collection[Violation]) -> list[Violation]:
    """Without the warnings that the template has as well: these were reported when it was read."""
    return [violation for violation in found if violation.severity is Severity.ERROR or violation not in of_template]


def _cause(violation: Violation, steps: Sequence[OverriderStep], schemas: Schemas, release: str) -> OverriderStep | None:
    """The overrider after which the violation is there for good; None where the template has it."""
    for step in reversed(steps):
        if violation not in schemas.violations(step.after, release):
            break
        if violation not in schemas.violations(step.before, release):
            return step
    return None


def _issue(template: ResourceTemplate, violation: Violation, cause: OverriderStep | None, release: str) -> Issue:
    """release: that of the members, with their names; empty where any release refuses the object."""
    refuses = violation.severity is Severity.ERROR
    subject, remedy = str(template.key), violation.remedy
    if cause is None:
        what, origin = f"{release or 'an API server'} refuses this object", template.origin
        remedy += " Or place it on other members only, or upgrade these." if release else ""
    else:
        outcome = f"that {release or 'an API server'} refuses" if refuses else "with a mistake"
        what, origin = f"rule {cause.rule.position} of {cause.rule.policy} makes an object {outcome}", _place(cause, violation)
    remedy = f"{remedy} {COPIES_STAY}" if refuses else remedy
    return Issue(origin, violation.severity, violation.reason, f"{subject}: {what}: {violation.message}", remedy, subject)


def _place(cause: OverriderStep, violation: Violation) -> Origin:
    """The line of the overrider, or of the last operation of a plaintext overrider that concerns the field."""
    rule = cause.rule.rule
    overrider, pointer = rule.overriders[cause.position], to_pointer(violation.path)
    operations = overrider.operations if isinstance(overrider, PlaintextOverrider) else ()
    concerned = [number for number, operation in enumerate(operations) if overlap(operation.path.removesuffix("/-"), pointer)]
    return rule.place_of(cause.position, concerned[-1] if concerned else 0)

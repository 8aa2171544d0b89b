"""Objects of known scope → resource templates, each declared once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.load.crosscheck import Finding
from reconciler.load.governed import entitled, may_declare
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, Severity, error, warning
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, key_of, text, with_value, without
from reconciler.model.origin import Origin
from reconciler.model.sealed import Sealed
from reconciler.model.tenant import NO_TENANTS, Tenancy

T = TypeVar("T")


def make_template(
    gvk: GroupVersionKind, manifest: Manifest, origin: Origin, namespaced: bool, sealed: Sealed | None = None
) -> ResourceTemplate | Issue:
    """The template, with its namespace filled in or left out; an issue if the object has no name."""
    key = key_of(manifest)
    if not key.name:
        remedy = "Write metadata.name; generateName has no meaning for an object that is declared in Git."
        return error("NoName", f"this {gvk.kind} has no name", remedy, origin=origin)
    filled_in = namespaced and not key.namespace
    if filled_in:
        manifest = with_value(manifest, ("metadata", "namespace"), "default")
    elif key.namespace and not namespaced:
        manifest = without(manifest, ("metadata", "namespace"))
    return ResourceTemplate(key_of(manifest), gvk, manifest, origin, filled_in, sealed=sealed)


def collect_templates(
    made: Iterable[ResourceTemplate | Issue], issues: list[Issue], judges: Tenancy = NO_TENANTS
) -> list[ResourceTemplate]:
    """The templates that are declared once. Adds what is wrong with the others to `issues`."""
    declared: dict[ResourceKey, list[ResourceTemplate]] = defaultdict(list)
    for template in made:
        if isinstance(template, Issue):
            issues.append(template)
        else:
            declared[template.key].append(template)
    return unique(declared, issues, judges)


def written_by_right(made: Iterable[ResourceTemplate | Issue], judges: Tenancy) -> list[ResourceTemplate | Issue]:
    """Without the templates that a Tenant forbids: what is derived from objects of one owner does not depend on those that
    somebody else may not declare."""
    if not judges:
        return list(made)
    return [one for one in made if isinstance(one, Issue) or may_declare(judges.of(one.origin.file), one.key)]


def ignored_namespace(gvk: GroupVersionKind, manifest: Manifest, origin: Origin) -> list[Issue]:
    """A warning where an object of a cluster-scoped kind states a namespace.

    API servers clear the field (k8s.io/apiserver pkg/registry/rest, EnsureObjectNamespaceMatchesRequestNamespace).
    """
    if not text(manifest, "metadata", "namespace"):
        return []
    key = key_of(manifest)
    message = f"{key}: metadata.namespace has no effect, because {gvk.kind} is cluster-scoped"
    remedy = "Remove metadata.namespace. The object is placed without it."
    return [warning("NamespaceIgnored", message, remedy, origin=origin, subject=key)]


def without_errors(items: Iterable[T], findings: Iterable[Finding], issues: list[Issue]) -> list[T]:
    """The items that have no error. Adds all findings to `issues`."""
    findings = list(findings)
    if not findings:
        return list(items)
    issues.extend(issue for _, issue in findings)
    refused = {id(item) for item, issue in findings if issue.severity is Severity.ERROR}
    return [item for item in items if id(item) not in refused]


def unique(declared: Mapping[Any, Sequence[Any]], issues: list[Issue], judges: Tenancy = NO_TENANTS) -> list[Any]:
    """What is declared once by those who may: by name, everything of that name. Adds an error for each of the others to
    `issues`."""
    unique = []
    for name, every in declared.items():
        items = entitled(name, every, judges, issues) if judges and len(every) > 1 else every
        if len(items) == 1:
            unique.append(items[0])
            continue
        places = [item.origin for item in items]
        for origin in places:
            others = ", ".join(str(place) for place in places if place is not origin)
            message = f"{name} is declared here and in {others}"
            issues.append(error("DeclaredTwice", message, "Keep one of them.", origin=origin, subject=name))
    return unique

"""Validates resource templates against the schemas of their kinds: the built-in schemas, and those of CustomResourceDefinitions
in the repository.

This is separate from `parse_file` because it needs what other files define, and commands that show no decisions leave it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.interpreter.containers import defined_kind, is_definition
from reconciler.load.check_order import order_violations
from reconciler.load.crosscheck import Finding
from reconciler.load.encrypted import is_known
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.schemas import crd, kubernetes_kinds
from reconciler.load.schemas.crd import CRDSchema, schemas_of_crd
from reconciler.load.schemas.explain_violations import UNKNOWN_VERSION, Violation
from reconciler.load.schemas.object_rules import rule_violations
from reconciler.load.schemas.removed import removed_violations
from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, sequence, text
from reconciler.model.origin import Origin
from reconciler.model.wording import one_of


@dataclass(frozen=True, slots=True, eq=False)
class DefinedKinds:
    """What the CustomResourceDefinitions of a repository define."""

    schemas: Mapping[GroupVersionKind, CRDSchema]
    versions: Mapping[tuple[str, str], Mapping[str, bool]]
    """Group and kind → each version, and whether it is served."""


def defines_kinds(file: ParsedFile) -> bool:
    """Whether the file contains a CustomResourceDefinition."""
    return any(is_definition(parsed.gvk) for parsed in file.objects)


def collect_defined_kinds(files: tuple[ParsedFile, ...]) -> DefinedKinds:
    """All kinds that CustomResourceDefinitions in these files define."""
    schemas: dict[GroupVersionKind, CRDSchema] = {}
    versions: dict[tuple[str, str], dict[str, bool]] = {}
    for file in files:
        for parsed in file.objects:
            if is_definition(parsed.gvk):
                schemas |= schemas_of_crd(parsed.manifest)
                known = versions.setdefault(defined_kind(parsed.manifest), {})
                for version in sequence(parsed.manifest, "spec", "versions"):
                    known[text(version, "name")] = get(version, "served") is True
    return DefinedKinds(schemas, versions)


def check_file(file: ParsedFile, defined: DefinedKinds) -> tuple[Finding, ...]:
    """The issues of the templates in a file, each with its object. Objects of unknown kinds have no issues."""
    return tuple(
        (parsed, _issue(file, parsed, violation))
        for parsed in file.objects
        if parsed.noun is None
        for violation in (*_violations(parsed, defined), *order_violations(parsed.manifest))
        if parsed.sealed is None or is_known(violation, parsed.manifest)
    )


def _violations(parsed: ParsedObject, defined: DefinedKinds) -> list[Violation]:
    versions = defined.versions.get((parsed.gvk.group, parsed.gvk.kind))
    if versions and not versions.get(parsed.gvk.version):
        return [_version_not_served(parsed.gvk, versions)]
    schema = defined.schemas.get(parsed.gvk)
    if schema or versions:
        return crd.validate(parsed.manifest, schema) if schema else []
    manifest, gvk = _as_built_in(parsed)
    found = kubernetes_kinds.validate(manifest, gvk) + rule_violations(manifest, gvk)
    return found + removed_violations(parsed.gvk)


def _as_built_in(parsed: ParsedObject) -> tuple[Manifest, GroupVersionKind]:
    """The object as one of the built-in kind whose specification it has."""
    if (parsed.gvk.group, parsed.gvk.kind) != ("networking.karmada.io", "MultiClusterIngress"):
        return parsed.manifest, parsed.gvk
    return {**parsed.manifest, "apiVersion": _INGRESS.api_version, "kind": _INGRESS.kind}, _INGRESS


_INGRESS = GroupVersionKind("networking.k8s.io", "v1", "Ingress")


def _version_not_served(gvk: GroupVersionKind, versions: Mapping[str, bool]) -> Violation:
    served = sorted(f"{gvk.group}/{version}" for version, is_served in versions.items() if is_served)
    what = "does not serve this version" if gvk.version in versions else "has no such version"
    message = f"{gvk.api_version}: the CustomResourceDefinition of {gvk.kind} in this repository {what}"
    remedy = f"Write {one_of(served)}." if served else "Set served: true for a version in the CustomResourceDefinition."
    return Violation(("apiVersion",), Severity.ERROR, UNKNOWN_VERSION, message, remedy)


def _issue(file: ParsedFile, parsed: ParsedObject, violation: Violation) -> Issue:
    origin = Origin(file.path, file.line_of(parsed, violation.path))
    name = printed_name(parsed)
    return Issue(origin, violation.severity, violation.reason, f"{name}: {violation.message}", violation.remedy, name)

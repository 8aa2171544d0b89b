"""Validates resource templates against the schemas of their kinds: the built-in schemas, and those of CustomResourceDefinitions
in the repository.

This is separate from `parse_file` because it costs more than all other steps: `diff` runs it only for the files that changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.containers import is_definition
from reconciler.load.crosscheck import Finding
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.schemas import builtin, crd
from reconciler.load.schemas.crd import CRDSchema, schemas_of_crd
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Issue
from reconciler.model.keys import GroupVersionKind
from reconciler.model.origin import Origin

CRDSchemas = Mapping[GroupVersionKind, CRDSchema]


def defines_kinds(file: ParsedFile) -> bool:
    """Whether the file contains a CustomResourceDefinition."""
    return any(is_definition(parsed.gvk) for parsed in file.objects)


def collect_crd_schemas(files: tuple[ParsedFile, ...]) -> CRDSchemas:
    """The schemas of all kinds that CustomResourceDefinitions in these files define."""
    schemas: dict[GroupVersionKind, CRDSchema] = {}
    for file in files:
        for parsed in file.objects:
            if is_definition(parsed.gvk):
                schemas |= schemas_of_crd(parsed.manifest)
    return schemas


def check_file(file: ParsedFile, schemas: CRDSchemas) -> tuple[Finding, ...]:
    """The issues of the templates in a file, each with its object. Objects of unknown kinds have no issues."""
    return tuple(
        (parsed, _issue(file, parsed, violation))
        for parsed in file.objects
        if parsed.noun is None
        for violation in _violations(parsed, schemas)
    )


def _violations(parsed: ParsedObject, schemas: CRDSchemas) -> list[Violation]:
    schema = schemas.get(parsed.gvk)
    return crd.validate(parsed.manifest, schema) if schema else builtin.validate(parsed.manifest, parsed.gvk)


def _issue(file: ParsedFile, parsed: ParsedObject, violation: Violation) -> Issue:
    origin = Origin(file.path, file.line_of(parsed, violation.path))
    name = printed_name(parsed)
    return Issue(origin, violation.severity, violation.reason, f"{name}: {violation.message}", violation.remedy, name)

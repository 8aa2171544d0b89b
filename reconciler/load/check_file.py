"""Templates held against their kinds' schemas: Kubernetes' own, and those that CustomResourceDefinitions in the repository teach.

Separate from reading a file because it costs more than all the rest: `diff` asks it only for the files that changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.containers import is_definition
from reconciler.load import builtin_schemas
from reconciler.load.crd_schemas import CustomSchema, complaints_custom, schema_of_crd
from reconciler.load.crosscheck import Finding
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.violations import Complaint
from reconciler.model.issues import Issue
from reconciler.model.keys import GroupVersionKind
from reconciler.model.origin import Origin

CustomSchemas = Mapping[GroupVersionKind, CustomSchema]


def defines_kinds(file: ParsedFile) -> bool:
    """Whether `custom_schemas` finds anything in it."""
    return any(is_definition(found.gvk) for found in file.objects)


def custom_schemas(files: tuple[ParsedFile, ...]) -> CustomSchemas:
    """The schemas of all custom kinds that these files define."""
    schemas: dict[GroupVersionKind, CustomSchema] = {}
    for file in files:
        for found in file.objects:
            if is_definition(found.gvk):
                schemas |= schema_of_crd(found.manifest)
    return schemas


def check_file(file: ParsedFile, schemas: CustomSchemas) -> tuple[Finding, ...]:
    """Each complaint with the object that it is about. Objects whose kind nobody knows have none."""
    return tuple(
        (found, _issue(file, found, complaint))
        for found in file.objects
        if found.noun is None
        for complaint in _complaints(found, schemas)
    )


def _complaints(found: ParsedObject, schemas: CustomSchemas) -> list[Complaint]:
    custom = schemas.get(found.gvk)
    return complaints_custom(found.manifest, custom) if custom else builtin_schemas.complaints(found.manifest, found.gvk)


def _issue(file: ParsedFile, found: ParsedObject, complaint: Complaint) -> Issue:
    origin = Origin(file.path, file.line_of(found, complaint.path))
    name = printed_name(found)
    return Issue(origin, complaint.severity, complaint.reason, f"{name}: {complaint.message}", complaint.remedy, name)

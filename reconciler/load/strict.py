"""Files as `spec.validation: Strict` of the Configuration reads them.

A file is parsed once, whatever the Configuration says, because only its content decides what is remembered about it. A parsed
file has warnings about unknown fields; here they become errors.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.load.parse_file import ParsedFile
from reconciler.load.schemas.explain_violations import UNKNOWN_FIELD
from reconciler.model.issues import Severity


def as_strict(file: ParsedFile) -> ParsedFile:
    """The file with an error in place of each warning about an unknown field, and without the objects that have one."""
    if not any(issue.reason == UNKNOWN_FIELD for issue in file.issues):
        return file
    issues = [replace(issue, severity=Severity.ERROR) if issue.reason == UNKNOWN_FIELD else issue for issue in file.issues]
    objects = tuple(parsed for parsed in file.objects if not parsed.has_unknown_fields)
    return replace(file, objects=objects, issues=tuple(sorted(issues)))

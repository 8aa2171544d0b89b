"""What an import from Argo CD or Flux comes to, as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.migrate.import_gitops import PlannedGitOpsImport
from reconciler.model.wording import first_few, plural
from reconciler.present.imports import file_lines, files_document, remark_document, remark_lines

_NAMED = 5
"""How many files a line names."""


def gitops_import_lines(planned: PlannedGitOpsImport) -> Iterator[str]:
    """What was read and what becomes of it; the writes themselves are printed as they are made."""
    found = planned.found
    objects = plural(found.applications, "object")
    yield f"{planned.tool}: {objects} for {plural(found.clusters, 'cluster')} → {plural(found.templates, 'template')}."
    yield from file_lines(planned.files, planned.tool)
    if planned.others:
        names = first_few(planned.others, _NAMED)
        yield f"  left        {names}: of another import, or of objects that are gone; what they declare stays placed"
    yield from remark_lines(found.imported.remarks)
    if planned.errors:
        errors = plural(planned.errors, "error")
        yield ""
        yield f"The files have {errors}: run `reconciler update` where charts are from elsewhere, then `reconciler validate`."


def gitops_import_document(planned: PlannedGitOpsImport) -> dict[str, Any]:
    """For `-o json` and `-o yaml` (docs/output.md)."""
    found, needs = planned.found, planned.found.needs
    return {
        "read": {"objects": found.applications, "templates": found.templates, "clusters": found.clusters},
        "files": {**files_document(planned.files), "others": list(planned.others)},
        "configuration": {
            "adopt": [needs.adopt.value],
            "expand": list(needs.expand),
            "exclude": list(needs.exclude),
            "ignoreDifferences": [dict(rule) for rule in needs.ignored],
            "repository": needs.repository,
        },
        "errors": planned.errors,
        "remarks": [remark_document(one) for one in found.imported.remarks],
    }

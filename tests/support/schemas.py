"""Reads the program's own files in advance: schemas, and the library that explains violations.

A test process that must read no file later calls `read_schemas` first. The program itself reads each file when it needs it first,
because a short command needs few of them.
"""

from __future__ import annotations

from reconciler.load.schemas import explain_violations, karmada, kubernetes_kinds
from reconciler.model.issues import Severity


def read_schemas() -> None:
    """Raises SchemasMissingError or BuiltinSchemasMissingError if the program is not completely installed."""
    karmada.known_kinds()
    for folder in kubernetes_kinds._folders():
        kubernetes_kinds._index(folder)
        kubernetes_kinds._file_names(folder)
    explain_violations.explain({"type": "object"}, {}, explain_violations.ReportOptions(Severity.ERROR, ""))

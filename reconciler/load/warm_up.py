"""What loading reads from the program's own files, read at once: schemas, and the library that explains what does not fit them.

By default each is read when it is first needed, which spares a short command most of it. A process that is to touch no file
later, such as one that only compiles, calls `read_schemas` when it starts; from then on loading is pure to the letter.
"""

from __future__ import annotations

from reconciler.load import builtin_schemas, schema, violations
from reconciler.model.issues import Severity


def read_schemas() -> None:
    """Raises SchemasMissingError or NativeSchemasMissingError where the program is not installed in full."""
    schema.known_kinds()
    builtin_schemas.read_all()
    violations.explain({"type": "object"}, {}, violations.Manner(Severity.ERROR, ""))

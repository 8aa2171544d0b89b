"""The number of replicas: reads it from a template, and writes the number of one cluster back.

As in Karmada, the number of a built-in kind is written only if the template has the field (karmada
pkg/util/helper/unstructured.go). If it does not, reading gives the API server's default, because no API server has filled in
the file. For third-party kinds the number is always written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.interpreter.fields import ABSENT, integer_at, lookup, put, wrong_type
from reconciler.model.manifest import Manifest


def declared_count(manifest: Manifest, field: str) -> int | None:
    """The number in `spec`; None if absent or null. Raises MalformedObjectError if it is not a whole number."""
    value = lookup(manifest, "spec", field)
    if value is ABSENT or value is None:
        return None
    if type(value) is not int and not (isinstance(value, float) and value.is_integer()):
        raise wrong_type(("spec", field), value, "a whole number")
    return int(value)


def count_reader(field: str, default: int = 1) -> Callable[[Manifest], int]:
    """A function that reads `spec.<field>`. default: its result if the field is absent."""

    def read(manifest: Manifest) -> int:
        count = declared_count(manifest, field)
        return default if count is None else count

    return read


def revise_if_present(field: str) -> Callable[[Manifest, int], Manifest]:
    """A function that writes `spec.<field>`, but does not change a template without the field."""

    def write(manifest: Manifest, count: int) -> Manifest:
        present = integer_at(manifest, "spec", field)
        return manifest if present is None or present == count else put(manifest, ("spec", field), count)

    return write


def revise_always(field: str) -> Callable[[Manifest, int], Manifest]:
    """A function that writes `spec.<field>`, also if the field is absent. The template must have a `spec`."""

    def write(manifest: Manifest, count: int) -> Manifest:
        spec = lookup(manifest, "spec")
        if not isinstance(spec, Mapping):
            raise wrong_type(("spec",), None if spec is ABSENT else spec, "a mapping")
        return put(manifest, ("spec", field), count)

    return write

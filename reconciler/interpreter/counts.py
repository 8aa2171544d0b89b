"""A workload's number: reading it from a template, writing one cluster's share back.

Two habits of the reference meet here. Kubernetes' own kinds are revised only where the template states the number
(karmada pkg/util/helper/unstructured.go), and what it does not state gets the API server's default when read: a file
never passes through an API server. Kinds with a shipped script get the number written, stated or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.interpreter.fields import ABSENT, integer_at, lookup, put, wrong_type
from reconciler.model.manifest import Manifest


def stated_count(manifest: Manifest, field: str) -> int | None:
    """The number in `spec`; None if absent or null. Raises MalformedObjectError for anything but a whole number."""
    value = lookup(manifest, "spec", field)
    if value is ABSENT or value is None:
        return None
    if type(value) is not int and not (isinstance(value, float) and value.is_integer()):
        raise wrong_type(("spec", field), value, "a whole number")
    return int(value)


def count_in(field: str, default: int = 1) -> Callable[[Manifest], int]:
    """A reader of `spec.<field>`."""

    def read(manifest: Manifest) -> int:
        stated = stated_count(manifest, field)
        return default if stated is None else stated

    return read


def revise_stated(field: str) -> Callable[[Manifest, int], Manifest]:
    """A writer of `spec.<field>` that leaves a template without the field alone."""

    def write(manifest: Manifest, count: int) -> Manifest:
        stated = integer_at(manifest, "spec", field)
        return manifest if stated is None or stated == count else put(manifest, ("spec", field), count)

    return write


def revise_always(field: str) -> Callable[[Manifest, int], Manifest]:
    """A writer of `spec.<field>` that only asks for a `spec`."""

    def write(manifest: Manifest, count: int) -> Manifest:
        spec = lookup(manifest, "spec")
        if not isinstance(spec, Mapping):
            raise wrong_type(("spec",), None if spec is ABSENT else spec, "a mapping")
        return put(manifest, ("spec", field), count)

    return write

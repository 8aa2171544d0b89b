"""The fields that a member keeps when an object is written again as a whole (Karmada: pkg/util/objectwatcher).

These stay: the resource version, finalizers and owners; labels and annotations of the live object, except those that we wrote
before and no longer want; the fields that the member allocates for a kind (`interpreter/`). All other fields are as desired.
On an API server these fields are not written at all: `leave_to_member.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.manifest import Manifest, mapping

_RETAINED = ("resourceVersion", "finalizers", "ownerReferences")


@dataclass(frozen=True, slots=True)
class ManagedKeys:
    """The labels and annotations that we wrote when we wrote the object last, by key."""

    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()


def retain(
    desired: Manifest,
    live: Manifest,
    previous: ManagedKeys | None = None,
    interpreter: Interpreter = BUILT_IN,
    *,
    karmada_exact: bool = False,
) -> Manifest:
    """The desired object with the fields that the member keeps.

    previous: None where it is not known; then every label and annotation of the live object stays.
    karmada_exact: see `registry.retain`.
    Raises MalformedObjectError where the rule of the kind cannot read one of the two objects.
    """
    managed = previous or ManagedKeys()
    metadata = {name: value for name, value in mapping(desired, "metadata").items() if name not in _RETAINED}
    current = mapping(live, "metadata")
    metadata |= {name: current[name] for name in _RETAINED if current.get(name)}
    for name, keys in (("labels", managed.labels), ("annotations", managed.annotations)):
        foreign = {key: value for key, value in mapping(current, name).items() if key not in keys}
        if foreign:
            metadata[name] = foreign | dict(mapping(metadata, name))
    return interpreter.retain({**desired, "metadata": metadata}, live, karmada_exact=karmada_exact)

"""What a member keeps of its own when an object that it holds is written again (Karmada pkg/util/objectwatcher).

The member's version, finalizers and owners stay; so do labels and annotations that only the member has, unless we
stated them once and no longer do; so do the fields that a kind allocates in its cluster (`interpreter/`). Everything
else is as desired.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.manifest import Manifest, mapping

_MEMBERS_OWN = ("resourceVersion", "finalizers", "ownerReferences")


@dataclass(frozen=True, slots=True)
class ManagedKeys:
    """The keys that we stated when we wrote the object last."""

    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()


def retain(
    desired: Manifest, live: Manifest, formerly_stated: ManagedKeys | None = None, interpreter: Interpreter = BUILT_IN
) -> Manifest:
    """The desired object with what the member keeps.

    formerly_stated: None where nobody knows, then every key of the member stays.
    Raises MalformedObjectError where the kind's own rule cannot read one of the two.
    """
    stated = formerly_stated or ManagedKeys()
    metadata = {name: value for name, value in mapping(desired, "metadata").items() if name not in _MEMBERS_OWN}
    theirs = mapping(live, "metadata")
    metadata |= {name: theirs[name] for name in _MEMBERS_OWN if theirs.get(name)}
    for name, former in (("labels", stated.labels), ("annotations", stated.annotations)):
        kept = {key: value for key, value in mapping(theirs, name).items() if key not in former}
        if kept:
            metadata[name] = kept | dict(mapping(metadata, name))
    return interpreter.retain({**desired, "metadata": metadata}, live)

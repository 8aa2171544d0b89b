"""In what order the objects of one member are written: the annotations that say so, and how they are read.

| Ours | Understood, too | Meaning |
|---|---|---|
| `reconciler.dev/wave: "1"` | Argo CD's `sync-wave`, Helm's `hook-weight` | after objects of its namespace with a lower number |
| `reconciler.dev/depends-on: apps/namespaces/shop/Deployment/db` | cli-utils' `depends-on` | after these objects |
| `reconciler.dev/gate: before` | hooks of Argo CD and Helm | a Job that runs once per revision, before the others |
| `reconciler.dev/gate: after` | hooks of Argo CD and Helm | the same, after the others |
| `reconciler.dev/gate-timeout: 5m` | | how long others wait until this object is Current |

Where an object has ours and another one, ours counts. Who waits for whom is decided in `plan/waits.py`; mistakes are told by
`load/check_order.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from reconciler.model.hooks import (
    ARGO_HOOK,
    ARGO_WAVE,
    HELM_HOOK,
    HELM_WEIGHT,
    Phase,
    argo_wave,
    hook_of,
    integer,
    stated_argo_wave,
)
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, get, gvk_of, text

WAVE = "reconciler.dev/wave"
DEPENDS_ON = "reconciler.dev/depends-on"
GATE = "reconciler.dev/gate"
GATE_TIMEOUT = "reconciler.dev/gate-timeout"
GATE_OF = "reconciler.dev/gate-of"
"""On the Job of a gate in a member: the name of the Job in Git."""
THEIR_DEPENDS_ON = "config.kubernetes.io/depends-on"
"""Of cli-utils, kpt and Config Sync."""
_ORDER_MARKS = frozenset({WAVE, DEPENDS_ON, GATE, THEIR_DEPENDS_ON, ARGO_WAVE, ARGO_HOOK, HELM_HOOK, HELM_WEIGHT})
GATES = {"before": Phase.PRE_SYNC, "after": Phase.POST_SYNC}


class Place(NamedTuple):
    """Where in the order of its namespace an object stands: by phase, then by wave."""

    phase: int
    """`Phase.rank`."""
    wave: int


class Dependency(NamedTuple):
    """An object that another one depends on. Sortable."""

    key: ResourceKey
    cluster: str = ""
    """The member that holds it; empty for the member of the object that depends on it."""

    def __str__(self) -> str:
        return f"{self.key} on {self.cluster}" if self.cluster else str(self.key)


class UnreadableReferenceError(ValueError):
    """A reference that cannot be read. The text says why, as a sentence without its end."""


def states_order(manifest: Manifest) -> bool:
    """Whether an annotation of the object says when it is written. Nearly no object has one, so this is cheap."""
    annotations = get(manifest, "metadata", "annotations")
    return bool(annotations) and isinstance(annotations, Mapping) and not _ORDER_MARKS.isdisjoint(annotations)


def wave_of(manifest: Manifest) -> int:
    """0 where none is stated."""
    stated = integer(annotations_of(manifest).get(WAVE))
    return argo_wave(manifest) if stated is None else stated


def states_wave(manifest: Manifest) -> bool:
    """Whether the object has a wave of its own, even 0."""
    return integer(annotations_of(manifest).get(WAVE)) is not None or stated_argo_wave(manifest) is not None


def phase_of(manifest: Manifest) -> Phase:
    """The phase in which the object is written."""
    gate = annotations_of(manifest).get(GATE)
    if isinstance(gate, str) and gate in GATES:
        return GATES[gate]
    phases = hook_of(manifest).phases
    return phases[0] if phases else Phase.SYNC


def place_of(manifest: Manifest) -> Place:
    return Place(phase_of(manifest).rank, wave_of(manifest))


def is_gate(manifest: Manifest) -> bool:
    """Whether this is a Job that runs once for each revision: a gate of ours, or a hook of Argo CD or Helm."""
    gvk = gvk_of(manifest)
    if (gvk.group, gvk.kind) != ("batch", "Job"):
        return False
    return annotations_of(manifest).get(GATE) in GATES or (hook_of(manifest).is_hook and bool(hook_of(manifest).phases))


def gate_timeout(manifest: Manifest) -> timedelta | None:
    """None where the object states none, or what is no duration."""
    return duration(annotations_of(manifest).get(GATE_TIMEOUT))


def dependencies_of(manifest: Manifest, namespace: str) -> tuple[Dependency, ...]:
    """What the object depends on, sorted; references that cannot be read are left out. namespace: its own."""
    annotations = annotations_of(manifest)
    if DEPENDS_ON not in annotations and THEIR_DEPENDS_ON not in annotations:
        return ()
    name = DEPENDS_ON if DEPENDS_ON in annotations else THEIR_DEPENDS_ON
    return tuple(sorted({one for one in read_references(annotations[name], namespace) if isinstance(one, Dependency)}))


def read_references(value: object, namespace: str) -> Iterator[Dependency | UnreadableReferenceError]:
    """Each reference of a list with commas, or what is wrong with it."""
    if not isinstance(value, str):
        yield UnreadableReferenceError("it is not a text")
        return
    for part in value.split(","):
        try:
            yield _reference(part.strip(), namespace)
        except UnreadableReferenceError as error:
            yield error


def _reference(reference: str, namespace: str) -> Dependency:
    """cli-utils: pkg/object/dependson; or `Kind.group/name` and `Kind.group/namespace/name`, with a space after the kind as it is
    printed here, too; each with `@cluster`."""
    path, at, cluster = reference.partition("@")
    if path[:1].isupper():
        path = path.replace(" ", "/", 1)
    if at and not cluster:
        raise UnreadableReferenceError(f"{reference!r} names no cluster after @")
    parts = path.split("/")
    if not path or any(not part or part != part.strip() for part in parts[1:]):
        raise UnreadableReferenceError(f"{reference!r} has an empty part" if reference else "a reference is empty")
    if parts[0][:1].isupper():
        kind, _, group = parts[0].partition(".")
        if len(parts) == 2:
            return Dependency(ResourceKey(group, kind, namespace, parts[1]), cluster)
        if len(parts) == 3:
            return Dependency(ResourceKey(group, kind, parts[1], parts[2]), cluster)
    elif len(parts) == 5 and parts[1] == "namespaces":
        return Dependency(ResourceKey(parts[0], parts[3], parts[2], parts[4]), cluster)
    elif len(parts) == 3:
        return Dependency(ResourceKey(parts[0], parts[1], "", parts[2]), cluster)
    raise UnreadableReferenceError(f"{reference!r} is neither group/namespaces/NAMESPACE/Kind/name nor group/Kind/name")


def group_of(key: ResourceKey) -> str:
    """The namespace in whose order an object stands: its own; for a Namespace, itself. Empty for other cluster-scoped objects."""
    return key.name if (key.group, key.kind) == ("", "Namespace") else key.namespace


def duration(value: object) -> timedelta | None:
    """A duration of Go, such as `90s` or `1h30m`; None for anything else."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        return None
    seconds = sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(value))
    return timedelta(seconds=min(seconds, 10.0**10))


_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+", re.ASCII)


def declared_name(manifest: Manifest) -> str:
    """The name in Git: that of a gate without its digest."""
    return text(manifest, "metadata", "annotations", GATE_OF) or text(manifest, "metadata", "name")


def declared_key(key: ResourceKey, manifest: Manifest) -> ResourceKey:
    """The key of the template of an object, as the object tells it. key: its own."""
    if (key.group, key.kind) != ("batch", "Job"):
        return key
    name = text(manifest, "metadata", "annotations", GATE_OF)
    return key._replace(name=name) if name else key

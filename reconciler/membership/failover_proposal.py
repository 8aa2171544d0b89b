"""What `spec.failover.mode: propose` proposes: a commit that lets objects leave members that fail. Pure.

The commit writes the annotation `reconciler.dev/evict` into the Cluster files of these members. Its value is the time until which
something may have failed: once merged, it allows the moves that it names, and none because of a later failure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from reconciler.edit.object_text import FieldEdit
from reconciler.membership.cluster_manifest import edit_cluster
from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import EVICT_ANNOTATION
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.moments import time_text
from reconciler.model.wording import first_few, plural
from reconciler.pipeline.compiled import Compiled
from reconciler.transition.eviction import Deadline

BRANCH = "reconciler/failover"
_NAMED = 20
"""Objects that the message names for each member."""


@dataclass(frozen=True, slots=True)
class Move:
    """What the commit would move."""

    key: ResourceKey
    before: tuple[TargetCluster, ...]
    after: tuple[TargetCluster, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One commit, on top of the revision in force."""

    annotations: Mapping[ClusterName, str]
    """Member → the value of its annotation."""
    files: Mapping[ClusterName, str]
    """Member → the file that declares it."""
    message: str
    causes: Mapping[ClusterName, tuple[str, ...]] = field(default_factory=dict)
    """Member → why objects are to leave it, each as a clause; sorted."""
    moves: tuple[Move, ...] = ()
    """Sorted by key."""

    @property
    def cause(self) -> str:
        """A word that is another one where something else is proposed."""
        written = "\n".join(f"{name}={value}" for name, value in self.annotations.items())
        return sha256(written.encode()).hexdigest()[:16]

    def edited(self, contents: Mapping[str, str]) -> dict[str, bytes]:
        """The files after the edit. contents: by path. Raises DocumentError where a file cannot be edited without harm."""
        found = dict(contents)
        for name, value in self.annotations.items():
            file = self.files[name]
            edit = FieldEdit(("metadata", "annotations", EVICT_ANNOTATION), value)
            found[file] = edit_cluster(file, found[file], name, [edit])
        return {path: text.encode() for path, text in found.items()}


def proposal_of(compiled: Compiled) -> Proposal | None:
    """None where nothing is to be proposed."""
    moves: defaultdict[ClusterName, list[tuple[ResourceKey, Deadline]]] = defaultdict(list)
    for key, eviction in compiled.evictions.by_key.items():
        for deadline in eviction.proposed:
            moves[deadline.cluster].append((key, deadline))
    if not moves:
        return None
    begun = {name: max((one.since for _, one in found if one.since is not None), default=None) for name, found in moves.items()}
    annotations = {name: time_text(since) for name, since in sorted(begun.items()) if since is not None}
    files = {cluster.name: cluster.origin.file for cluster in compiled.desired.clusters if cluster.name in annotations}
    if not annotations:
        return None
    causes = {name: tuple(sorted({deadline.cause for _, deadline in moves[name]})) for name in annotations}
    keys = sorted({key for name in annotations for key, _ in moves[name]})
    return Proposal(annotations, files, _message(moves, annotations), causes, tuple(_move(key, compiled) for key in keys))


def _move(key: ResourceKey, compiled: Compiled) -> Move:
    previous = compiled.recorded.decisions.get(key)
    before = previous.binding.targets if previous is not None else ()
    return Move(key, before, compiled.evictions.of(key).destination)


def _message(moves: Mapping[ClusterName, list[tuple[ResourceKey, Deadline]]], annotations: Mapping[ClusterName, str]) -> str:
    total = len({key for name in annotations for key, _ in moves[name]})
    lines = [f"Let {plural(total, 'object')} leave {first_few(list(annotations), 3)}", ""]
    for name in annotations:
        causes = sorted({deadline.cause for _, deadline in moves[name]})
        lines += [f"{name}: {'; '.join(causes)}. To move:", ""]
        keys = sorted({key for key, _ in moves[name]})
        lines += [f"- {key}" for key in keys[:_NAMED]]
        lines += [f"- and {len(keys) - _NAMED} more"] if len(keys) > _NAMED else []
        lines.append("")
    lines.append("Merge this commit to move them. Without it, they stay where they are.")
    return "\n".join(lines) + "\n"

"""What a file that cannot be read protects: what it declared at the last good revision, and everything that it governs.

Nothing is moved and nothing is pruned because of an error: an error says nothing about what its author wants.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState


@dataclass(frozen=True, slots=True)
class Protection:
    files: frozenset[str]
    """Files with an error, and files that may be one of them under its old name."""
    clusters: frozenset[ClusterName]
    """Members that were declared in such a file, and are not declared any more."""
    texts: tuple[str, ...] = ()
    """What the files with an error say, as far as it is text."""

    def freezes(self, previous: RecordedDecision | None) -> str:
        """The file whose error forbids moving the object, or the cluster whose file has one; empty when there is none."""
        if previous is None:
            return ""
        for file in (previous.template_file, previous.policy_file, *previous.governing_files):
            if file and file in self.files:
                return file
        return next((f"the file of cluster {name}" for name in previous.cluster_names if name in self.clusters), "")

    def holds(self, previous: RecordedDecision | None) -> str:
        """Why the object is not even written: an override policy or an interpreter rule that acted on it cannot be read, and
        without it the object would change. Empty when there is none."""
        files = sorted(file for file in previous.governing_files if file in self.files) if previous else []
        return f"{files[0]} has an error, and what stands in it governs this object" if files else ""

    def may_declare(self, key: ResourceKey, previous: RecordedDecision) -> bool:
        """Whether a template that is gone may stand in a file with an error: its own, or one that it was moved to."""
        return previous.template_file in self.files or any(key.name in text for text in self.texts)


def protection(desired: DesiredState, recorded: RecordedState, fleet: Collection[ClusterName]) -> Protection:
    """What the errors of this revision protect. `fleet`: the members that are declared."""
    files, known = desired.broken_files, recorded.files
    if files and not (files <= known and files.isdisjoint(desired.hidden)):
        # A file that vanished while one that nobody knew, or that nobody can look into, cannot be read may have moved there.
        files |= known - desired.files
    files |= {file for found in overlaid(desired, recorded).values() for file in found}
    lost = frozenset(name for name, cluster in recorded.clusters.items() if name not in fleet and cluster.file in files)
    return Protection(files, lost, desired.broken_texts)


def overlaid(desired: DesiredState, recorded: RecordedState) -> dict[str, tuple[str, ...]]:
    """The links and submodules that stand where files were read at the last good revision, each with those files, sorted."""
    found: dict[str, list[str]] = {}
    for file in sorted(recorded.files - desired.files) if desired.hidden else ():
        for place in desired.hidden.intersection(_places(file)) - desired.broken_files:
            found.setdefault(place, []).append(file)
    return {place: tuple(files) for place, files in sorted(found.items())}


def _places(file: str) -> list[str]:
    """The path itself and those of the folders that it is in."""
    parts = file.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def still_declared(
    protected: Protection, recorded: RecordedState, found: Mapping[ResourceKey, object]
) -> dict[ResourceKey, RecordedDecision]:
    """Recorded objects whose template was not found, and may only be unreadable."""
    return {
        key: decision for key, decision in recorded.decisions.items() if key not in found and protected.may_declare(key, decision)
    }

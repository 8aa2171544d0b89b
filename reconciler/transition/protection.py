"""What a file with an error protects: the objects that it declared at the last good revision, and everything that it governs.

Nothing is moved or pruned because of an error: an error does not show what the author wants.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState


@dataclass(frozen=True, slots=True)
class Protection:
    """Which files have an error, and what depends on them."""

    files: frozenset[str]
    """Files with an error, and files that are gone and may have been renamed to one of them."""
    clusters: frozenset[ClusterName]
    """Members that one of these files declared, and that no readable file declares now."""
    texts: tuple[str, ...] = ()
    """Content of the files with an error, as far as it is text."""

    def freezes(self, previous: RecordedDecision | None) -> str:
        """What forbids to move the object: a file with an error, or the file of a cluster. Empty when nothing does."""
        if previous is None:
            return ""
        for file in (previous.template_file, previous.policy_file, *previous.governing_files):
            if file and file in self.files:
                return file
        return next((f"the file of cluster {name}" for name in previous.cluster_names if name in self.clusters), "")

    def holds(self, previous: RecordedDecision | None) -> str:
        """Why the object must not even be written; empty when it may be.

        An override policy or an interpreter rule that acted on the object cannot be read. Without it, the manifest would differ.
        """
        files = sorted(file for file in previous.governing_files if file in self.files) if previous else []
        return f"{files[0]} has an error, and what stands in it governs this object" if files else ""

    def may_declare(self, key: ResourceKey, previous: RecordedDecision) -> bool:
        """Whether a file with an error may declare this missing template: its own file, or one that it was moved to."""
        return previous.template_file in self.files or any(key.name in text for text in self.texts)


def protection(desired: DesiredState, recorded: RecordedState, fleet: Collection[ClusterName]) -> Protection:
    """What the errors of this revision protect. fleet: names of the declared clusters."""
    files, last_good = desired.broken_files, recorded.files
    if files and not (files <= last_good and files.isdisjoint(desired.hidden)):
        # An unreadable file is new, or a link or submodule: a file that is gone may have been moved there.
        files |= last_good - desired.files
    files |= {file for paths in overlaid(desired, recorded).values() for file in paths}
    lost = frozenset(name for name, cluster in recorded.clusters.items() if name not in fleet and cluster.file in files)
    return Protection(files, lost, desired.broken_texts)


def overlaid(desired: DesiredState, recorded: RecordedState) -> dict[str, tuple[str, ...]]:
    """Links and submodules that replaced files of the last good revision: path → these files, both sorted."""
    replaced: dict[str, list[str]] = {}
    for file in sorted(recorded.files - desired.files) if desired.hidden else ():
        for path in desired.hidden.intersection(_with_parents(file)) - desired.broken_files:
            replaced.setdefault(path, []).append(file)
    return {path: tuple(files) for path, files in sorted(replaced.items())}


def _with_parents(file: str) -> list[str]:
    """The path, and the paths of the folders that contain it."""
    parts = file.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def still_declared(
    protected: Protection, recorded: RecordedState, templates: Collection[ResourceKey]
) -> dict[ResourceKey, RecordedDecision]:
    """Recorded objects whose template is missing, but may stand in a file with an error.

    templates: keys of the templates that could be read.
    """
    return {
        key: decision
        for key, decision in recorded.decisions.items()
        if key not in templates and protected.may_declare(key, decision)
    }

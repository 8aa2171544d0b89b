"""What a page asks Git and the compiler for, beside the facts that it has already.

Asked are the same functions as by the commands (`review/`), and only about objects that are in the facts of the person who asks:
`scope.py` took the others out. What an answer says about more than these objects is left out here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.answers.explain import explanation_of
from reconciler.dashboard.facts import Facts
from reconciler.dashboard.facts_reader import FactsReader
from reconciler.edit.rollout_controls import stated_rollouts
from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.rollout import rollout_name
from reconciler.record.object_history import ObjectHistory, RecordedStep, read_object_histories, read_steps
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.blame import Blame, blame
from reconciler.review.history import Entry, RevisionEntry, object_entries, revision_entries
from reconciler.review.recorded_manifest import RecordedManifest, manifest_in_force
from reconciler.review.rollout_statements import Statement, read_statements


class UnknownObjectError(ReconcilerError):
    """The object is not among the facts."""


@dataclass(frozen=True, slots=True)
class PastOfObject:
    """The recorded states of one object."""

    history: ObjectHistory
    entries: tuple[Entry, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class MovedObject:
    """How many copies of an object each member loses and gets."""

    key: ResourceKey
    lost: Mapping[ClusterName, int]
    got: Mapping[ClusterName, int]
    has_replicas: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a simulation says of the objects that a person may see."""

    moved: tuple[MovedObject, ...]
    """Sorted by object."""
    unplaced: Mapping[ResourceKey, str]
    """What could not be placed any more, and why; empty where the reason counts over members that he may not see."""


def _only(counts: Mapping[ClusterName, int], seen: Collection[ClusterName]) -> dict[ClusterName, int]:
    return {name: count for name, count in counts.items() if name in seen}


@dataclass(frozen=True, slots=True)
class Questions:
    """Of one person, about one moment."""

    facts: Facts
    """What this person may see."""
    reader: FactsReader
    now: datetime

    @property
    def repository(self) -> Repository:
        """For questions of other modules. It knows no scope: whoever asks it must ask for what is in the facts."""
        return self.reader.repository

    def _refuse_unknown(self, key: ResourceKey) -> None:
        if key not in self.facts.state.decisions and key not in self.facts.templates:
            raise UnknownObjectError(f"{key} is not there")

    async def explanation(self, key: ResourceKey, clusters: Sequence[str] = ()) -> dict[str, Any] | None:
        """As the document of `explain`; None where HEAD declares no such template. clusters: those whose steps of rendering are
        told, too. Raises UnknownObjectError, and what compiling raises."""
        self._refuse_unknown(key)
        whole = await self.reader.whole(self.facts.version)
        compiled = await self.reader.compiled(whole, self.now)
        item = compiled.templates.get(key)
        if item is None:
            return None
        names = [name for name in map(ClusterName, clusters) if name in self.facts.clusters]
        document = await explanation_of(self.repository, whole.head, item, compiled, names, with_manifest=False)
        return self._only_visible(document)

    def _only_visible(self, document: dict[str, Any]) -> dict[str, Any]:
        if not self.facts.restricted:
            return document
        seen = self.facts.clusters.keys()
        known = {str(key) for key in self.facts.state.decisions}
        schedule, transition = document["schedule"], document["transition"]
        for of_clusters in (schedule["filters"], schedule["rejected"], schedule["targets"], transition["inForce"]):
            for name in [name for name in of_clusters if name not in seen]:
                del of_clusters[name]
        transition["requiredBy"] = [name for name in transition["requiredBy"] if name in known]
        if self.facts.some_clusters:  # These sentences count over all members.
            schedule |= {"reasons": [], "arithmetic": []}
            document["scale"] = None
            transition |= {"waitsFor": [], "message": "", "rollout": ""}
            transition["evictions"] = [one for one in transition["evictions"] if one["cluster"] in seen]
        return document

    async def _history(self, key: ResourceKey) -> ObjectHistory | None:
        """None where nothing was recorded."""
        if self.facts.recorded is None:
            return None
        found = await read_object_histories(self.repository, self.facts.recorded.sha, {key.kind.lower()}, key.namespace, key.name)
        return next((one for one in found if one.key == key), None)

    async def past(self, key: ResourceKey) -> PastOfObject | None:
        """None where nothing was recorded. Raises UnknownObjectError, RepositoryError."""
        self._refuse_unknown(key)
        history = await self._history(key)
        if history is None:
            return None
        clusters = sorted(self.facts.clusters) if self.facts.some_clusters else ()
        entries = await object_entries(self.repository, history, clusters)
        if self.facts.restricted:
            entries = [*entries[:1], *map(_without_others, entries[1:])]
        return PastOfObject(history, tuple(reversed(entries)))

    async def revisions(self, steps: int) -> list[RevisionEntry]:
        """What was recorded in the newest commits of the status branch, by revision, newest first; with the objects that are in
        the facts. steps: how many of these commits. Raises RepositoryError."""
        clusters = sorted(self.facts.clusters) if self.facts.some_clusters else ()
        found = await revision_entries(self.repository, await self.recorded_steps(steps), "", clusters)
        return [_silent(one) for one in found] if self.facts.restricted else found

    async def recorded_steps(self, steps: int) -> list[RecordedStep]:
        """The newest commits of the status branch, newest first, with the objects that are in the facts. steps: how many.
        Raises RepositoryError."""
        if self.facts.recorded is None:
            return []
        found = await read_steps(self.repository, self.facts.recorded.sha, steps)
        return [self.reader.only(self.facts, one) for one in found] if self.facts.restricted else found

    async def rollout_statements(self) -> list[Statement]:
        """Who paused, resumed, approved or promoted a rollout, newest first. Raises RepositoryError."""
        if self.facts.some_clusters:
            return []
        whole = await self.reader.whole(self.facts.version)
        stated = stated_rollouts(whole.desired, whole.state.rollouts.values())
        known = self.facts.state.rollouts.keys() | {rollout_name(ref) for ref in self.facts.policies}
        seen = [one for name, one in stated.items() if name in known or not self.facts.restricted]
        found = await read_statements(self.repository, whole.head, seen)
        return [one if self._sees_words_of(one.ref) else replace(one, author="", detail="") for one in found]

    def _sees_words_of(self, policy: PolicyRef | None) -> bool:
        """Of a rollout that is not that of one of their policies, people hear that something was stated, and nothing else."""
        return not self.facts.restricted or policy in self.facts.policies

    async def without(self, lost: frozenset[ClusterName]) -> WhatIf:
        """What would move without these members, of the objects that are in the facts. Raises what compiling raises."""
        whole = await self.reader.whole(self.facts.version)
        found = await self.reader.simulated(whole, lost, self.now)
        seen, known = self.facts.clusters.keys(), self.facts.state.decisions.keys() | self.facts.templates.keys()
        moved = [
            MovedObject(key, _only(one.lost, seen), _only(one.got, seen), one.has_replicas)
            for key, one in found.moved.items()
            if key in known
        ]
        unplaced = {key: "" if self.facts.some_clusters else why for key, why in found.unplaced.items() if key in known}
        return WhatIf(tuple(moved), unplaced)

    async def manifest(self, key: ResourceKey, cluster: ClusterName) -> RecordedManifest | str:
        """What is in force for this copy; a sentence where the object has no manifest there. Raises UnknownObjectError,
        RepositoryError."""
        self._refuse_unknown(key)
        if self.facts.recorded is None or cluster not in self.facts.state.clusters:
            return f"Nothing is recorded of {cluster}."
        history = await self._history(key)
        if history is None:
            return "Nothing is recorded of it yet."
        manifest = await manifest_in_force(self.repository, self.facts.recorded, history, cluster, self.now)
        if manifest is None:
            return f"It has no manifest for {cluster} that could be rendered from the files of {history.revision[:8]} alone."
        return manifest

    async def blame(self, key: ResourceKey, cluster: ClusterName) -> Blame | str:
        """As `manifest`, with the commit of each line."""
        found = await self.manifest(key, cluster)
        return found if isinstance(found, str) else await blame(self.repository, found, cluster)

    async def file(self, path: str) -> str | None:
        """The text of a file in HEAD that declares something of the facts, and nothing else; None where there is no such text.
        Raises RepositoryError."""
        declared: Mapping[str, int] = _files(self.facts)
        if self.facts.restricted:
            whole = await self.reader.whole(self.facts.version)
            declared = {file: count for file, count in declared.items() if _files(whole)[file] == count}
        entry = (await self.repository.read_tree(self.facts.head)).get(path) if path in declared else None
        content = (await self.repository.read_blobs([entry.blob])).get(entry.blob) if entry is not None else None
        try:
            return content.decode() if isinstance(content, bytes) else None
        except UnicodeDecodeError:
            return None

    async def last_change(self, path: str) -> Commit | None:
        """The newest commit that changes a file. Raises RepositoryError."""
        return await self.repository.last_change(self.facts.head, path)


def _files(facts: Facts) -> Counter[str]:
    """By file, how many objects it declares."""
    desired = facts.desired
    origins = [one.origin for one in desired.templates] + [one.origin for one in desired.clusters]
    origins += [one.origin for one in desired.policies] + [one.origin for one in desired.override_policies]
    return Counter(origin.file for origin in origins)


def _silent(entry: RevisionEntry) -> RevisionEntry:
    """Without the words of the commit: they may be about something else than the objects that are told of."""
    commit = entry.commit
    return entry if commit is None else replace(entry, commit=replace(commit, subject="", author="", message=""))


def _without_others(entry: Entry) -> Entry:
    """Without the words of commits that changed none of the object's own files: they are about something else."""
    if entry.cause.files:
        return entry
    commits = tuple(replace(one, subject="", author="", message="") for one in entry.cause.commits)
    return replace(entry, cause=replace(entry.cause, commits=commits))

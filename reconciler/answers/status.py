"""The state of every object, as the last sync, or an earlier one, recorded it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.answers.arguments import label_selector, point_in_time, refuse_unknown_clusters
from reconciler.answers.kind_names import guessed_kind, guessed_object, named_kinds
from reconciler.answers.recorded_objects import status_head
from reconciler.answers.session import Session
from reconciler.answers.short_names import possible_kinds
from reconciler.answers.unread_members import unread_lines
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import labels_of
from reconciler.model.moments import time_text
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few, one_of, plural
from reconciler.present.age import age_text
from reconciler.present.notices import behind_lines
from reconciler.present.quotas import quota_document, quota_lines
from reconciler.present.rollup import ObjectRow, capacity_lines, no_problem_text, object_rows, remedy_lines
from reconciler.present.scales import scale_document, scale_lines
from reconciler.record.readme import active_rollouts, unread_files
from reconciler.record.status_branch import read_recorded, read_recorded_at
from reconciler.review.recorded_at import recorded_at


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects are asked about."""

    words: Sequence[str] = ()
    """Kinds and names, as for `named_kinds`; none for all."""
    namespace: str = ""
    """Empty for all."""
    clusters: Sequence[str] = ()
    """None for all."""
    labels: str = ""
    """A selector; empty for all."""
    unhealthy: bool = False
    """Only objects that are not applied or not Current everywhere."""

    def __post_init__(self) -> None:
        """Raises ArgumentError."""
        label_selector(self.labels)

    def names_key(self, key: ResourceKey) -> bool:
        """Whether an object is named, whatever its labels. Raises ArgumentError."""
        return self.namespace in ("", key.namespace) and _is_named(self.words, key)

    def matching(self, desired: DesiredState, state: RecordedState) -> list[ObjectRow]:
        """The objects, also those that are well. desired: what HEAD declares. Raises ArgumentError."""
        refuse_unknown_clusters(self.clusters, {*(one.name for one in desired.clusters), *state.clusters})
        selector = label_selector(self.labels)
        labelled = {template.key for template in desired.templates if selector.matches(labels_of(template.manifest))}
        rows = object_rows(state, self.clusters)
        return [row for row in rows if self.names_key(row.key) and (not self.labels or row.key in labelled)]

    def shown(self, rows: Iterable[ObjectRow]) -> list[ObjectRow]:
        return [row for row in rows if not (self.unhealthy and row.well)]

    @property
    def is_narrow(self) -> bool:
        return bool(self.words or self.labels or self.namespace or self.clusters)


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded state."""

    desired: DesiredState
    """What HEAD declares, as far as the question needs it."""
    state: RecordedState
    age: timedelta
    nothing: tuple[str, ...]
    """The message where there is none."""
    remarks: tuple[str, ...]
    """What to say first."""
    head: str
    """The id of HEAD; empty where an earlier state is asked for, and where its branch has newer commits."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """What a recorded state says about the objects that were asked about."""

    past: Past
    asked: Filter
    matching: tuple[ObjectRow, ...]
    """With those that are well, where only the others are shown."""
    unread: tuple[str, ...]
    """The files with errors."""

    @property
    def rows(self) -> list[ObjectRow]:
        """What is shown."""
        return self.asked.shown(self.matching)

    @property
    def is_well(self) -> bool:
        asked = self.asked
        found = self.matching or not (asked.words or asked.labels or asked.namespace)  # A member may well hold nothing.
        fine = all(row.well or row.only_warned_of for row in self.matching)
        return bool(found) and fine and not _missing(asked.words, self.matching) and not self.unread

    @property
    def document(self) -> dict[str, Any]:
        state, namespace = self.past.state, self.asked.namespace
        return {
            "revision": state.revision,
            "objects": [row.document() for row in self.rows],
            "filesWithErrors": list(self.unread),
            "quotas": [quota_document(one) for one in state.quotas if namespace in ("", one.namespace)],
            "scales": [scale_document(one) for key, one in state.scales.items() if namespace in ("", key.namespace)],
        }

    @property
    def nothing_matches(self) -> str:
        """What to say where there are no rows; empty where an empty table says it."""
        if not (self.asked.is_narrow or self.asked.unhealthy):
            return ""
        words, state = self.asked.words, self.past.state
        if self.matching:
            return no_problem_text(self.matching, every=len(self.matching) == len(state.decisions))
        if not words:
            return "No recorded object matches."
        guesses = [
            guess
            for kind, names in named_kinds(words).items()
            for guess in ([guessed_object(kind, name, state.decisions) for name in names] or [_guess(kind, state.decisions)])
            if guess
        ]
        kinds = sorted({key.qualified_kind for key in state.decisions})
        recorded = [] if guesses or not kinds else [f"Recorded are objects of {first_few(kinds, 5)}."]
        return " ".join([f"No recorded object matches: {' '.join(words)}.", *guesses, *recorded])

    def closing_lines(self) -> list[str]:
        """What follows the table."""
        state, asked, head = self.past.state, self.asked, self.past.head
        lines = [] if asked.words else [*active_rollouts(state)]
        if not (asked.words or asked.clusters or asked.labels):
            lines += [*quota_lines(state.quotas, asked.namespace), *scale_lines(state, asked.namespace)]
        if state.broken:
            broken = first_few(sorted(state.broken), 5)
            lines.append(f"{unread_files(state)}: {broken}. `reconciler validate` explains it.")
        counted = f", {plural(len(self.rows), 'object')}" if self.rows or not asked.unhealthy else ""
        last = f"revision {state.revision[:12]}{counted}, last change recorded {age_text(self.past.age)} ago"
        return [*lines, f"{last}. HEAD is {head[:12]}, not applied yet" if head not in ("", state.revision) else last]


def statuses_of(past: Past, asked: Filter) -> Statuses:
    """Raises ArgumentError."""
    rows, broken = asked.matching(past.desired, past.state), past.state.broken
    unread = sorted(_files(rows) & broken.keys() if asked.is_narrow else broken)
    return Statuses(past, asked, tuple(rows), tuple(unread))


def _is_named(words: Sequence[str], key: ResourceKey) -> bool:
    """Without any words, all are. Raises ArgumentError."""
    if not words:
        return True
    wanted = [(possible_kinds(kind), names) for kind, names in named_kinds(words).items()]
    return any(key.kind.lower() in kinds and (not names or key.name in names) for kinds, names in wanted)


def _files(rows: Iterable[ObjectRow]) -> set[str]:
    """The files that declare or govern these objects."""
    return {
        file for row in rows for file in (row.decision.template_file, row.decision.policy_file, *row.decision.governing_files)
    }


def _missing(words: Sequence[str], rows: Collection[ObjectRow]) -> bool:
    """Whether an object that is named is not recorded."""
    names = {name for named in (named_kinds(words) if words else {}).values() for name in named}
    return not names <= {row.key.name for row in rows}


def _guess(word: str, keys: Iterable[ResourceKey]) -> str:
    """What a word probably means that stands for a kind: an object of this name, or another kind; empty if neither is near."""
    named = sorted(f"{key.kind.lower()}/{key.name}" for key in keys if key.name == word)
    return f"Did you mean {one_of(named)}?" if named else guessed_kind(word)


async def recorded_now(opened: Session, now: datetime, branch: str = "") -> Past:
    """The newest state. branch: that of the status; empty for the one that the Configuration names."""
    commit, desired = await opened.load("HEAD", check=())
    branch = branch or desired.settings.status_branch
    recorded = await read_recorded(opened.repository, branch)
    missing = await opened.missing(recorded, branch)
    age = timedelta() if recorded.commit is None else now - (await opened.repository.resolve(recorded.commit)).time
    behind = list(behind_lines(await opened.repository.behind(commit)))
    asked = remedy_lines(desired.clusters, recorded.state, desired.remedies)
    unseen = capacity_lines(desired.clusters, recorded.state)
    remarks = (*behind, *unread_lines(_unread(desired, recorded.state)), *asked, *unseen)
    return Past(desired, recorded.state, age, tuple(missing), remarks, "" if behind else commit.sha)


def _unread(desired: DesiredState, state: RecordedState) -> list[Cluster]:
    """The declared members on which something is placed, and of which nothing else is recorded."""
    named = {name for decision in state.decisions.values() for name in decision.cluster_names}
    return [cluster for cluster in desired.clusters if cluster.name in named and cluster.name not in state.clusters]


async def recorded_then(opened: Session, now: datetime, at: str, branch: str = "", *, whole: bool) -> Past:
    """The state at a revision or a time. whole: whether the files of HEAD are needed."""
    head = await status_head(opened, branch)
    desired = (await opened.load("HEAD", check=()))[1] if whole else DesiredState(settings=head.settings)
    past = await recorded_at(opened.repository, head.branch, head.commit, at, point_in_time(at, now))
    recorded = await read_recorded_at(opened.repository, past.commit)
    written = await opened.repository.resolve(past.commit, recorded=True)
    remarks = [past.note] if past.note else []
    remarks.append(f"as recorded at {time_text(written.time)} in {written.sha[:12]}")
    return Past(desired, recorded.state, now - written.time, (), tuple(remarks), "")

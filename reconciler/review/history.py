"""Which commit did what, where, with what result: the recorded states of an object, or of all of them, with the commits behind.

A commit is named for what it caused: of the commits between two recorded revisions, those that change a file of the object, or
else all of them (a Cluster, for one, moves objects whose files do not change). What happens while the revision stays the same
(drift, health) has no commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, pairwise

from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedDecision
from reconciler.record.object_history import NOTHING, ObjectFacts, ObjectHistory, ObjectState, RecordedStep
from reconciler.record.rollout_history import read_released
from reconciler.repo.ancestry import Ancestry
from reconciler.repo.branch_log import FileChange
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.object_changes import Change, ChangeKind, are_of_commits, changes_between, on_clusters
from reconciler.review.scaling_edits import scaling_edits


@dataclass(frozen=True, slots=True)
class Cause:
    """The commits of the config repository that led to a recorded state."""

    revision: str
    """The one in force."""
    commits: tuple[Commit, ...] = ()
    """Newest first; those of which the changes are the result. Empty where there are none, and where this clone lacks them."""
    files: tuple[str, ...] = ()
    """Of the files that declare and govern the object: those that the commits changed, sorted."""
    edits: tuple[FileChange, ...] = ()
    """What the commits did to the file that declares the object, newest first."""
    missing: str = ""
    """The revision, or the one before it, where this clone lacks it."""
    back_from: str = ""
    """The revision before, where this one is an ancestor of it or on another branch without commits of its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded state of an object, and how it came about."""

    state: ObjectState
    cause: Cause
    changes: tuple[Change, ...]


async def object_entries(repository: Repository, history: ObjectHistory, clusters: Collection[str] = ()) -> list[Entry]:
    """Oldest first. clusters: only what concerns these members. Raises RepositoryError."""
    steps = changes_of(history)
    causes = await find_causes(repository, history, steps)
    steps = await _one_word_for_scalings(repository, history, causes, steps)
    entries = []
    for state, cause, changes in zip(history.states, causes, steps, strict=True):
        shown = on_clusters(changes, clusters) if clusters else changes
        if shown:
            entries.append(Entry(state, cause, shown))
    return entries


async def _one_word_for_scalings(
    repository: Repository, history: ObjectHistory, causes: Sequence[Cause], steps: Sequence[tuple[Change, ...]]
) -> list[tuple[Change, ...]]:
    """The changes of each state; without CHANGED where the manifests differ by their number of replicas alone."""
    sides = pairwise([NOTHING, *(state.facts for state in history.states)])
    may_be = [_may_be_scaling(*pair, cause, changes) for pair, cause, changes in zip(sides, causes, steps, strict=True)]
    asked = {edit for cause, is_asked in zip(causes, may_be, strict=True) if is_asked for edit in cause.edits}
    found = await scaling_edits(repository, history.key, asked) if asked else frozenset()
    return [
        tuple(one for one in changes if not (is_asked and found.issuperset(cause.edits) and one.kind is ChangeKind.CHANGED))
        for cause, changes, is_asked in zip(causes, steps, may_be, strict=True)
    ]


def _may_be_scaling(before: ObjectFacts, after: ObjectFacts, cause: Cause, changes: Iterable[Change]) -> bool:
    """Whether every copy with another manifest has another number of replicas, and nothing else says why it is another one."""
    by_kind = {kind: {name for one in changes if one.kind is kind for name in one.clusters} for kind in ChangeKind}
    others = {one.kind for one in changes} & {ChangeKind.OVERRIDES, ChangeKind.FILE}
    known = not cause.missing and not cause.back_from and not others
    governing = {file for side in (before, after) if side.decision for file in side.decision.governing_files}
    covered = by_kind[ChangeKind.SCALED] >= by_kind[ChangeKind.CHANGED] != set()
    return known and covered and governing.isdisjoint(cause.files)


def changes_of(history: ObjectHistory) -> list[tuple[Change, ...]]:
    """What changed with each state."""
    sides = pairwise([NOTHING, *(state.facts for state in history.states)])
    return [changes_between(before, after) for before, after in sides]


async def find_causes(repository: Repository, history: ObjectHistory, changes: Sequence[tuple[Change, ...]]) -> list[Cause]:
    """One for each state. changes: of the same history, by `changes_of`. Raises RepositoryError."""
    states = history.states
    revisions = [state.revision for state in states]
    known = (await repository.read_contents({one for one in revisions if one})).commits
    base = next((one for one in revisions if one in known), "")
    files = {file for state in states for file in files_of_decision(state.facts.decision)}
    ancestry = await repository.ancestry(known.keys() & set(revisions), base, files) if base else Ancestry()
    steps = [_Step(*pair, are_of_commits(found)) for pair, found in zip(pairwise(states), changes[1:], strict=True)]
    ranges = [_range(step, known, ancestry) for step in steps]
    more = {one for found in ranges for one in found.ids} - known.keys()
    by_id = {**known, **(await repository.read_contents(more)).commits} if more else known
    first = [await _first_cause(repository, state, by_id) for state in states[:1]]
    causes = [_cause(step, found, base, ancestry, by_id) for step, found in zip(steps, ranges, strict=True)]
    return first + await _with_rollouts(repository, history, causes, steps, changes)


async def _with_rollouts(
    repository: Repository,
    history: ObjectHistory,
    causes: Sequence[Cause],
    steps: Sequence[_Step],
    changes: Sequence[tuple[Change, ...]],
) -> list[Cause]:
    """The causes of all states but the first: where clusters had their turn in a rollout, the commit that is rolled out, whatever
    revision was in force by then."""
    released = await read_released(repository, history)
    turns = []
    for before, after, step, found in zip(released, released[1:], steps, changes[1:], strict=False):
        clusters = {name for change in found for name in change.clusters}
        targets = {after[name] for name in clusters & after.keys() if before.get(name) != after[name]}
        turns.append(next(iter(targets)) if step.of_commits and len(targets) == 1 else "")
    commits = (await repository.read_contents(set(filter(None, turns)))).commits if any(turns) else {}
    return [
        replace(cause, commits=(commits[turn],), files=(), back_from="", missing="")
        if turn in commits and turn not in {one.sha for one in cause.commits}
        else cause
        for cause, turn in zip(causes, turns, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Step:
    """From one state of an object to the next."""

    before: ObjectState
    after: ObjectState
    of_commits: bool
    """Whether a commit can have caused what changed."""

    @property
    def needs_commits(self) -> bool:
        return self.of_commits and self.before.revision != self.after.revision


async def _first_cause(repository: Repository, state: ObjectState, known: Mapping[str, Commit]) -> Cause:
    """Of the oldest state: the commit that changed the template last."""
    revision = known.get(state.revision)
    if revision is None:
        return Cause(state.revision, missing=state.revision)
    decision = state.facts.decision
    file = decision.template_file if decision is not None else ""
    last = await repository.last_change(revision, file) if file else None
    return Cause(state.revision, (last or revision,))


@dataclass(frozen=True, slots=True)
class _Range:
    """The commits that led from one state to the next."""

    ids: Sequence[str] = ()
    """Newest first."""
    files: tuple[str, ...] = ()
    edits: tuple[FileChange, ...] = ()
    """Both as in `Cause`."""


def _range(step: _Step, known: Collection[str], ancestry: Ancestry) -> _Range:
    """The commits that led from one state to the next; none where no commit can have caused what changed."""
    before, after = step.before, step.after
    if not step.needs_commits or before.revision not in known or after.revision not in known:
        return _Range()
    files = files_of_decision(before.facts.decision) | files_of_decision(after.facts.decision)
    between = ancestry.between(before.revision, after.revision)
    own = [one for one in between if not files.isdisjoint(ancestry.changed.get(one, ()))]
    changed = [ancestry.changed[one] for one in own]
    edits = tuple(change[file] for change in changed for file in _template_files(step) if file in change)
    return _Range(own or between, tuple(sorted({file for change in changed for file in files & change.keys()})), edits)


def _cause(step: _Step, found: _Range, base: str, ancestry: Ancestry, known: Mapping[str, Commit]) -> Cause:
    """base: of the ancestry."""
    before, after = step.before.revision, step.after.revision
    if found.ids or not step.needs_commits:
        return Cause(after, tuple(known[one] for one in found.ids), found.files, found.edits)
    missing = next((one for one in (after, before) if one not in known), "")
    went_back = not missing and before in (base, *ancestry.parents)
    commits = (known[after],) if after in known else ()
    return Cause(after, commits, missing=missing, back_from=before if went_back else "")


def _template_files(step: _Step) -> list[str]:
    """The file that declares the object; both where it is another one afterwards."""
    decisions = (step.before.facts.decision, step.after.facts.decision)
    return sorted({decision.template_file for decision in decisions if decision is not None})


def files_of_decision(decision: RecordedDecision | None) -> frozenset[str]:
    """The files that declare and govern an object."""
    if decision is None:
        return frozenset()
    return frozenset((decision.template_file, decision.policy_file, *decision.governing_files)) - {""}


@dataclass(frozen=True, slots=True)
class RevisionEntry:
    """All that the status branch recorded while one revision was in force, without interruption."""

    revision: str
    commit: Commit | None
    """None where this clone lacks it."""
    began: datetime
    """When it was recorded first, and last."""
    ended: datetime
    states: tuple[str, ...]
    """The commits of the status branch, newest first."""
    objects: Mapping[ResourceKey, tuple[Change, ...]] = field(default_factory=dict)
    """Sorted; with all changes of each, oldest first."""
    problems: Mapping[ResourceKey, str] = field(default_factory=dict)
    """Of the objects that changed: those that are not well at the end, and why."""


async def revision_entries(
    repository: Repository, steps: Iterable[RecordedStep], namespace: str = "", clusters: Collection[str] = ()
) -> list[RevisionEntry]:
    """Newest first, as the steps are. Revisions that changed no object are left out. Raises RepositoryError."""
    runs = [(revision, list(run)) for revision, run in groupby(steps, key=lambda step: step.revision)]
    known = (await repository.read_contents({revision for revision, _ in runs if revision})).commits
    entries = [_revision_entry(known.get(revision), run, namespace, clusters) for revision, run in runs]
    return [entry for entry in entries if entry.objects]


def _problem(facts: ObjectFacts) -> str:
    """Why the object is not well, as `status` judges it; empty where it is."""
    decision, groups = facts.decision, facts.report.groups
    if decision is not None and decision.is_well(facts.report, decision.holders(facts.report)):
        return ""
    _, problem = min(((min(names), one.problem or "not applied") for one, names in groups if not one.is_well), default=("", ""))
    return problem


def _revision_entry(commit: Commit | None, run: list[RecordedStep], namespace: str, clusters: Collection[str]) -> RevisionEntry:
    changes: dict[ResourceKey, tuple[Change, ...]] = {}
    problems: dict[ResourceKey, str] = {}
    for step in reversed(run):
        for key, (before, after) in step.objects.items():
            if namespace not in ("", key.namespace):
                continue
            found = changes_between(before, after)
            found = on_clusters(found, clusters) if clusters else found
            if found:
                changes[key] = (*changes.get(key, ()), *found)
            if after.report.groups or not after.decision:
                problems[key] = _problem(after)
    return RevisionEntry(
        run[0].revision,
        commit,
        run[-1].commit.time,
        run[0].commit.time,
        tuple(step.commit.sha for step in run),
        dict(sorted(changes.items())),
        {key: problem for key, problem in sorted(problems.items()) if problem and key in changes},
    )

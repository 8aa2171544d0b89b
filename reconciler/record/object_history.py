"""What the status branch said about objects over time: the states of one object, and the commits with all that changed in them.

Each object has its own files on the branch, so Git finds the commits that concern it without reading any other object. A state
lasts until the next commit that changes one of these files. The revision in force is carried along: `revision.yaml` is one of the
files that are followed. Layouts of older programs are read as `branch_layout.py` reads them, each commit by its own layout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.file_names import CLUSTER_SCOPED_FOLDER, path_of, path_part
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import mapping, text
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedCluster, RecordedDecision
from reconciler.record.branch_layout import LAYOUT, UnreadableStatusError, layout_of, read_document
from reconciler.record.cluster_documents import parse_cluster
from reconciler.record.decision_documents import parse_decision
from reconciler.record.document_fields import parse_resource
from reconciler.record.report_documents import parse_report
from reconciler.repo.branch_log import BranchContents, FileChange, LoggedCommit
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

_REVISION = "revision.yaml"
_BINDINGS, _REPORTS = "bindings/", "reports/"
_PARTS = 3
"""Of the path of an object: namespace, kind, name."""


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What is recorded of one object at one commit."""

    decision: RecordedDecision | None = None
    """None where the object is not recorded, and where nothing is known but the report."""
    report: ObjectReport = NO_REPORT


NOTHING = ObjectFacts()


@dataclass(frozen=True, slots=True)
class ObjectState:
    """One object from one commit of the status branch on."""

    commit: Commit
    """Of the status branch."""
    revision: str
    """The commit of the config repository that was in force."""
    facts: ObjectFacts


@dataclass(frozen=True, slots=True)
class ObjectHistory:
    """The states of one object."""

    key: ResourceKey
    states: tuple[ObjectState, ...]
    """Oldest first. Neighbours differ. After a state without a decision the object was not recorded."""
    revision: str = ""
    """In force at the head of the branch."""
    cut_off: bool = False
    """Whether older states may exist that this clone lacks."""
    unreadable: tuple[str, ...] = ()
    """Commits of the branch of which a file cannot be read, each with the reason. Their states are left out."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One commit of the status branch, with what it changed in all objects."""

    commit: Commit
    revision: str
    objects: Mapping[ResourceKey, tuple[ObjectFacts, ObjectFacts]] = field(default_factory=dict)
    """Before and after. Of a side whose file did not change, only what the other file says is known."""


@dataclass(frozen=True, slots=True)
class RevisionSpan:
    """The commits of the status branch, one after the other, while a revision was in force."""

    revision: str
    first: str
    last: str


async def read_revision_spans(repository: Repository, head: str, line: Sequence[str]) -> list[RevisionSpan]:
    """Newest first. line: all commits of the status branch, newest first. Raises RepositoryError."""
    log = [one for one in await repository.branch_log(head, [_REVISION]) if _REVISION in one.files]
    blobs = [one.files[_REVISION].after for one in log]
    reader = _Reader(await repository.read_contents((), {blob for blob in blobs if blob is not None}))
    spans: list[RevisionSpan] = []
    last = head
    place = {sha: number for number, sha in enumerate(line)}
    for commit, blob in zip(log, blobs, strict=True):
        revision = reader.revision_of(blob)
        if spans and spans[-1].revision == revision:
            spans[-1] = replace(spans[-1], first=commit.sha)
        else:
            spans.append(RevisionSpan(revision, commit.sha, last))
        last = line[place[commit.sha] + 1] if place[commit.sha] + 1 < len(line) else commit.sha
    return spans


async def read_object_histories(
    repository: Repository, head: str, kinds: Collection[str], namespace: str, name: str
) -> list[ObjectHistory]:
    """The histories of the objects with this name, sorted by object; those that are gone, too.

    head: a commit of the status branch. kinds: in lower case, without group. namespace: empty for any.
    Raises RepositoryError; UnreadableStatusError for a layout that is not known.
    """
    folder = path_part(namespace) if namespace else "*"
    paths = [f"{top}{folder}/*/{path_part(name)}.yaml" for top in (_BINDINGS, _REPORTS)]
    log = await repository.branch_log(head, [*paths, _REVISION])
    moments = list(_moments(log, kinds))
    newest = next((commit.files[_REVISION].after for commit in log if _REVISION in commit.files), None)
    wanted = {blob for moment in moments for blob in moment.blobs} | ({newest} if newest is not None else set())
    reader = _Reader(await repository.read_contents({moment.sha for moment in moments}, wanted))
    cut_off = bool(moments) and log[-1].parent is None and await repository.is_cut_off(log[-1].sha)
    by_path: defaultdict[str, list[_Moment]] = defaultdict(list)
    for moment in moments:
        by_path[moment.path].append(moment)
    histories = [_history(of_object, reader) for of_object in by_path.values()]
    revision = reader.revision_of(newest)
    found = [replace(one, revision=revision, cut_off=cut_off) for one in histories if one is not None]
    return sorted(found, key=lambda one: one.key)


async def recorded_keys(repository: Repository, head: str) -> list[ResourceKey]:
    """The objects that a commit of the status branch records, by the names of their files; a name that is not that of its file is
    left out. Raises RepositoryError."""
    tree = await repository.read_tree(await repository.resolve(head, recorded=True))
    parts = (path.removeprefix(_BINDINGS).removesuffix(".yaml").split("/") for path in tree if path.startswith(_BINDINGS))
    keys = (
        ResourceKey(kind.partition(".")[2], kind.partition(".")[0], "" if folder == CLUSTER_SCOPED_FOLDER else folder, name)
        for folder, kind, name in (one for one in parts if len(one) == _PARTS)
    )
    return [key for key in keys if f"{_BINDINGS}{path_of(key)}.yaml" in tree]


async def read_members(repository: Repository, commit: Commit, names: Collection[str]) -> dict[ClusterName, RecordedCluster]:
    """What a commit of the status branch records of some members, without those of which nothing can be read. Raises
    RepositoryError."""
    tree = await repository.read_tree(commit)
    blobs = {entry.blob for name in names if (entry := tree.get(f"clusters/{name}.yaml")) is not None}
    found = {}
    for data in (await repository.read_contents((), blobs)).blobs.values() if blobs else ():
        with suppress(UnreadableStatusError, ValueError):
            member = parse_cluster(read_document("clusters", data))
            found[member.name] = member
    return found


async def read_steps(repository: Repository, head: str, limit: int | None = None) -> list[RecordedStep]:
    """The newest commits of the status branch, newest first, each with all objects that it changed. Raises as
    `read_object_histories`."""
    log = await repository.branch_log(head, (), limit)
    revisions = _revisions_at(log, await repository.branch_log(head, [_REVISION]))
    changes = {one for commit in log for path, one in commit.files.items() if path.startswith((_BINDINGS, _REPORTS))}
    wanted = {blob for one in (*changes, *revisions.values()) for blob in (one.before, one.after) if blob is not None}
    contents = await repository.read_contents({one.sha for one in log}, wanted)
    reader = _Reader(contents)
    return [
        RecordedStep(
            contents.commits[one.sha],
            reader.revision_of(revisions[one.sha].after),
            dict(_changed_objects(one, revisions[one.sha], reader)),
        )
        for one in log
    ]


def _revisions_at(log: Iterable[LoggedCommit], revisions: Iterable[LoggedCommit]) -> dict[str, FileChange]:
    """By commit, `revision.yaml` before and after it. revisions: the commits of the whole branch that change it, newest first."""
    later = iter([one for one in revisions if _REVISION in one.files])
    newest = next(later, None)
    found = {}
    for commit in log:
        blob = newest.files[_REVISION].after if newest is not None else None
        if newest is not None and newest.sha == commit.sha:
            found[commit.sha] = newest.files[_REVISION]
            newest = next(later, None)
        else:
            found[commit.sha] = FileChange(blob, blob)
    return found


def _changed_objects(
    commit: LoggedCommit, revision: FileChange, reader: _Reader
) -> Iterator[tuple[ResourceKey, tuple[ObjectFacts, ObjectFacts]]]:
    """Sorted by path. Objects whose files cannot be read are left out."""
    unchanged = FileChange(None, None)
    of_objects = (path.partition("/") for path in commit.files if path.startswith((_BINDINGS, _REPORTS)))
    for path in sorted({path for _, _, path in of_objects}):
        binding = commit.files.get(f"{_BINDINGS}{path}", unchanged)
        report = commit.files.get(f"{_REPORTS}{path}", unchanged)
        try:
            key = reader.key(path, binding.after, report.after, binding.before, report.before)
            before = reader.facts(path, revision.before, binding.before, report.before)
            yield key, (before, reader.facts(path, revision.after, binding.after, report.after))
        except UnreadableStatusError:
            continue


@dataclass(frozen=True, slots=True)
class _Moment:
    """The files of one object from one commit on, as ids of contents."""

    sha: str
    path: str
    """Of the object, without folder of the branch."""
    revision: str | None
    binding: str | None
    report: str | None

    @property
    def blobs(self) -> Iterator[str]:
        return (one for one in (self.revision, self.binding, self.report) if one is not None)


def _moments(log: Sequence[LoggedCommit], kinds: Collection[str]) -> Iterator[_Moment]:
    """Oldest first: every commit that changes a file of an object of these kinds."""
    revision: str | None = None
    bindings: dict[str, str | None] = {}
    reports: dict[str, str | None] = {}
    for commit in reversed(log):
        touched = set()
        for path, change in commit.files.items():
            if path == _REVISION:
                revision = change.after
            for top, ids in ((_BINDINGS, bindings), (_REPORTS, reports)):
                if path.startswith(top) and _kind_of(path) in kinds:
                    ids[path.removeprefix(top)] = change.after
                    touched.add(path.removeprefix(top))
        for path in sorted(touched):
            yield _Moment(commit.sha, path, revision, bindings.get(path), reports.get(path))


def _kind_of(path: str) -> str:
    """`deployment` of `bindings/shop/Deployment.apps/web.yaml`."""
    return path.split("/")[2].partition(".")[0].lower()


def _history(moments: Iterable[_Moment], reader: _Reader) -> ObjectHistory | None:
    """None where no state of the object can be read."""
    states: list[ObjectState] = []
    unreadable = []
    key: ResourceKey | None = None
    for moment in moments:
        commit = reader.contents.commits[moment.sha]
        try:
            facts = reader.facts(moment.path, moment.revision, moment.binding, moment.report)
        except UnreadableStatusError as error:
            unreadable.append(f"{moment.sha[:12]}: {error.message}")
            continue
        key = facts.decision.binding.key if facts.decision is not None else key
        if facts != (states[-1].facts if states else NOTHING):
            states.append(ObjectState(commit, reader.revision_of(moment.revision), facts))
    return ObjectHistory(key, tuple(states), unreadable=tuple(unreadable)) if key is not None else None


class _Reader:
    """Contents as values; each content is parsed once."""

    def __init__(self, contents: BranchContents) -> None:
        self.contents = contents
        self._documents: dict[str, Mapping[str, Any]] = {}

    def revision_of(self, blob: str | None) -> str:
        """The revision that a `revision.yaml` names; empty where there is none, or where it cannot be read."""
        try:
            return text(self._document(_REVISION, blob), "spec", "revision")
        except UnreadableStatusError:
            return ""

    def facts(self, path: str, revision: str | None, binding: str | None, report: str | None) -> ObjectFacts:
        """Raises UnreadableStatusError."""
        layout = layout_of(self._document(_REVISION, revision)) if revision is not None else LAYOUT
        source, name = (binding, f"{_BINDINGS}{path}") if layout == 1 else (report, f"{_REPORTS}{path}")
        try:
            decision = parse_decision(self._document(f"{_BINDINGS}{path}", binding)) if binding is not None else None
            return ObjectFacts(decision, parse_report(self._document(name, source))[1] if source is not None else NO_REPORT)
        except ValueError as error:
            raise UnreadableStatusError(f"{path} cannot be read: {error}") from error

    def key(self, path: str, *blobs: str | None) -> ResourceKey:
        """The object whose file has one of these contents. Raises UnreadableStatusError."""
        blob = next(blob for blob in blobs if blob is not None)
        try:
            return parse_resource(mapping(self._document(path, blob), "spec", "resource"))
        except ValueError as error:
            raise UnreadableStatusError(f"{path} cannot be read: {error}") from error

    def _document(self, path: str, blob: str | None) -> Mapping[str, Any]:
        if blob is None:
            return {}
        if blob not in self._documents:
            if blob not in self.contents.blobs:
                raise UnreadableStatusError(f"{path}: this clone lacks its content")
            self._documents[blob] = read_document(path, self.contents.blobs[blob])
        return self._documents[blob]

"""`status`: the state of every object, as the last sync, or an earlier one, recorded it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from reconciler.cli import exitcodes
from reconciler.cli.access import reads_members
from reconciler.cli.clusters import unread_lines
from reconciler.cli.git_options import reads_git
from reconciler.cli.names import guessed_kind, guessed_object, named_kinds
from reconciler.cli.options import (
    DEFAULT_CACHE,
    Cache,
    Cluster,
    Labels,
    Namespace,
    Repo,
    TableFormat,
    TableOutput,
    label_selector,
)
from reconciler.cli.orphans import OrphanQuery, show_orphans
from reconciler.cli.recorded_objects import StatusBranch, point_in_time, status_head
from reconciler.cli.session import now, refuse_unknown_clusters, run_async, session
from reconciler.cli.short_names import possible_kinds
from reconciler.cli.status_following import follow_rows
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cluster.access import Access
from reconciler.model.cluster import Cluster as Member
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import labels_of
from reconciler.model.recorded import RecordedState
from reconciler.model.selector import LabelSelector
from reconciler.model.wording import first_few, one_of, plural
from reconciler.present.age import age_text
from reconciler.present.document import time_text
from reconciler.present.notices import behind_lines
from reconciler.present.quotas import quota_document, quota_lines
from reconciler.present.rollup import ObjectRow, capacity_lines, no_problem_text, object_rows, objects_table, remedy_lines
from reconciler.record.readme import active_rollouts, unread_files
from reconciler.record.status_branch import read_recorded, read_recorded_at
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url
from reconciler.review.recorded_at import recorded_at

Words = Annotated[
    list[str],
    typer.Argument(
        help="Kinds, in any spelling of kubectl, and names; by default everything.",
        metavar="KIND[,KIND…] [NAME…] | KIND/NAME…",
    ),
]
PastAt = Annotated[
    str,
    typer.Option(
        "--at",
        help="As it was then: a revision, a commit of the status branch, or a time: 2026-01-31T12:00, or 3d (three days ago).",
        metavar="REVISION|DATE",
    ),
]
Unhealthy = Annotated[bool, typer.Option("--unhealthy", help="Only objects that are not applied or not Current everywhere.")]

Everywhere = Annotated[
    bool, typer.Option("--all-namespaces", "-A", help="Objects of all namespaces, whatever RECONCILER_NAMESPACE says.")
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Print the objects, then each row that changes, until interrupted.")]
Orphans = Annotated[
    bool, typer.Option("--orphans", help="Ask the members for objects with our marks that no file and no record knows.")
]


@prints_tables
@reads_members
@reads_git
def run(
    git: GitOptions,
    access: Access,
    words: Words = [],  # noqa: B006 -- typer reads it as "none given"
    repo: Repo = ".",
    namespace: Namespace = "",
    everywhere: Everywhere = False,
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    labels: Labels = "",
    unhealthy: Unhealthy = False,
    orphans: Orphans = False,
    watch: Watch = False,
    at: PastAt = "",
    status_branch: StatusBranch = "",
    output: TableOutput = TableFormat.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Reads the status branch and contacts no member: it shows what the last sync saw. What somebody changed in the members since
    then (drift), `reconciler diff HEAD --live` shows. Labels are those of the templates in HEAD. The exit code is 1 if an object
    is not applied or not Current, a file has an error, or no object matches the arguments, and 3 if nothing is recorded, or the
    status branch is not in this clone. The health of objects in directory members is not observed: NotObserved does not count
    as a problem, nor do Suspended, which is what a policy asks for, copies that are kept as spec.unclaimed asks for, Kept, which
    is a copy that is no longer wanted and that something keeps, and templates that no policy claims and no member has:
    `validate` warns of them. What is used of FederatedResourceQuotas stands below. With --at, shows what was recorded last while
    that revision was in force, or up to that time. With --orphans alone, the members are asked, and the exit code is 1 if one has
    such an object.

    Example: reconciler status deployment/web -n shop
    """
    choice = _Choice(words, "" if everywhere else namespace, cluster, labels, label_selector(labels), unhealthy)
    branch = _Branch(repo, cache, git, status_branch)
    if orphans:
        if watch or at or labels or unhealthy:
            raise typer.BadParameter("--orphans is about the members as they are now: leave out -w, -l, --at and --unhealthy")
        raise typer.Exit(show_orphans(OrphanQuery(repo, cache, git, access, cluster, choice.names_key), output))
    if watch:
        if at or output.document is not None:
            raise typer.BadParameter("-w prints a table of what is recorded from now on: leave out --at and -o json or yaml")
        run_async(_follow(branch, choice, wide=output is TableFormat.WIDE))
        raise typer.Exit(exitcodes.DONE)
    read = _recorded_at(branch, at, whole=bool(labels or cluster)) if at else _recorded(branch)
    raise typer.Exit(_show(run_async(read, "reading the repository"), choice, output))


def _show(past: _Read, choice: _Choice, output: TableFormat) -> int:
    """Prints what is recorded, and returns the exit code. Raises BadParameter."""
    desired, state, age, nothing, remarks, head = past
    print_remarks(remarks)
    rows, words, namespace = choice.rows(desired, state), choice.words, choice.namespace
    filtered = bool(words or choice.labels or namespace or choice.clusters)
    unread = sorted(_files(rows) & state.broken.keys() if filtered else state.broken)
    found = rows or not (words or choice.labels or namespace)  # A member may well hold nothing.
    answer = found and all(row.well or row.only_warned_of for row in rows) and not _missing(words, rows) and not unread
    shown = choice.shown(rows)
    if output.document is None and not nothing:
        remark = _nothing_matches(words, rows, state) if filtered or choice.unhealthy else ""
        quotas = () if words or choice.clusters or choice.labels else state.quotas
        _print(state, shown, words, age, head, quota_lines(quotas, namespace), wide=output is TableFormat.WIDE, remark=remark)
    elif output.document is not None:
        print_document(_document(state, shown, unread, namespace), output.document)
    if nothing:
        print_remarks(nothing)
        return exitcodes.COULD_NOT
    return exitcodes.DONE if answer else exitcodes.ANSWER_IS_NO


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which objects are shown."""

    words: Sequence[str]
    namespace: str
    """Empty: all."""
    clusters: Collection[str]
    """Empty: all."""
    labels: str
    selector: LabelSelector
    unhealthy: bool

    def names_key(self, key: ResourceKey) -> bool:
        """Whether the arguments name an object, whatever its labels."""
        return self.namespace in ("", key.namespace) and _is_named(self.words, key)

    def rows(self, desired: DesiredState, state: RecordedState) -> list[ObjectRow]:
        """With the healthy ones. Raises BadParameter for members that do not exist."""
        refuse_unknown_clusters(self.clusters, {*(one.name for one in desired.clusters), *state.clusters})
        labelled = {template.key for template in desired.templates if self.selector.matches(labels_of(template.manifest))}
        rows = object_rows(state, self.clusters)
        return [row for row in rows if self.names_key(row.key) and (not self.labels or row.key in labelled)]

    def shown(self, rows: Iterable[ObjectRow]) -> list[ObjectRow]:
        return [row for row in rows if not (self.unhealthy and row.well)]


@dataclass(frozen=True, slots=True)
class _Branch:
    """Where the record is."""

    repo: str
    cache: Path
    git: GitOptions
    name: str
    """Empty: as the Configuration says."""


async def _follow(branch: _Branch, choice: _Choice, *, wide: bool) -> None:
    """Raises NothingRecordedError where nothing is recorded."""
    heads: list[str] = []

    async def newest() -> list[ObjectRow] | None:
        async with session(branch.repo, branch.cache, branch.git) as opened:
            head = await status_head(opened, branch.name)
            if heads and heads[-1] == head.commit:
                return None
            heads[:] = [head.commit]
            _, desired = await opened.load("HEAD", check=())
            return choice.shown(choice.rows(desired, (await read_recorded(opened.repository, head.branch)).state))

    await follow_rows(await newest() or [], newest, wide=wide, remote=is_url(branch.repo))


def _document(state: RecordedState, rows: Iterable[ObjectRow], unread: Collection[str], namespace: str) -> dict[str, Any]:
    return {
        "revision": state.revision,
        "objects": [row.document() for row in rows],
        "filesWithErrors": unread,
        "quotas": [quota_document(one) for one in state.quotas if namespace in ("", one.namespace)],
    }


def _is_named(words: Sequence[str], key: ResourceKey) -> bool:
    """Whether the arguments name an object; without any, they name all. Raises BadParameter."""
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


def _nothing_matches(words: Sequence[str], matching: Collection[ObjectRow], state: RecordedState) -> str:
    """What to say where nothing is left to show. matching: the rows, with the healthy ones."""
    if matching:
        return no_problem_text(matching, every=len(matching) == len(state.decisions))
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


def _guess(word: str, keys: Iterable[ResourceKey]) -> str:
    """What a word probably means that stands for a kind: an object of this name, or another kind; empty if neither is near."""
    named = sorted(f"{key.kind.lower()}/{key.name}" for key in keys if key.name == word)
    return f"Did you mean {one_of(named)}?" if named else guessed_kind(word)


def _print(
    state: RecordedState,
    rows: list[ObjectRow],
    words: Sequence[str],
    age: timedelta,
    head: str,
    quotas: Sequence[str],
    *,
    wide: bool,
    remark: str,
) -> None:
    """age: of the newest record. head: the commit that is checked out; empty where it does not matter. remark: what to say where
    there are no rows; empty for an empty table."""
    if rows or not remark:
        space = room(wide=wide)
        print_lines(objects_table(rows, space))
        if words and space.width is not None:
            print_remarks(f"{row.key}: {row.told}" for row in rows if row.told)
    else:
        print_remarks([remark])
    print_remarks([] if words else active_rollouts(state))
    print_remarks(quotas)
    if state.broken:
        print_remarks([f"{unread_files(state)}: {first_few(sorted(state.broken), 5)}. `reconciler validate` explains it."])
    last = f"revision {state.revision[:12]}, {plural(len(rows), 'object')}, last change recorded {age_text(age)} ago"
    print_remarks([f"{last}. HEAD is {head[:12]}, not applied yet" if head not in ("", state.revision) else last])


_Read: TypeAlias = tuple[DesiredState, RecordedState, timedelta, list[str], list[str], str]
"""What HEAD declares, the recorded state and its age, the message where there is none, what to say first, and the id of HEAD;
empty where an earlier state is asked for, and where its branch has newer commits."""


async def _recorded(where: _Branch) -> _Read:
    """The newest state."""
    async with session(where.repo, where.cache, where.git) as opened:
        commit, desired = await opened.load("HEAD", check=())
        branch = where.name or desired.settings.status_branch
        recorded = await read_recorded(opened.repository, branch)
        missing = await opened.missing(recorded, branch)
        age = timedelta() if recorded.commit is None else now() - (await opened.repository.resolve(recorded.commit)).time
        behind = list(behind_lines(await opened.repository.behind(commit)))
        asked = remedy_lines(desired.clusters, recorded.state, desired.remedies)
        unseen = capacity_lines(desired.clusters, recorded.state)
        remarks = [*behind, *unread_lines(_unread(desired, recorded.state)), *asked, *unseen]
        return desired, recorded.state, age, missing, remarks, "" if behind else commit.sha


def _unread(desired: DesiredState, state: RecordedState) -> list[Member]:
    """The declared members on which something is placed, and of which nothing else is recorded."""
    named = {name for decision in state.decisions.values() for name in decision.cluster_names}
    return [cluster for cluster in desired.clusters if cluster.name in named and cluster.name not in state.clusters]


async def _recorded_at(where: _Branch, at: str, *, whole: bool) -> _Read:
    """The state at a revision or a time. whole: whether the files of HEAD are needed."""
    async with session(where.repo, where.cache, where.git) as opened:
        head = await status_head(opened, where.name)
        desired = (await opened.load("HEAD", check=()))[1] if whole else DesiredState(settings=head.settings)
        past = await recorded_at(opened.repository, head.branch, head.commit, at, point_in_time(at, now()))
        recorded = await read_recorded_at(opened.repository, past.commit)
        written = await opened.repository.resolve(past.commit, recorded=True)
        remarks = [past.note] if past.note else []
        remarks.append(f"as recorded at {time_text(written.time)} in {written.sha[:12]}")
        return desired, recorded.state, now() - written.time, [], remarks, ""

"""`bisect`: the commit that broke a workload."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import point_in_time
from reconciler.answers.recorded_objects import StatusHead, named_histories, never_on, never_recorded, one_object, status_head
from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Namespace, Object, Output, Repo, StatusBranch
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_error, print_lines, print_remarks
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.present.bisect import breakage_document, breakage_lines
from reconciler.present.document import Format, object_document
from reconciler.present.history import history_remarks
from reconciler.present.outline import part_lines
from reconciler.present.style import Line
from reconciler.record.object_history import ObjectHistory, ObjectState, read_members
from reconciler.repo.options import GitOptions
from reconciler.review.bisect import Breakage, bisect
from reconciler.review.outline.field_changes import visible_parts
from reconciler.review.recorded_at import recorded_at
from reconciler.review.recorded_manifest import recorded_manifest

Good = Annotated[
    str,
    typer.Option("--good", help="Search after this: a revision, or a time; finds the first breakage.", metavar="REVISION|DATE"),
]
Bad = Annotated[
    str,
    typer.Option("--bad", help="Search up to this; by default up to the newest recorded state.", metavar="REVISION|DATE"),
]


@reads_git
def run(
    git: GitOptions,
    name: Object,
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    good: Good = "",
    bad: Bad = "",
    status_branch: StatusBranch = "",
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Searches the recorded states for the first one in which the workload is not applied or not healthy, and prints the commit
    that led to it, with what it changed in the manifest. Where the revision did not change, it says what happened instead: a
    failover that moves the workload, a member that did not answer, a drift, or a workload that failed by itself. Without --good,
    it is the last time that the workload broke. Contacts no member, and applies nothing. The exit code is 1 if it broke, and 0 if
    it never did.

    Example: reconciler bisect deploy/web -n shop --good v1.4
    """
    history, found, diff, message = run_async(
        _bisect(repo, cache, git, name, namespace, cluster, good, bad, status_branch), "searching"
    )
    if message:
        print_error(message)
        raise typer.Exit(exitcodes.COULD_NOT)
    assert history is not None  # noqa: S101 -- for mypy: otherwise there is a message
    if output is not Format.TABLE:
        nothing = {"object": object_document(history.key), "broken": False}
        print_document(breakage_document(found, diff) if found else nothing, output)
    elif found is None:
        print_lines([f"{history.key} never broke in the recorded states that were searched."])
    else:
        print_lines(breakage_lines(found, diff))
    print_remarks(history_remarks(history, [found.first] if found else []))
    raise typer.Exit(exitcodes.DONE if found is None else exitcodes.ANSWER_IS_NO)


async def _bisect(
    repo: str,
    cache: Path,
    git: GitOptions,
    name: str,
    namespace: str,
    clusters: list[str],
    good: str,
    bad: str,
    branch: str,
) -> tuple[ObjectHistory | None, Breakage | None, list[Line], str]:
    """The history, the breakage, what the commit changed, and the message where the object was never recorded."""
    async with session(repo, cache, git) as opened:
        head = await status_head(opened, branch)
        histories = await named_histories(opened, head, name, namespace)
        if not histories:
            return None, None, [], await never_recorded(opened, head, name, namespace)
        history = one_object(histories, name)
        if strange := never_on(clusters, histories):
            raise typer.BadParameter(strange)
        places = [await _place(opened, head, history, text) if text else None for text in (good, bad)]
        if places[1] == -1:
            return history, None, [], ""
        found = await bisect(opened.repository, history, clusters, *places)
        return history, found, await _diff(opened, found) if found else [], ""


async def _place(opened: Session, head: StatusHead, history: ObjectHistory, text: str) -> int:
    """The place of the state in which the object was then; -1 where it was not recorded yet."""
    past = await recorded_at(opened.repository, head.branch, head.commit, text, point_in_time(text, now()))
    line = [sha for sha, _ in await opened.repository.first_parents(head.commit)]
    position = {sha: number for number, sha in enumerate(line)}
    older = [number for number, one in enumerate(history.states) if position[one.commit.sha] >= position[past.commit]]
    return max(older, default=-1)


async def _diff(opened: Session, found: Breakage) -> list[Line]:
    """What changed in the manifest of the first member that is affected; empty where no commit is the cause."""
    if not found.first.cause.commits or found.before is None or not found.clusters:
        return []
    name = found.clusters[0]
    before, after = [await _manifest(opened, state, name) for state in (found.before, found.first.state)]
    return [] if before is None or after is None else list(part_lines(visible_parts(before, after)))


async def _manifest(opened: Session, state: ObjectState, name: ClusterName) -> Manifest | None:
    """As it was recorded; None where it cannot be rendered any more."""
    repository = opened.repository
    known = (await repository.read_contents({state.revision})).commits
    member = (await read_members(repository, state.commit, [name])).get(name)
    if state.revision not in known or member is None:
        return None
    found = await recorded_manifest(repository, known[state.revision], state.facts, member, now())
    return found.rendered.manifest if found is not None else None

"""The members and their recorded state, for `clusters` and `get clusters`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.answers.arguments import label_selector, refuse_unknown_clusters
from reconciler.answers.kind_names import named_kinds
from reconciler.answers.unread_members import unread_lines
from reconciler.cli import exitcodes
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.model.selector import LabelSelector
from reconciler.passes.member_branches import MemberBranches
from reconciler.present.document import Format
from reconciler.present.rollup import ClusterRow, cluster_rows, clusters_table, with_remedies
from reconciler.repo.options import GitOptions

_KIND = "cluster"
_WORDS = frozenset({"cluster", "clusters", "cluster.cluster.karmada.io", "clusters.cluster.karmada.io"})


@dataclass(frozen=True, slots=True)
class ClusterQuery:
    """Which members to show, of which revision."""

    repo: str
    cache: Path
    git: GitOptions
    revision: str = "HEAD"
    names: frozenset[str] = frozenset()
    """Empty: all."""
    labels: str = ""


def is_clusters(words: Sequence[str]) -> bool:
    """Whether the arguments of `get` are about members: `clusters`, `clusters m1`, `cluster/m1`.

    Members may hold a kind Cluster of their own (Cluster API); with its group it is that one: `clusters.cluster.x-k8s.io`.
    """
    kinds = named_kinds(words).keys()
    return bool(kinds) and kinds <= _WORDS


def show_clusters(query: ClusterQuery, output: str) -> int:
    """Prints the members, and returns the exit code: 1 where one is not ready, or was not read yet; 3 where nothing is recorded.

    output: table, wide, name, json or yaml.
    """
    rows, nothing = run_async(_rows(query, wide=output == "wide"), "reading the repository")
    if output in ("table", "wide"):
        print_lines(clusters_table(rows, now(), room(wide=output == "wide")))
    elif output == "name":
        print_lines(f"{_KIND}/{row.cluster.name}" for row in rows)
    else:
        print_document([row.document() for row in rows], Format(output))
    print_remarks(nothing or unread_lines(row.cluster for row in rows if row.ready is None))
    if nothing:
        return exitcodes.COULD_NOT
    return exitcodes.DONE if all(row.ready for row in rows) else exitcodes.ANSWER_IS_NO


async def _rows(query: ClusterQuery, *, wide: bool) -> tuple[list[ClusterRow], list[str]]:
    """The rows, and the message where nothing is recorded."""
    labels: LabelSelector = label_selector(query.labels)
    async with session(query.repo, query.cache, query.git) as opened:
        commit, desired = await opened.load(query.revision, check=())
        refuse_unknown_clusters(query.names, [cluster.name for cluster in desired.clusters])
        chosen = [one for one in desired.clusters if labels.matches(one.labels) and (not query.names or one.name in query.names)]
        recorded = await opened.recorded(desired)
        reports = await MemberBranches(opened.repository).read(chosen)
        rows = [with_remedies(row, desired.remedies) for row in cluster_rows(chosen, recorded.state, reports, now())]
        nothing = await opened.missing(recorded, desired.settings.status_branch)
        if not wide:
            return rows, nothing
        first = [await opened.repository.first_change(commit, row.cluster.origin.file) for row in rows]
        times = [one.time if one is not None else None for one in first]
        return [replace(row, since=time) for row, time in zip(rows, times, strict=True)], nothing

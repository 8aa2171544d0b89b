"""`status --orphans`: objects of ours that nobody wants, as the members hold them now."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.options import TableFormat
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.cli.working import counted
from reconciler.cluster.access import Access
from reconciler.model.keys import ResourceKey
from reconciler.passes.connections import open_fleet
from reconciler.passes.preflight import refuse_missing_members
from reconciler.present.orphans import orphan_remarks, orphans_document, orphans_table
from reconciler.repo.options import GitOptions
from reconciler.review.orphans import OrphansFound, find_orphans


@dataclass(frozen=True, slots=True)
class OrphanQuery:
    """Where to look, and for what."""

    repo: str
    cache: Path
    git: GitOptions
    access: Access
    clusters: Collection[str]
    """Empty: all."""
    is_meant: Callable[[ResourceKey], bool]


def show_orphans(query: OrphanQuery, output: TableFormat) -> int:
    """Prints them, and returns the exit code: 1 where there are some, 3 where a member did not answer in full."""
    found = run_async(_find(query), "reading the repository")
    if output.document is not None:
        print_document(orphans_document(found), output.document)
    elif found.orphans:
        print_lines(orphans_table(found.orphans, now(), room(wide=output is TableFormat.WIDE)))
    print_remarks(orphan_remarks(found))
    if found.unanswered:
        return exitcodes.COULD_NOT
    return exitcodes.ANSWER_IS_NO if found.orphans else exitcodes.DONE


async def _find(query: OrphanQuery) -> OrphansFound:
    async with session(query.repo, query.cache, query.git) as opened:
        _, desired = await opened.load("HEAD", check=())
        refuse_unknown_clusters(query.clusters, [cluster.name for cluster in desired.clusters])
        access = replace(query.access, member_root=query.access.member_root or member_root_of(opened.repository))
        clusters = [cluster for cluster in desired.clusters if not query.clusters or cluster.name in query.clusters]
        recorded = (await opened.recorded(desired)).state
        refuse_missing_members(clusters, recorded, access.member_root)
        async with open_fleet(clusters, access, desired.settings.instance) as fleet:
            with counted("asking the members for what is ours", len(fleet.clients)) as answered_one:
                found = await find_orphans(fleet, desired, recorded, answered_one)
    return replace(found, orphans=tuple(one for one in found.orphans if query.is_meant(one.key)))

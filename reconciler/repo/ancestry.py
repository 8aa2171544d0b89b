"""Which commits lead from one revision to the next, for many revisions at once: two git commands, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heapify, heappop, heappush

from reconciler.repo.branch_log import FileChange, file_changes
from reconciler.repo.command import GitCommand


@dataclass(frozen=True)
class Ancestry:
    """The commits between a base and some tips."""

    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By commit; newest first. Ancestors of the base are missing."""
    changed: Mapping[str, Mapping[str, FileChange]] = field(default_factory=dict)
    """By commit and path: those of the requested files that it changes. Commits that change none of them, and merges, are
    missing."""

    def between(self, before: str, after: str) -> list[str]:
        """The commits that `after` has and `before` has not, newest first. Walks no further back than it must."""
        places, commits = self._places, self._commits
        queue = [places[one] for one in {before, after} if one in places]
        heapify(queue)
        new = {places[after]} if after in places else set()
        old = {places[before]} if before in places else set()
        found = []
        waiting = len(new - old)
        while waiting:
            place = heappop(queue)
            is_new = place in new and place not in old
            if is_new:
                found.append(commits[place])
                waiting -= 1
            for parent in (places[one] for one in self.parents[commits[place]] if one in places):
                if parent not in new and parent not in old:
                    heappush(queue, parent)
                was_waiting = parent in new and parent not in old
                (new if is_new else old).add(parent)
                waiting += (parent in new and parent not in old) - was_waiting
        return found

    @cached_property
    def _commits(self) -> list[str]:
        return list(self.parents)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Children have lower places than their parents."""
        return {commit: place for place, commit in enumerate(self.parents)}


def read_ancestry(git: GitCommand, tips: Collection[str], base: str, paths: Collection[str]) -> Ancestry:
    """tips, base: ids of commits that this clone has. paths: of files. Raises RepositoryError."""
    tips = sorted(set(tips) - {base})
    if not tips:
        return Ancestry()
    listing = git.run("rev-list", "--topo-order", "--parents", "--end-of-options", *tips, f"^{base}", "--").decode("ascii")
    parents = {commit: tuple(others) for commit, *others in map(str.split, listing.splitlines())}
    if not paths:
        return Ancestry(parents)
    output = git.run(
        "-c", "log.follow=false", "-c", "log.showSignature=false", "-c", "log.showRoot=true",
        "log", "--topo-order", "--raw", "--no-abbrev", "--no-renames", "--no-color", "--format=%x00%H", "--end-of-options", *tips,
        f"^{base}", "--", *(f":(top,literal){path}" for path in sorted(paths)),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    rows = [text.split("\n") for text in output.split("\0")[1:]]
    return Ancestry(parents, {commit: dict(file_changes(lines)) for commit, *lines in rows if any(lines)})


def containing(git: GitCommand, ancestor: str, commits: Collection[str]) -> frozenset[str]:
    """Those of some commits that have a commit as their ancestor, by ids that this clone has. Raises RepositoryError."""
    if not commits:
        return frozenset()
    path = ["rev-list", "--ancestry-path", "--end-of-options", *sorted(commits), f"^{ancestor}", "--"]
    return frozenset(git.run(*path).decode("ascii").split()).intersection(commits)

"""Which commits lead from one revision to the next, for many revisions at once: two git commands, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.repo.command import GitCommand


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The commits between a base and some tips."""

    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By commit; newest first. Ancestors of the base are missing."""
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By commit: those of the requested files that it changes. A commit that changes none of them, and a merge, are missing."""

    def between(self, before: Iterable[str], after: str) -> list[str]:
        """The commits that `after` has and no commit of `before` has, newest first."""
        old = self._reachable(before, frozenset())
        new = self._reachable([after], old)
        return [commit for commit in self.parents if commit in new]

    def _reachable(self, commits: Iterable[str], without: Collection[str]) -> frozenset[str]:
        found: set[str] = set()
        todo = [commit for commit in commits if commit in self.parents and commit not in without]
        while todo:
            commit = todo.pop()
            if commit not in found:
                found.add(commit)
                todo += [one for one in self.parents[commit] if one in self.parents and one not in without]
        return frozenset(found)


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
        "log", "--topo-order", "--name-only", "--no-renames", "--no-color", "--format=%x00%H", "--end-of-options", *tips,
        f"^{base}", "--", *(f":(top,literal){path}" for path in sorted(paths)),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    rows = [text.split("\n") for text in output.split("\0")[1:]]
    return Ancestry(parents, {commit: frozenset(filter(None, files)) for commit, *files in rows if any(files)})


def containing(git: GitCommand, ancestor: str, commits: Collection[str]) -> frozenset[str]:
    """Those of some commits that have a commit as their ancestor, by ids that this clone has. Raises RepositoryError."""
    if not commits:
        return frozenset()
    path = ["rev-list", "--ancestry-path", "--end-of-options", *sorted(commits), f"^{ancestor}", "--"]
    return frozenset(git.run(*path).decode("ascii").split()).intersection(commits)

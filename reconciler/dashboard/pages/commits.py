"""The history: the revisions that were in force, newest first, and one of them with all that changed while it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.questions import Questions
from reconciler.model.keys import ResourceKey
from reconciler.present.history import author_name, change_text
from reconciler.present.style import Style
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit
from reconciler.review.history import RevisionEntry

STEPS = 500
"""Commits of the status branch that are looked at."""
_DIGITS = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A revision that was in force."""

    sha: str
    commit: Commit | None
    """None where this clone lacks it."""
    began: datetime
    ended: datetime
    changed: str
    """`3 placed, 2 changed`."""
    objects: int
    not_well: int
    in_force: bool

    @property
    def role(self) -> Style:
        return Style.BAD if self.not_well else Style.GOOD

    @property
    def subject(self) -> str:
        """Empty where this clone lacks the commit, or where this person may not read it."""
        return "" if self.commit is None else self.commit.subject

    @property
    def author(self) -> str:
        """Without the address."""
        return "" if self.commit is None else author_name(self.commit)


@dataclass(frozen=True, slots=True)
class History:
    part: Part[Row]
    title: str = "History"
    crumbs: tuple[Crumb, ...] = ()


async def gather(questions: Questions, _: Asked) -> list[RevisionEntry]:
    return await questions.revisions(STEPS)


def view_history(asked: Asked, entries: Sequence[RevisionEntry]) -> History:
    return History(part_of([_row(one, asked) for one in entries], asked.query, asked.address))


@dataclass(frozen=True, slots=True)
class Changed:
    """An object, and what happened to it."""

    key: ResourceKey
    changes: tuple[str, ...]
    """Oldest first."""
    problem: str
    """Why it was not well at the end; empty where it was."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the commit that an address names."""

    entries: tuple[RevisionEntry, ...]
    """When it was in force, newest first: a revision comes back after a rollback."""
    commit: Commit | None
    """None where this clone lacks it."""


@dataclass(frozen=True, slots=True)
class OneCommit:
    found: Found
    sha: str
    row: Row | None
    """Of the last time that it was in force; None where it never was by itself."""
    part: Part[Changed]
    forge: str
    """The address of the commit at the forge; empty where it is not known."""
    title: str
    crumbs: tuple[Crumb, ...] = (Crumb("History", "/commits"),)


async def gather_commit(questions: Questions, asked: Asked) -> Found:
    """A commit is named by seven digits or more. Who sees only some namespaces sees the commits that were in force while
    something changed there. Raises NotThereError, also where several begin with these digits."""
    wanted = asked.path["sha"].lower()
    if not _DIGITS.fullmatch(wanted):
        raise NotThereError(f"{wanted!r} is no commit")
    entries = tuple(one for one in await questions.revisions(STEPS) if one.revision.startswith(wanted))
    if len({one.revision for one in entries}) == 1:
        return Found(entries, entries[0].commit)
    if entries or questions.facts.restricted:
        raise NotThereError(f"no commit {wanted}")
    try:
        return Found((), await questions.repository.resolve(wanted))
    except RepositoryError as error:
        raise NotThereError(f"no commit {wanted}") from error


def view_commit(asked: Asked, found: Found) -> OneCommit:
    changed = [
        Changed(key, tuple(change_text(change, short=True) for change in changes), one.problems.get(key, ""))
        for one in found.entries
        for key, changes in one.objects.items()
    ]
    commit = found.commit
    sha = found.entries[0].revision if found.entries else commit.sha if commit is not None else ""
    return OneCommit(
        found,
        sha,
        _row(found.entries[0], asked) if found.entries else None,
        part_of(changed, asked.query, asked.address),
        asked.forge.commit(sha) if asked.forge is not None else "",
        commit.subject if commit is not None and commit.subject else sha[:12],
    )


def _row(one: RevisionEntry, asked: Asked) -> Row:
    kinds = Counter(kind for changes in one.objects.values() for kind in {change.kind.value for change in changes})
    words = ", ".join(f"{count} {_WORDS.get(kind, kind)}" for kind, count in kinds.most_common(_KINDS))
    in_force = one.revision == asked.facts.state.revision
    return Row(one.revision, one.commit, one.began, one.ended, words, len(one.objects), len(one.problems), in_force)


_KINDS = 4
"""Kinds of changes that a row counts."""
_WORDS = {"notApplied": "not applied"}

PAGES = (
    Page("/commits", "commits.html.jinja", view_history, gather, menu="History"),
    Page("/commits/{sha}", "commit.html.jinja", view_commit, gather_commit, section="History"),
)

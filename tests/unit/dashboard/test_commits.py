"""The revisions that were in force."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.forge_pages import pages_of
from reconciler.dashboard.page import Asked, NotThereError
from reconciler.dashboard.pages.commits import OneCommit, gather_commit, view_commit, view_history
from reconciler.dashboard.scope import Scope, visible
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.present.style import Style
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit
from reconciler.review.history import RevisionEntry
from reconciler.review.object_changes import Change, ChangeKind
from tests.support.showcase import THEN

A, B = (ResourceKey("", "ConfigMap", "shop", name) for name in "ab")
M1 = (ClusterName("m1"),)
PLACED, CHANGED = Change(ChangeKind.PLACED, M1), Change(ChangeKind.CHANGED, M1)
FIRST = RevisionEntry(
    "a" * 40,
    Commit("a" * 40, "t" * 40, "Add a", "Ada Lovelace <ada@example.org>", THEN),
    THEN,
    THEN + timedelta(hours=1),
    ("c" * 40,),
    {A: (PLACED, CHANGED), B: (PLACED,)},
    {B: "not applied"},
)
UNKNOWN = replace(FIRST, revision="b" * 40, commit=None, objects={A: (CHANGED,)}, problems={})


def asked(facts: Facts, sha: str = "", forge: str = "") -> Asked:
    return Asked(facts, THEN, {"sha": sha}, address="/commits", forge=pages_of(forge))


def test_a_row_says_who_did_what_and_how_it_ended(facts: Facts) -> None:
    in_force = replace(facts, state=replace(facts.state, revision="b" * 40))
    rows = view_history(asked(in_force), [UNKNOWN, FIRST]).part.rows
    assert [(row.author, row.changed, row.not_well, row.role, row.in_force) for row in rows] == [
        ("", "1 changed", 0, Style.GOOD, True),
        ("Ada Lovelace", "2 placed, 1 changed", 1, Style.BAD, False),
    ]


class Asks:
    """As `Questions`: what was recorded, and a repository with one commit."""

    def __init__(self, facts: Facts, *entries: RevisionEntry) -> None:
        self.facts, self.entries, self.repository = facts, entries, self

    async def revisions(self, _: int) -> list[RevisionEntry]:
        return list(self.entries)

    async def resolve(self, name: str) -> Commit:
        if not ("d" * 40).startswith(name):
            raise RepositoryError(f"no commit {name}")
        return Commit("d" * 40, "t" * 40, "An old one", "Ada", THEN)


def one(facts: Facts, sha: str, *entries: RevisionEntry, forge: str = "") -> OneCommit:
    of = asked(facts, sha, forge)
    return view_commit(of, asyncio.run(gather_commit(Asks(facts, *entries), of)))  # type: ignore[arg-type]


def test_one_revision_lists_its_objects_and_leads_to_the_forge(facts: Facts) -> None:
    page = one(facts, "AAAAAAA", UNKNOWN, FIRST, forge="https://git.example.com/fleet")
    assert (page.title, page.forge) == ("Add a", f"https://git.example.com/fleet/commit/{'a' * 40}")
    assert [(row.key, row.changes, row.problem) for row in page.part.rows] == [
        (A, ("placed on m1", "changed on m1"), ""),
        (B, ("placed on m1",), "not applied"),
    ]


def test_a_revision_that_came_back_has_several_periods(facts: Facts) -> None:
    again = replace(FIRST, began=THEN + timedelta(days=1), ended=THEN + timedelta(days=2), objects={A: (CHANGED,)}, problems={})
    page = one(facts, "a" * 40, again, UNKNOWN, FIRST)
    assert page.found.entries == (again, FIRST)
    assert [row.key for row in page.part.rows] == [A, A, B]


def test_a_commit_that_was_never_in_force_is_shown_to_who_sees_everything(facts: Facts) -> None:
    page = one(facts, "ddddddd", UNKNOWN, FIRST)
    assert (page.title, page.row, page.part.rows) == ("An old one", None, ())
    with pytest.raises(NotThereError):
        one(visible(facts, Scope(("shop",), None)), "ddddddd", UNKNOWN, FIRST)


@pytest.mark.parametrize("sha", ["", "aaaaaa", "eeeeeee", "HEAD~30000", "../../../x"])
def test_what_is_no_commit_is_not_there(facts: Facts, sha: str) -> None:
    with pytest.raises(NotThereError):
        one(facts, sha, UNKNOWN, FIRST)


def test_digits_that_several_begin_with_name_none(facts: Facts) -> None:
    with pytest.raises(NotThereError):
        one(facts, "aaaaaaa", FIRST, replace(FIRST, revision="a" * 39 + "b"))

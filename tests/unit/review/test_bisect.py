"""Which run of states is the breakage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.policy import Suspension
from reconciler.record.object_history import NOTHING, ObjectFacts, ObjectState
from reconciler.repo.revision import Commit
from reconciler.review.bisect import Condition, condition_of, find_episode
from tests.support.builders import binding, recorded, status

LETTERS = {
    "w": ObjectFacts(*recorded(binding(m1=1))),
    "p": ObjectFacts(*recorded(binding(m1=1), status("m1", HealthStatus.IN_PROGRESS))),
    "b": ObjectFacts(*recorded(binding(m1=1), status("m1", HealthStatus.FAILED))),
    "-": NOTHING,
}


def states(letters: str) -> list[ObjectState]:
    commit = Commit("s", "t", "sync", "R <r@x>", datetime(2026, 1, 1, tzinfo=UTC))
    return [ObjectState(commit, "r", LETTERS[letter]) for letter in letters]


@pytest.mark.parametrize(
    ("letters", "good", "bad", "expected"),
    [
        ("w", None, None, None),
        ("wpw", None, None, None),  # a rollout that succeeds
        ("wpbw", None, None, (1, 3)),
        ("wpb", None, None, (1, 3)),
        ("wp", None, None, (1, 2)),  # it does not come up
        ("wbwpwbbw", None, None, (5, 7)),  # the last time
        ("wbwpwbbw", 0, None, (1, 2)),  # the first time since then
        ("wbwpwbbw", 2, None, (5, 7)),
        ("wbwpwbbw", None, 4, (1, 2)),
        ("wbwb", 2, 2, None),
        ("b", None, None, (0, 1)),
        ("wb-", None, None, (1, 2)),
        ("w-", None, None, None),
        ("wbbb", 1, None, (2, 4)),
    ],
)
def test_episodes(letters: str, good: int | None, bad: int | None, expected: tuple[int, int] | None) -> None:
    assert find_episode(states(letters), (), good, bad) == expected


def test_conditions() -> None:
    failed = recorded(binding(m1=1, m2=1), status("m1"), status("m2", HealthStatus.FAILED))
    both = ObjectFacts(*failed)
    assert condition_of(both) is Condition.BROKEN
    assert condition_of(both, ["m1"]) is Condition.WELL
    assert condition_of(both, ["m3"]) is Condition.ABSENT
    suspended = replace(failed.decision, suspension=Suspension(clusters=frozenset({"m2"})))
    assert condition_of(ObjectFacts(suspended, failed.report)) is Condition.WELL
    refused = recorded(binding(m1=1), status("m1", applied=False, message="no"))
    assert condition_of(ObjectFacts(*refused)) is Condition.BROKEN
    nowhere = replace(refused.decision, message="no cluster fits")
    assert condition_of(ObjectFacts(nowhere, both.report)) is Condition.BROKEN
    assert condition_of(NOTHING) is Condition.ABSENT

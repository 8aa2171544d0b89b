"""Which run of states is the breakage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.model.eviction import EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.policy import Suspension
from reconciler.present.bisect import breakage_document, breakage_lines
from reconciler.record.object_history import NOTHING, ObjectFacts, ObjectHistory, ObjectState
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.bisect import Condition, bisect, condition_of, find_episode
from tests.support.builders import binding, recorded, status
from tests.support.gitrepo import GitRepo

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


LOST = EvictionTask(
    ClusterName("m1"),
    PurgeMode.GRACEFULLY,
    "TaintUntolerated",
    "TaintManager",
    datetime(2026, 1, 1, 12, tzinfo=UTC),
    "m1 is lost",
)
WELL = ObjectFacts(*recorded(binding(m1=1, m2=1)))
DRIFTED = ObjectFacts(
    *recorded(
        binding(m1=1, m2=1),
        replace(status("m1"), corrected="spec.replicas (by kubectl)"),
        replace(status("m2", HealthStatus.FAILED), corrected="spec.paused (by somebody)"),
    )
)
EVICTED = ObjectFacts(*recorded(binding(m1=1, m2=1), status("m1"), status("m2", HealthStatus.FAILED), evictions=(LOST,)))
ALONE = ObjectFacts(*recorded(binding(m1=1, m2=1), status("m1", HealthStatus.FAILED), status("m2")))
THEN_EVICTED = ObjectFacts(
    *recorded(binding(m1=1, m2=1), status("m1", HealthStatus.FAILED), status("m2"), evictions=(replace(LOST, replicas=1),))
)


@pytest.mark.parametrize(
    ("facts", "cause", "told"),
    [
        ([WELL, EVICTED], "failover", "  It leaves m1 since 2026-01-01T12:00:00Z: m1 is lost (TaintUntolerated)."),
        ([WELL, DRIFTED], "drift", "  m2: spec.paused (by somebody), undone at 2026-01-01T00:01:00Z"),
        ([WELL, ALONE], "none", "No commit is the cause: it broke in the member, while"),
        ([WELL, ALONE, THEN_EVICTED], "none", "  It then leaves m1 since 2026-01-01T12:00:00Z: m1 is lost (TaintUntolerated)."),
    ],
    ids=["failover", "drift", "by itself", "a failover that follows"],
)
async def test_what_broke_it_where_no_commit_did(tmp_path: Path, facts: list[ObjectFacts], cause: str, told: str) -> None:
    repo = GitRepo(tmp_path / "config")
    head = repo.write({"web.yaml": "kind: Deployment\n"}).commit()
    async with await Repository.open(str(repo.path)) as repository:
        commit = await repository.resolve(head)
        moments = [replace(commit, time=datetime(2026, 1, 1, 0, minute, tzinfo=UTC)) for minute in range(len(facts))]
        states = tuple(ObjectState(moment, head, one) for moment, one in zip(moments, facts, strict=True))
        found = await bisect(repository, ObjectHistory(binding(m1=1).key, states, head))
    assert found is not None
    document = breakage_document(found, [])
    assert (document["cause"], document["commits"]) == (cause, [])
    assert [one["cluster"] for one in (*document["evictions"], *document["followed"])] == (["m1"] if "leaves" in told else [])
    assert document["drifts"] == ({"m2": "spec.paused (by somebody)"} if cause == "drift" else {})
    assert any(str(line).startswith(told) for line in breakage_lines(found, []))

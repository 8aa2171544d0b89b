"""Which files the revert of a rollout restores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.edit.revert import files_of_revert, revert_of
from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout, RolloutPhase
from reconciler.model.tree import Tree
from tests.support.in_memory_fleet import Files, committed, load
from tests.unit.passes.test_rollout import APP, files

BASE, TARGET = "1" * 40, "2" * 40
NOW = datetime(2026, 1, 1, tzinfo=UTC)
A = ClusterName("a")


def restored(before: Files, after: Files, head: Files | None = None) -> tuple[list[str], tuple[str, ...]]:
    """The files that come back, and those that a newer commit changed."""
    rollout = RecordedRollout(
        None,
        TARGET,
        NOW,
        RolloutPhase.FAILED,
        (GroupOfClusters("first", (A,)),),
        base=BASE,
        progress={A: ClusterProgress(NOW, NOW, "broken")},
        objects={APP: (TargetCluster(A),)},
    )
    desired = replace(load(after), revision=TARGET, earlier={BASE: load(before)})
    revert = revert_of(rollout, desired)
    assert revert is not None
    assert revert.message.startswith(f"Revert {TARGET[:10]}: its rollout failed on a\n\n- a: broken\n")
    found = files_of_revert(revert, tree(before), tree(after), tree(head or after))
    return list(found.blobs), found.newer


def tree(revision: Files) -> Tree:
    return committed(revision)[0]


def test_a_changed_template_comes_back_and_nothing_else() -> None:
    before, after = files("app:1"), {**files("app:2"), "notes.txt": "new", "clusters/z.yaml": "# new\n"}
    assert restored(before, after) == (["shop/app.yaml"], ())


def test_a_changed_policy_comes_back() -> None:
    assert restored(files("app:1"), files("app:1", clusters="b")) == (["shop/policy.yaml"], ())


def test_a_file_that_a_newer_commit_changed_does_not() -> None:
    assert restored(files("app:1"), files("app:2"), files("app:3")) == ([], ("shop/app.yaml",))


def test_what_is_taken_back_already_needs_nothing() -> None:
    assert restored(files("app:1"), files("app:2"), files("app:1")) == ([], ())

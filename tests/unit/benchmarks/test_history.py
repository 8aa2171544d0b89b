"""The benchmark of the commands about the past writes a repository that they can read."""

from __future__ import annotations

from pathlib import Path

from benchmarks.history import EVERY, commits, imported
from tests.support.program import isolated_git, run_here


def test_the_object_that_is_asked_for_has_a_past(tmp_path: Path) -> None:
    with isolated_git():
        imported(tmp_path, commits(100, 3, 4 * EVERY))
        where = ("deployment/checkout-0000", "--repo", str(tmp_path), "-o", "json")
        states = run_here("history", *where).json["objects"][0]["states"]
        assert [one["health"] for one in states] == ["Current", "InProgress", "Failed", "InProgress", "Current"]
        assert [len(one["commits"]) for one in states] == [0, 1, 0, 1, 1]
        found = run_here("bisect", *where).json
        assert (found["cause"], f"edited-{EVERY}" in found["diff"]) == ("commit", True)

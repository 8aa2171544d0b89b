"""Commit statuses as GitHub and GitLab answer; Gitea is asked in tests/forge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reconciler.notify.forge_api import ForgeAddress, ForgeKind
from reconciler.notify.succeeded_statuses import succeeded_statuses

COMMIT = "c" * 40


class Answering:
    """In place of a Forge."""

    def __init__(self, kind: ForgeKind, answers: dict[str, Any]) -> None:
        self.address, self._answers = ForgeAddress(kind, "https://forge.example.com/api", "team/config"), answers

    async def ask(self, method: str, path: str) -> Any:
        assert method == "GET"
        return self._answers[path]

    async def each(self, path: str) -> AsyncIterator[Any]:
        for one in self._answers[path]:
            yield one


@pytest.mark.parametrize(("kind", "field"), [(ForgeKind.GITHUB, "state"), (ForgeKind.GITEA, "status")])
async def test_the_newest_state_of_each_context_counts(kind: ForgeKind, field: str) -> None:
    statuses = [{"context": "qa", field: "success"}, {"context": "load", field: "pending"}, {"context": "lint", field: "failure"}]
    forge: Any = Answering(kind, {f"/commits/{COMMIT}/status?per_page=100&limit=100": {"state": "failure", "statuses": statuses}})
    assert await succeeded_statuses(forge, COMMIT) == {"qa"}


async def test_gitlab_names_them() -> None:
    statuses = [{"name": "qa", "status": "success"}, {"name": "load", "status": "running"}]
    forge: Any = Answering(ForgeKind.GITLAB, {f"/repository/commits/{COMMIT}/statuses": statuses})
    assert await succeeded_statuses(forge, COMMIT) == {"qa"}


async def test_a_commit_without_any() -> None:
    forge: Any = Answering(ForgeKind.GITEA, {f"/commits/{COMMIT}/status?per_page=100&limit=100": {"statuses": None}})
    assert await succeeded_statuses(forge, COMMIT) == frozenset()

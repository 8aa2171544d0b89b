"""Of a status branch that moves, only the files that changed are parsed: on real Git."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import ObjectReport, RecordedState
from reconciler.record.branch_layout import UnreadableStatusError
from reconciler.record.state_reader import StateReader
from reconciler.record.status_branch import commit_recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from tests.support.builders import binding, deployment, recorded, recorded_state, status
from tests.support.gitrepo import ISOLATION, GitRepo

BRANCH = "reconciler/status"
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OBJECTS = 10
STATE = recorded_state(
    *(recorded(binding(deployment(f"web-{number}"), m1=1), status("m1")) for number in range(OBJECTS)), revision="3f2c1ab"
)
KEYS = sorted(STATE.decisions)
FAILED = ObjectReport((status("m1", HealthStatus.FAILED),))
ADA = Signature("Ada", "ada@example.org", WHEN)
EVERY_FILE = 2 * OBJECTS + 1


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    for name, value in (ISOLATION | {"HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    made = GitRepo(tmp_path / "config")
    made.write({"a.yaml": "x: 1\n"}).commit()
    return made


@pytest.fixture
async def repository(repo: GitRepo) -> AsyncIterator[Repository]:
    async with await Repository.open(str(repo.path)) as opened:
        yield opened


async def committed(repository: Repository, state: RecordedState) -> None:
    assert await commit_recorded(repository, BRANCH, await read_recorded(repository, BRANCH), state, "sync", WHEN)


async def read(reader: StateReader, repository: Repository) -> RecordedState:
    head = await repository.branch_head(BRANCH)
    assert head is not None
    return await reader.read(repository, await repository.resolve(head, recorded=True))


async def test_only_changed_files_are_parsed(repository: Repository) -> None:
    reader = StateReader()
    await committed(repository, STATE)
    first = await read(reader, repository)
    assert (first, reader.parsed) == (STATE, EVERY_FILE)
    state = replace(STATE, reports={**STATE.reports, KEYS[3]: FAILED})
    await committed(repository, state)
    second = await read(reader, repository)
    assert (second, reader.parsed) == (state, EVERY_FILE + 1)
    assert second.reports[KEYS[2]] is first.reports[KEYS[2]]
    assert second.decisions[KEYS[3]] is first.decisions[KEYS[3]]
    fewer = replace(state, **{name: _without(getattr(state, name), KEYS[0]) for name in ("decisions", "reports")}, revision="4")
    await committed(repository, fewer)
    assert (await read(reader, repository), reader.parsed) == (fewer, EVERY_FILE + 2), "revision.yaml alone; two are gone"
    await committed(repository, STATE)
    assert await read(reader, repository) == STATE


def _without(found: dict[object, object], key: object) -> dict[object, object]:
    return {one: value for one, value in found.items() if one != key}


async def test_after_many_changes_everything_is_read_again(repository: Repository) -> None:
    """Values that are read alone share nothing with others, and would take more memory with each commit."""
    reader = StateReader()
    state = STATE
    await committed(repository, state)
    await read(reader, repository)
    told = []
    for key in KEYS:
        state = replace(state, reports={**state.reports, key: FAILED})
        await committed(repository, state)
        before = reader.parsed
        assert await read(reader, repository) == state
        told.append(reader.parsed - before)
    assert told == [1] * OBJECTS
    state = replace(state, reports=STATE.reports)
    await committed(repository, state)
    before = reader.parsed
    assert await read(reader, repository) == state
    assert reader.parsed - before == EVERY_FILE


async def test_a_file_that_cannot_be_read_is_told_until_it_is_mended(repo: GitRepo, repository: Repository) -> None:
    reader = StateReader()
    await committed(repository, STATE)
    await read(reader, repository)
    good = repo.git("rev-parse", BRANCH)
    edited = {"revision.yaml": b"spec: {layout: 99}\n"}
    await repository.commit_files(BRANCH, parent=good, changes=edited, message="edited", by=ADA)
    for _ in range(2):
        with pytest.raises(UnreadableStatusError, match="layout 99"):
            await read(reader, repository)
    repo.git("update-ref", f"refs/heads/{BRANCH}", good)
    assert await read(reader, repository) == STATE

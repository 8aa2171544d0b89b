"""One commit per change of facts, none when nothing changed: on real Git."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.model.recorded import RecordedState
from reconciler.record.branch_layout import UnreadableStatusError, files_of
from reconciler.record.fleet_pictures import picture_files
from reconciler.record.status_branch import commit_recorded, read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import ConflictError
from tests.support.builders import binding, config, recorded
from tests.support.gitrepo import ISOLATION, GitRepo
from tests.unit.record.test_branch_layout import STATE

BRANCH = "reconciler/status"
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADA = Signature("Ada", "ada@example.org", WHEN)


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (ISOLATION | {"HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "config")
    made.write({"a.yaml": "x: 1\n"}).commit()
    return made


@pytest.fixture
async def repository(repo: GitRepo) -> AsyncIterator[Repository]:
    async with await Repository.open(str(repo.path)) as opened:
        yield opened


async def record(repository: Repository, state: RecordedState, message: str = "sync") -> str | None:
    written = await commit_recorded(repository, BRANCH, await read_recorded(repository, BRANCH), state, message, WHEN)
    return written and written.commit


def paths(repo: GitRepo) -> list[str]:
    return repo.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()


async def test_the_first_commit_makes_the_branch(repo: GitRepo, repository: Repository) -> None:
    before = await read_recorded(repository, BRANCH)
    assert (before.commit, before.state) == (None, RecordedState())
    commit = await record(repository, STATE, "sync 3f2c1ab: 1 created on m1\n\nRevision: 3f2c1ab\n")
    assert repo.git("rev-parse", BRANCH) == commit
    assert paths(repo) == sorted([*files_of(STATE), *picture_files(STATE), "README.md"])
    shown = repo.git("log", "-1", "--format=%an <%ae> %aI %s %(trailers:key=Revision,valueonly)", BRANCH)
    assert shown.strip() == "Reconciler <reconciler@localhost> 2026-01-02T03:04:05+00:00 sync 3f2c1ab: 1 created on m1 3f2c1ab"
    # Parts of a second are not written, so they do not come back.
    assert files_of((await read_recorded(repository, BRANCH)).state) == files_of(STATE)


async def test_nothing_new_is_no_commit(repo: GitRepo, repository: Repository) -> None:
    await record(repository, STATE)
    assert await record(repository, STATE) is None
    assert await record(repository, (await read_recorded(repository, BRANCH)).state) is None
    assert repo.git("rev-list", "--count", BRANCH) == "1"


async def test_only_what_changed_is_written_and_what_is_gone_is_deleted(repo: GitRepo, repository: Repository) -> None:
    other = recorded(binding(config(), m1=0))
    await record(repository, replace(STATE, decisions={**STATE.decisions, other.binding.key: other.decision}))
    await record(repository, replace(STATE, clusters={}))
    changed = repo.git("diff", "--name-status", f"{BRANCH}~1", BRANCH).splitlines()
    pictures = [one for one in changed if one.startswith("M\tpictures/")]
    assert set(pictures) < {f"M\t{path}" for path in picture_files(STATE)}
    others = [one for one in changed if one not in pictures]
    assert others == ["M\tREADME.md", "D\tbindings/shop/ConfigMap/config.yaml", "D\tclusters/m1.yaml"]


async def test_other_files_of_the_branch_stay_as_they_are(repo: GitRepo, repository: Repository) -> None:
    foreign: dict[str, bytes | None] = {"notes.yaml": b"a: [", "docs/x.md": b"# mine", "bindings/README.md": b"mine"}
    commit = await record(repository, STATE)
    await repository.commit_files(BRANCH, parent=commit, changes=foreign, message="notes", by=ADA)
    await record(repository, RecordedState("next"))
    own = [*picture_files(STATE), "README.md", "revision.yaml"]
    assert paths(repo) == sorted([*own, "bindings/README.md", "docs/x.md", "notes.yaml"])
    assert repo.git("show", f"{BRANCH}:notes.yaml") == "a: ["


async def test_a_branch_that_has_moved_is_a_conflict(repository: Repository) -> None:
    before = await read_recorded(repository, BRANCH)
    await record(repository, STATE)
    with pytest.raises(ConflictError):
        await commit_recorded(repository, BRANCH, before, RecordedState("other"), "sync", WHEN)


async def test_a_branch_that_someone_broke_names_the_file(repository: Repository) -> None:
    commit = await record(repository, STATE)
    changes: dict[str, bytes | None] = {"clusters/m1.yaml": b"{"}
    await repository.commit_files(BRANCH, parent=commit, changes=changes, message="oops", by=ADA)
    with pytest.raises(UnreadableStatusError, match=r"clusters/m1\.yaml"):
        await read_recorded(repository, BRANCH)

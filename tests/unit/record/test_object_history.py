"""What the status branch said about an object over time, on real Git."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import RecordedState
from reconciler.record.branch_layout import files_of
from reconciler.record.object_history import (
    ObjectHistory,
    read_object_histories,
    read_revision_spans,
    read_steps,
    recorded_keys,
)
from reconciler.record.status_branch import commit_recorded, read_recorded
from reconciler.repo.client import Repository
from tests.support.builders import binding, config, deployment, recorded, recorded_state, status
from tests.support.gitrepo import ISOLATION, GitRepo

BRANCH = "reconciler/status"
START = datetime(2026, 1, 2, tzinfo=UTC)
WEB = recorded(binding(m1=2))
FAILED = recorded(binding(m1=2), status("m1", HealthStatus.FAILED))
OTHER = recorded(binding(config(), m1=0))


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


async def record(repository: Repository, states: Iterable[RecordedState]) -> list[str]:
    commits = []
    for number, state in enumerate(states):
        before = await read_recorded(repository, BRANCH)
        after = await commit_recorded(repository, BRANCH, before, state, "sync", START + timedelta(minutes=number))
        assert after is not None
        assert after.commit is not None
        commits.append(after.commit)
    return commits


async def history(repository: Repository, head: str, name: str = "web") -> ObjectHistory:
    (found,) = await read_object_histories(repository, head, {"deployment", "configmap"}, "", name)
    return found


async def test_a_state_lasts_until_the_object_changes(repository: Repository) -> None:
    commits = await record(
        repository,
        [
            recorded_state(WEB, revision="r1"),
            recorded_state(WEB, OTHER, revision="r2"),
            recorded_state(FAILED, OTHER, revision="r3"),
            recorded_state(OTHER, revision="r4"),
        ],
    )
    found = await history(repository, commits[-1])
    assert found.key == WEB.binding.key
    assert [(one.commit.sha, one.revision) for one in found.states] == [
        (commits[0], "r1"),
        (commits[2], "r3"),
        (commits[3], "r4"),
    ]
    assert [one.facts.decision is None for one in found.states] == [False, False, True]
    assert found.states[1].facts.report == FAILED.report
    assert (found.revision, found.cut_off, found.unreadable) == ("r4", False, ())
    assert found.states[0].commit.time == START


async def test_the_history_ends_with_what_is_recorded(repository: Repository) -> None:
    states = [
        recorded_state(WEB, revision="1"),
        recorded_state(FAILED, OTHER, revision="2"),
        recorded_state(WEB, OTHER, revision="2"),
    ]
    commits = await record(repository, states)
    now = (await read_recorded(repository, BRANCH)).state
    for name in ("web", "config"):
        found = await history(repository, commits[-1], name)
        newest = found.states[-1].facts
        assert (newest.decision, newest.report) == (now.decisions[found.key], now.report_of(found.key))


async def test_one_name_may_mean_several_objects(repository: Repository) -> None:
    away = recorded(binding(deployment("web") | {"metadata": {"name": "web", "namespace": "away"}}, m1=1))
    (commit,) = await record(repository, [recorded_state(WEB, away, OTHER)])
    kinds = {"deployment"}
    found = await read_object_histories(repository, commit, kinds, "", "web")
    assert [one.key.namespace for one in found] == ["away", "shop"]
    assert [one.key.namespace for one in await read_object_histories(repository, commit, kinds, "shop", "web")] == ["shop"]
    assert await read_object_histories(repository, commit, {"configmap"}, "", "web") == []
    assert await read_object_histories(repository, commit, kinds, "", "w*") == []
    assert sorted(await recorded_keys(repository, commit)) == sorted([WEB.binding.key, away.binding.key, OTHER.binding.key])


async def test_reports_of_layout_1_are_in_the_bindings(repo: GitRepo, repository: Repository) -> None:
    """The commit that writes layout 2 changes nothing for the object."""
    files = {path: data.decode() for path, data in files_of(recorded_state(FAILED, revision="r1")).items()}
    binding_file = "bindings/shop/Deployment.apps/web.yaml"
    clusters = files.pop("reports/shop/Deployment.apps/web.yaml").partition("status:\n")[2]
    old, _, rest = files[binding_file].partition("status:\n")
    files[binding_file] = f"{old}status:\n{clusters}" if "conditions" in clusters else f"{old}status:\n{clusters}{rest}"
    files["revision.yaml"] = files["revision.yaml"].replace("layout: 2", "layout: 1")
    repo.git("switch", "--quiet", "--orphan", "old")
    for path, text in files.items():
        repo.write({path: text})
    first = repo.commit("sync of an older program")
    repo.git("branch", "-f", BRANCH)
    repo.git("switch", "--quiet", "--force", "main")
    (second,) = await record(repository, [recorded_state(FAILED, revision="r1")])
    found = await history(repository, second)
    assert [(one.commit.sha, one.revision) for one in found.states] == [(first, "r1")]
    assert found.states[0].facts.report.statuses == FAILED.report.statuses


async def test_a_state_that_somebody_edited_is_left_out_and_named(repo: GitRepo, repository: Repository) -> None:
    await record(repository, [recorded_state(WEB, revision="r1")])
    repo.git("switch", "--quiet", BRANCH)
    repo.write({"bindings/shop/Deployment.apps/web.yaml": "spec: [\n"})
    broken = repo.commit("Edit by hand")
    repo.git("revert", "--no-edit", "HEAD")
    repo.git("switch", "--quiet", "main")
    (last,) = await record(repository, [recorded_state(FAILED, revision="r2")])
    found = await history(repository, last)
    assert [one.revision for one in found.states] == ["r1", "r2"]
    (reason,) = found.unreadable
    assert reason.startswith(f"{broken[:12]}: ")
    assert [len(step.objects) for step in await read_steps(repository, last)] == [1, 0, 0, 1]


async def test_steps_have_what_each_commit_changed(repository: Repository) -> None:
    commits = await record(
        repository,
        [
            recorded_state(WEB, revision="r1"),
            recorded_state(WEB, OTHER, revision="r1"),
            recorded_state(FAILED, OTHER, revision="r2"),
        ],
    )
    steps = await read_steps(repository, commits[-1])
    assert [(one.commit.sha, one.revision, list(one.objects)) for one in steps] == [
        (commits[2], "r2", [WEB.binding.key]),
        (commits[1], "r1", [OTHER.binding.key]),
        (commits[0], "r1", [WEB.binding.key]),
    ]
    before, after = steps[0].objects[WEB.binding.key]
    assert (before.report, after.report) == (WEB.report, FAILED.report)
    assert before.decision is None  # its file did not change
    assert steps[:1] == await read_steps(repository, commits[-1], 1)


async def test_spans_of_revisions(repository: Repository) -> None:
    states = [
        recorded_state(WEB, revision="r1"), recorded_state(FAILED, revision="r1"), recorded_state(WEB, revision="r2"),
        recorded_state(WEB, OTHER, revision="r2"), recorded_state(WEB, revision="r1"),
    ]  # fmt: skip
    commits = await record(repository, states)
    line = [sha for sha, _ in await repository.first_parents(commits[-1])]
    spans = [(one.revision, one.first, one.last) for one in await read_revision_spans(repository, commits[-1], line)]
    assert spans == [("r1", commits[4], commits[4]), ("r2", commits[2], commits[3]), ("r1", commits[0], commits[1])]

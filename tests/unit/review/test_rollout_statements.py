"""Who paused, approved or promoted a rollout: from a history of real Git, with a pull request that was merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import in_memory
from reconciler.edit.rollout_controls import stated_rollouts
from reconciler.pipeline.compiler import Compiler
from reconciler.repo.client import Repository
from reconciler.review.rollout_statements import Statement, read_statements
from tests.e2e.test_rollout_commands import CONFIGURATION, SHOP_POLICY
from tests.support.gitrepo import ISOLATION, GitRepo

STRATEGY = "  rollouts: {careful: {groups: [{name: canary, clusters: [m1]}, {name: rest}]}}\n"
CONTROL = """\
  rolloutControl:
    paused: look first
    approved: [1234567890/europe]
"""
ANNOTATED = SHOP_POLICY.replace("careful\n", "careful\n    reconciler.dev/rollout-promoted: 1234567890/*\n")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (ISOLATION | {"HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)


def by(repo: GitRepo, author: str, **files: str) -> None:
    repo.write({name.replace("_", "."): text for name, text in files.items()})
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "work", f"--author={author} <{author.lower()}@example.org>")


async def told(repo: GitRepo) -> list[Statement]:
    files = {name: (repo.path / name).read_text() for name in ("reconciler.yaml", "policy.yaml")}
    desired = Compiler().load(*in_memory(files))
    async with await Repository.open(str(repo.path)) as repository:
        return await read_statements(repository, await repository.resolve("HEAD"), stated_rollouts(desired).values())


async def test_authors_are_those_of_the_commits_that_state_it(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "config")
    by(repo, "Zoe", reconciler_yaml=CONFIGURATION + STRATEGY, policy_yaml=SHOP_POLICY, other_yaml="")
    by(repo, "Ada", reconciler_yaml=CONFIGURATION + STRATEGY + CONTROL)
    repo.git("switch", "--quiet", "--create", "promote")
    by(repo, "Grace", policy_yaml=ANNOTATED)
    repo.git("switch", "--quiet", "-")
    by(repo, "Zoe", other_yaml="unrelated")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merged", "promote")
    by(repo, "Linus", reconciler_yaml="{ no yaml")
    by(repo, "Barbara", reconciler_yaml=CONFIGURATION + STRATEGY)
    found = await told(repo)
    assert [(one.author.split()[0], str(one.verb), one.detail, str(one.ref or "")) for one in found] == [
        ("Barbara", "resumed", "", ""),
        ("Grace", "promoted", "1234567890/*", "PropagationPolicy shop/web"),
        ("Ada", "paused", "look first", ""),
        ("Ada", "approved", "1234567890/europe", ""),
    ]
    assert found[1].commit.subject == "merged", "from then on it was in force"


async def test_nothing_is_read_where_there_is_no_rollout(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "config")
    by(repo, "Zoe", reconciler_yaml="", policy_yaml="")
    assert await told(repo) == []

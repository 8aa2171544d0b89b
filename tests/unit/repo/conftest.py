from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gitrepo import ISOLATION, GitRepo, run_git
from tests.support.mountedsecret import MountedSecret, Secret


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program runs git with our environment: keep this machine's settings out of it."""
    for name, value in (ISOLATION | {"HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> Iterator[GitRepo]:
    repo = GitRepo(tmp_path / "config")
    repo.write({"reconciler.yaml": "kind: Configuration\n", "apps/web.yaml": "kind: Deployment\n"})
    repo.commit("Start")
    yield repo
    assert repo.git("fsck", "--no-dangling") == ""


@pytest.fixture
def remote(repo: GitRepo) -> Path:
    folder = repo.bare_clone()
    run_git(folder, "config", "http.receivepack", "true")
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    return MountedSecret(tmp_path / "secret").write

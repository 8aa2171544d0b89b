"""Newer images from a real registry reach the files: by the command, by a commit of `run`, by a pull request at a real forge."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.forge.pushed import Pushed, value_of
from tests.support import ociregistry
from tests.support.daemon import daemon
from tests.support.fleet import document
from tests.support.ociregistry import Registry
from tests.support.program import run_here
from tests.support.servers import eventually

BRANCH = "reconciler/images"
LAYERS = {"application/vnd.oci.image.layer.v1.tar+gzip": b"x"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with ociregistry.running(tmp_path_factory.mktemp("registry")) as started:
        yield started


class Web:
    """The image `web`, its ImagePolicy, and a ConfigMap whose value names it."""

    def __init__(self, pushed: Pushed, registry: Registry) -> None:
        self.pushed, self.registry = pushed, registry
        self.repository = f"shop/web-{secrets.token_hex(3)}"
        self.image = f"{registry.host}/{self.repository}"

    def release(self, tag: str, content: bytes = b"x") -> str:
        """The digest."""
        return self.registry.push(self.repository, tag, dict.fromkeys(LAYERS, content))

    def declare(self, mode: str, **spec: Any) -> None:
        policy = {"image": self.image, "policy": {"semver": {"range": "1.x"}}, **spec}
        updates = {"imageUpdates": {"mode": mode, "interval": "1s"}}
        self.pushed.clone.write(
            {
                "reconciler.yaml": document("Configuration", "all", "", api="reconciler.dev/v1alpha1", spec=updates),
                "web.yaml": document("ImagePolicy", "web", api="reconciler.dev/v1alpha1", spec=policy),
            }
        )
        self.write(f"{self.image}:1.0.0")

    def write(self, value: str) -> None:
        """The ConfigMap that every member gets."""
        text = (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n"
            f'data:\n  value: {value} # {{"$imagepolicy": "shop:web"}}\n'
        )
        self.pushed.clone.write({"config.yaml": text}).commit()
        self.pushed.clone.git("push", "--quiet", "origin", "HEAD:main")

    def pull(self) -> str:
        """The value at the newest commit of the forge."""
        self.pushed.clone.git("pull", "--quiet", "--rebase", "origin", "main")
        return self.pushed.clone.git("show", "HEAD:config.yaml").partition("value: ")[2].partition(" #")[0]

    @property
    def where(self) -> tuple[str, ...]:
        return (
            *("--repo", self.pushed.forge.remote(self.pushed.path), "--cache", str(self.pushed.folder / "cache")),
            *("--member-root", str(self.pushed.members), "--plain-http", self.registry.host),
        )


@pytest.fixture
def web(pushed: Pushed, registry: Registry) -> Web:
    one = Web(pushed, registry)
    one.release("1.0.0")
    return one


def test_a_command_shows_and_writes_it_once_for_all(web: Web) -> None:
    web.declare("off")
    web.release("1.1.0")
    web.release("2.0.0")
    repo = ("--repo", str(web.pushed.clone.path), "--plain-http", web.registry.host)
    shown = run_here("images", "list", *repo)
    assert (shown.code, shown.out.splitlines()[1].split()[:4]) == (1, ["shop/web", web.image, "1.0.0", "1.1.0"]), shown.err
    done = run_here("images", "update", *repo)
    assert done.code == 0, done.err
    assert "Update web-" in done.out
    assert f"value: {web.image}:1.1.0 # {{" in web.pushed.clone.git("show", "HEAD:config.yaml")
    assert run_here("images", "list", *repo).code == 0
    assert run_here("images", "update", *repo).out == "No image is newer.\n"
    web.pushed.clone.git("revert", "--no-edit", "HEAD")
    assert run_here("images", "update", *repo).out == "No image is newer.\n", "it was taken back"
    assert "taken back before: 1.1.0" in run_here("images", "list", *repo).out


def test_a_registry_that_does_not_know_the_image_is_an_error(web: Web) -> None:
    web.declare("off", image=f"{web.registry.host}/shop/none")
    shown = run_here("images", "list", "--repo", str(web.pushed.clone.path), "--plain-http", web.registry.host)
    assert shown.code == 3
    assert "web.yaml:1: error: ImagePolicy shop/web" in shown.err
    assert "the registry has no such repository" in shown.err


def test_run_commits_a_newer_image_applies_it_and_never_one_that_was_taken_back(web: Web, tmp_path: Path) -> None:
    web.declare("commit", digest="Always")
    with daemon(tmp_path, *web.where) as one:
        one.settle()
        digest = web.release("1.1.0", b"y")
        newer = f"{web.image}:1.1.0@{digest}"
        eventually(lambda: web.pull() == newer, seconds=60)
        eventually(lambda: value_of(web.pushed.members / "m1/shop/ConfigMap/settings.yaml") == newer, seconds=60)
        commits = web.pushed.clone.git("rev-list", "--count", "HEAD")
        web.pushed.clone.git("revert", "--no-edit", "HEAD")
        web.pushed.clone.git("push", "--quiet", "origin", "HEAD:main")
        older = web.pull()
        assert older != newer
        eventually(lambda: value_of(web.pushed.members / "m1/shop/ConfigMap/settings.yaml") == older, seconds=60)
        digest = web.release("1.2.0", b"z")
        eventually(lambda: web.pull() == f"{web.image}:1.2.0@{digest}", seconds=60)
        assert int(web.pushed.clone.git("rev-list", "--count", "HEAD")) == int(commits) + 2, "the revert, and one newer image"


def test_one_pull_request_proposes_it_and_follows(web: Web, tmp_path: Path) -> None:
    forge, path = web.pushed.forge, web.pushed.path
    name = f"reconciler-{secrets.token_hex(3)}"
    token = tmp_path / "forge-token"
    token.write_text(forge.add_user(name, "write:repository"))
    forge.add_collaborator(path, name)
    web.declare("propose")

    def titles(state: str) -> list[str]:
        return [one["title"] for one in forge.request("GET", f"/repos/{path}/pulls?state={state}")]

    with daemon(tmp_path, *web.where, "--forge", "gitea", "--forge-token-file", str(token)) as one:
        one.settle()
        web.release("1.1.0", b"y")
        short = web.repository.rpartition("/")[2]
        eventually(lambda: titles("open") == [f"Update {short} to 1.1.0"], seconds=60)
        web.release("1.2.0", b"z")
        eventually(lambda: titles("open") == [f"Update {short} to 1.2.0"], seconds=60)
        (pull,) = forge.request("GET", f"/repos/{path}/pulls?state=open")
        assert f"config.yaml:5: {web.image}:1.0.0" in pull["body"].replace("\\", "")
        web.write(f"{web.image}:1.2.0")
        eventually(lambda: titles("open") == [], seconds=60)
    assert len(titles("all")) == 1

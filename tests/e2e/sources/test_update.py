"""`update`: what files want is pinned in reconciler.lock, once, whole, and with what moved."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from reconciler.model.tree import Oversized
from reconciler.pipeline.revision import commit_files
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions, OutsideOptions
from tests.support import chartrepository
from tests.support.archives import archive_of, chart
from tests.support.chartrepository import ChartServer
from tests.support.fleet import World
from tests.support.ociregistry import SECRET, USER, Registry
from tests.support.program import Ran, run_process

FLUX = "application/vnd.cncf.flux.content.v1.tar+gzip"


class Updated(World):
    """A repository with two Charts: `web` from a chart repository, `api` from a registry."""

    def __init__(self, folder: Path, charts: ChartServer, registry: Registry) -> None:
        self.charts, self.registry, self.name = charts, registry, f"tests/{uuid4().hex}"
        super().__init__(folder, {"web.yaml": self.web("6.x"), "api.yaml": self.api("^1.0")})

    def web(self, version: str) -> str:
        return of(f"repository: {self.charts.url}\n    name: web\n    version: '{version}'", "web")

    def api(self, version: str) -> str:
        return of(f"oci: oci://{self.registry.host}/{self.name}\n    version: '{version}'", "api")

    def ask(self, command: str, *arguments: str) -> Ran:
        hosts = (word for host in (self.charts.host, self.registry.host) for word in ("--plain-http", host))
        return self.run(command, "--source-cache", str(self.folder / "cache"), *hosts, *arguments)

    def update(self, *arguments: str) -> Ran:
        return self.ask("update", *arguments)

    @property
    def lock(self) -> Path:
        return self.repo.path / "reconciler.lock"

    @property
    def pinned(self) -> dict[str, str]:
        return {one.get("name") or "api": one["resolved"] for one in yaml.safe_load(self.lock.read_text())["sources"]}

    def publish_web(self, version: str, **more: str) -> None:
        (self.charts.folder / f"web-{version}.tgz").write_bytes(chart("web", version, **more))
        files = sorted(self.charts.folder.glob("web-*.tgz"))
        entries = [{"version": file.stem.removeprefix("web-"), "urls": [file.name]} for file in files]
        (self.charts.folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": {"web": entries}}))

    def publish_api(self, version: str, text: str = "kind: Deployment\n") -> None:
        self.registry.push(self.name, version, {FLUX: archive_of({"deploy.yaml": text})})


def of(place: str, name: str) -> str:
    return f"apiVersion: reconciler.dev/v1alpha1\nkind: Chart\nmetadata:\n  name: {name}\nspec:\n  chart:\n    {place}\n"


@pytest.fixture
def world(tmp_path: Path, registry: Registry) -> Iterator[Updated]:
    (tmp_path / "charts").mkdir()
    with chartrepository.serving(tmp_path / "charts") as charts:
        world = Updated(tmp_path, charts, registry)
        world.publish_web("6.5.0")
        world.publish_api("1.0.0")
        yield world


def reasons(world: Updated) -> list[str]:
    """Of issues about sources, in the work tree."""
    document = world.ask("validate", "--worktree", "-o", "json").json
    return [issue["reason"] for issue in document["issues"] if issue["reason"].startswith("Source")]


def test_it_pins_what_is_wanted_once(world: Updated) -> None:
    assert reasons(world) == ["SourceNotLocked", "SourceNotLocked"]
    first = world.update()
    assert first.code == 0
    assert first.out.splitlines() == [
        f"web of {world.charts.url} 6.5.0 (new)",
        f"oci://{world.registry.host}/{world.name} 1.0.0 (new)",
        "  created     reconciler.lock",
        "Commit reconciler.lock with the files that it is for.",
    ]
    assert world.pinned == {"web": "6.5.0", "api": "1.0.0"}
    assert reasons(world) == []
    text = world.lock.read_bytes()
    again = world.update()
    assert (again.code, again.out) == (0, "reconciler.lock is up to date: 2 sources.\n")
    assert world.lock.read_bytes() == text
    assert world.repo.git("status", "--porcelain") == "?? reconciler.lock"


def test_what_moves_within_a_range(world: Updated) -> None:
    world.update()
    world.publish_web("6.7.1")
    world.publish_web("7.0.0")
    world.publish_api("1.0.0", "kind: Other\n")
    dry = world.update("--dry-run")
    assert dry.code == 1
    lines = dry.out.splitlines()
    assert lines[0] == f"web of {world.charts.url} 6.5.0 → 6.7.1"
    assert lines[1].startswith(f"oci://{world.registry.host}/{world.name} 1.0.0: published again, ")
    assert world.pinned["web"] == "6.5.0"
    one = world.update("--source", "web", "-o", "json")
    assert (one.code, one.err) == (0, "")
    ((source,), changed) = one.json["sources"], one.json["changed"]
    assert (source["change"], source["before"]["resolved"], source["after"]["resolved"], changed) == (
        "moved",
        "6.5.0",
        "6.7.1",
        True,
    )
    assert world.pinned == {"web": "6.7.1", "api": "1.0.0"}
    assert "published again" in world.update().out
    assert world.update("--dry-run").code == 0


def test_a_file_that_wants_something_else(world: Updated) -> None:
    world.update()
    world.publish_web("7.0.0")
    world.repo.write({"web.yaml": world.web(">=7")})
    assert "SourceLockOutdated" in reasons(world)
    assert world.update().out.splitlines()[0] == f"web of {world.charts.url} 6.5.0 → 7.0.0"
    world.repo.remove("api.yaml")
    assert reasons(world) == ["SourceNotWanted"]
    assert world.update().out.splitlines()[0] == f"oci://{world.registry.host}/{world.name} 1.0.0 (not wanted any more)"
    assert world.pinned == {"web": "7.0.0"}
    world.repo.remove("web.yaml")
    assert "  deleted     reconciler.lock" in world.update().out
    assert not world.lock.exists()
    assert world.update().out == "No file wants anything from elsewhere.\n"


def test_it_commits_what_head_wants(world: Updated) -> None:
    world.repo.write({"web.yaml": world.web("5.x")})
    done = world.update("--commit")
    assert done.code == 0, done.err
    assert world.repo.git("log", "-1", "--format=%s") == (
        f"Update web of {world.charts.url}, oci://{world.registry.host}/{world.name}"
    )
    assert world.repo.git("show", "--format=", "--name-only", "HEAD") == "reconciler.lock"
    assert world.repo.git("status", "--porcelain").strip() == "M web.yaml"
    world.publish_web("6.9.0")
    done = world.update("--branch", "update-charts")
    assert done.code == 0, done.err
    assert "6.9.0" in world.repo.git("show", "update-charts:reconciler.lock")
    assert world.repo.git("log", "-1", "--format=%b", "update-charts").strip() == f"web of {world.charts.url} 6.5.0 → 6.9.0"
    assert world.pinned["web"] == "6.5.0"


def test_where_one_cannot_be_had_nothing_is_written(world: Updated) -> None:
    world.repo.write({"api.yaml": world.api("9.x"), "more.yaml": world.web("8.x").replace("name: web\nspec", "name: more\nspec")})
    failed = world.update()
    assert failed.code == 3
    assert f"web of {world.charts.url}" not in failed.out
    assert f"{world.charts.url}: no version of web is in the range 8.x" in failed.err
    assert f"oci://{world.registry.host}/{world.name}: no version is in the range 9.x" in failed.err
    assert not world.lock.exists()


def test_an_unknown_name(world: Updated) -> None:
    failed = world.update("--source", "wbe")
    assert failed.code == 2
    assert "no file wants a source wbe. Did you mean web?" in " ".join(failed.err.split())


def test_the_credential_is_in_no_output_and_no_file(world: Updated, tmp_path: Path) -> None:
    world.charts.login = True
    folder = tmp_path / "credentials" / world.charts.host.replace(":", "_")
    folder.mkdir(parents=True)
    (folder / "username").write_text(USER)
    (folder / "password").write_text(SECRET)
    arguments = ["update", "--repo", str(world.repo.path), "--source-cache", str(tmp_path / "cache")]
    arguments += ["--plain-http", world.charts.host, "--plain-http", world.registry.host]
    done = run_process(*arguments, "-o", "json", RECONCILER_SOURCE_CREDENTIALS=str(tmp_path / "credentials"))
    assert done.code == 0, done.err
    assert [source["change"] for source in json.loads(done.out)["sources"]] == ["added", "added"]
    kept = [path for root in (world.repo.path, tmp_path / "cache") for path in root.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in done.out + done.err


def test_the_store_is_private_and_only_holds_archives(world: Updated) -> None:
    world.update()
    store = world.folder / "cache" / "sources"
    assert store.stat().st_mode & 0o777 == 0o700
    assert len(list(store.iterdir())) == 2


def test_the_files_of_a_chart_belong_to_the_revision(world: Updated) -> None:
    """In a hidden folder with its digest, where nothing is read as a manifest."""
    world.publish_web("6.6.0", **{"values.yaml": "a: b"})
    world.update("--commit")
    (web,) = [one for one in yaml.safe_load(world.lock.read_text())["sources"] if one["kind"] == "helm"]
    files = asyncio.run(files_of(world))
    folder = f".reconciler/sources/{web['digest'].removeprefix('sha256:')}/web"
    assert {path for path in files if path.startswith(folder)} == {
        f"{folder}/{path}" for path in ("Chart.yaml", "templates/cm.yaml", "values.yaml")
    }
    assert files[f"{folder}/values.yaml"] == b"a: b"
    templates = world.ask("render", "-o", "json")
    assert "web" not in templates.out


async def files_of(world: Updated) -> dict[str, bytes | Oversized]:
    outside = OutsideOptions(world.folder / "cache", None, frozenset({world.charts.host, world.registry.host}))
    async with await Repository.open(str(world.repo.path), options=GitOptions(outside=outside)) as repository:
        files = await commit_files(repository, await repository.resolve("HEAD"))
        assert files.failures == {}
        return {path: files.uncommitted[entry.blob] for path, entry in files.tree.items() if entry.blob in files.uncommitted}

"""Files of another repository count as files of this one: pinned by the lock, placed by policies, kept where nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.session import now
from reconciler.cluster.access import Access
from reconciler.model.desired import DesiredState
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions, OutsideOptions
from tests.support.archives import archive_of
from tests.support.fleet import World, cluster, config, document, fleet, policy, selector
from tests.support.githttp import serve
from tests.support.gitrepo import GitRepo
from tests.support.ociregistry import SECRET, USER, Registry
from tests.support.program import Ran

FLUX = "application/vnd.cncf.flux.content.v1.tar+gzip"


def source(name: str, place: str, ref: dict[str, str], into: str, **more: str) -> str:
    field = "oci" if place.startswith("oci:") else "git"
    spec = {field: place, "ref": ref, "into": into, **more}
    return document("Source", name, "", api="reconciler.dev/v1alpha1", spec=spec)


class Grafted(World):
    """A fleet, and a Source `shop` of another team's repository below `teams/shop`."""

    def __init__(self, folder: Path, host: str, other: GitRepo) -> None:
        self.host, self.other = host, other
        self.hosts = [host]
        self.url = f"http://{host}/shop/.git"
        self.options = ["--source-credentials", str(folder / "credentials")]
        super().__init__(folder, {**fleet("m1"), "p.yaml": policy("all", selector("ConfigMap")), "shop.yaml": self.source()})

    def source(self, branch: str = "main", **more: str) -> str:
        return source("shop", self.url, {"branch": branch}, "teams/shop", **{"path": "deploy", **more})

    def ask(self, command: str, *arguments: str) -> Ran:
        hosts = (word for host in self.hosts for word in ("--plain-http", host))
        return self.run(command, "--source-cache", str(self.folder / "cache"), *self.options, *hosts, *arguments)

    def pin(self) -> str:
        done = self.ask("update")
        assert done.code == 0, done.err
        return self.repo.commit("Update")

    def reasons(self, *arguments: str) -> list[str]:
        return [issue["reason"] for issue in self.ask("validate", "-o", "json", *arguments).json["issues"]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Grafted]:
    other = GitRepo(tmp_path / "served" / "shop")
    other.write({"deploy/cm.yaml": config("web", key="1"), "README.md": "x", "elsewhere.yaml": config("not", key="1")}).commit()
    with serve(tmp_path / "served", USER, SECRET) as host:
        folder = tmp_path / "credentials" / host.replace(":", "_")
        folder.mkdir(parents=True)
        (folder / "username").write_text(USER)
        (folder / "password").write_text(SECRET)
        yield Grafted(tmp_path, host, other)


def held(world: World) -> set[str]:
    return {path.rpartition("/")[2] for path in world.live("m1") if "configmaps" in path.lower() or "ConfigMap" in path}


def test_its_files_are_placed_as_those_of_the_repository(world: Grafted) -> None:
    assert world.reasons() == ["SourceNotLocked"]
    world.pin()
    assert world.reasons() == []
    done = world.ask("sync")
    assert done.code == 0, done.err
    assert any("web" in name for name in world.live("m1"))
    assert not any("not" in name.rpartition("/")[2] for name in world.live("m1"))
    explained = world.ask("explain", "cm/web", "-n", "shop").out
    assert "teams/shop/cm.yaml:1" in explained


def test_what_the_other_team_pushes_waits_for_an_update(world: Grafted) -> None:
    first = world.pin()
    world.ask("sync")
    world.other.write({"deploy/cm.yaml": config("web", key="2")}).commit()
    assert world.ask("sync").code == 0
    (cm,) = [live for path, live in world.live("m1").items() if "web" in path]
    assert cm["data"] == {"key": "1"}
    world.pin()
    difference = world.ask("diff", first)
    assert difference.code == 0, difference.err
    assert '"1"' in difference.out
    assert '"2"' in difference.out
    world.ask("sync")
    (cm,) = [live for path, live in world.live("m1").items() if "web" in path]
    assert cm["data"] == {"key": "2"}


def test_who_brought_a_line_is_who_pinned_it(world: Grafted) -> None:
    """The commits of another repository are not in this one."""
    world.pin()
    world.ask("sync")
    world.other.write({"deploy/cm.yaml": config("web", key="2")}).commit("By somebody else")
    pinned = world.pin()
    world.ask("sync")
    blamed = world.ask("blame", "cm/web", "-n", "shop", "--cluster", "m1")
    assert blamed.code == 0, blamed.err
    (line,) = [line for line in blamed.out.splitlines() if '"2"' in line]
    assert pinned[:7] in line
    assert "teams/shop/cm.yaml" in line


def test_what_cannot_be_fetched_keeps_what_it_declared(world: Grafted, tmp_path: Path) -> None:
    world.pin()
    assert world.ask("sync").code == 0
    before = world.live("m1")
    text = (world.repo.path / "reconciler.lock").read_text()
    world.commit({"reconciler.lock": text.replace(world.other.git("rev-parse", "HEAD"), "f" * 40)})
    assert world.reasons() == ["SourceUnavailable", "NotPruned", "NotLookedInto"]
    done = world.ask("sync")
    assert done.code == 1, done.out
    assert "the repository has no such commit any more" in done.err
    assert world.live("m1") == before


def test_without_the_network_the_cache_is_enough(world: Grafted) -> None:
    world.pin()
    assert world.ask("sync").code == 0
    world.other.path.rename(world.other.path.with_name("gone"))
    assert world.ask("sync").code == 0
    assert world.reasons() == []


def test_an_artifact_of_a_registry(world: Grafted, registry: Registry) -> None:
    registry.push("team/files", "1.0.0", {FLUX: archive_of({"cm.yaml": config("from-oci", key="1")})})
    world.hosts.append(registry.host)
    place = f"oci://{registry.host}/team/files"
    world.commit({"oci.yaml": source("files", place, {"semver": "1.x"}, "teams/files")})
    world.pin()
    done = world.ask("sync")
    assert done.code == 0, done.err
    assert any("from-oci" in name for name in world.live("m1"))


def test_the_source_goes_and_what_it_declared_with_it(world: Grafted) -> None:
    world.pin()
    assert world.ask("sync").code == 0
    world.repo.remove("shop.yaml")
    world.repo.commit()
    assert world.reasons() == ["SourceNotWanted"]
    world.pin()
    assert not (world.repo.path / "reconciler.lock").exists()
    done = world.ask("sync", "--allow-prune", "m1")
    assert not any("web" in name for name in world.live("m1")), done.out + done.err


def test_a_lock_that_is_lost_keeps_what_was_there(world: Grafted) -> None:
    world.pin()
    assert world.ask("sync").code == 0
    before = world.live("m1")
    for text in ("layout: 1\nsources: 5\n", ""):
        world.commit({"reconciler.lock": text})
        assert world.ask("sync").code == 1
        assert world.live("m1") == before


@pytest.mark.parametrize(
    ("files", "reason", "message"),
    [
        ({"teams/shop/own.yaml": config("own", key="1")}, "SourceUnavailable", "this repository has teams/shop/own.yaml"),
        (
            {"more.yaml": source("more", "https://git.test/more", {"tag": "v1"}, "teams/shop/more")},
            "InvalidSource",
            "its folder teams/shop/more is that of Source shop (shop.yaml:1), or inside of it",
        ),
        (
            {"more.yaml": source("more", "https://git.test/more", {"tag": "v1"}, "teams/more", tenant="more")},
            "InvalidSource",
            "the Tenant more does not govern teams/more, which is governed by no Tenant",
        ),
        (
            {"more.yaml": source("more", "file:///etc", {"tag": "v1"}, "teams/more")},
            "InvalidSource",
            "spec.git is no URL of a Git repository elsewhere",
        ),
        (
            {"more.yaml": source("more", "oci://registry.test/more", {"branch": "v1"}, "teams/more")},
            "InvalidSource",
            "spec.ref means a branch, and there are none",
        ),
        (
            {"more.yaml": source("more", "https://git.test/more", {"tag": "v1"}, "../more")},
            "InvalidValue",
            "must be a folder of this repository",
        ),
        (
            {"more.yaml": source("more", "https://git.test/more", {"tag": "v1", "branch": "x"}, "teams/more")},
            "",
            "must name one commit or artifact",
        ),
        (
            {"more.yaml": source("more", "https://git.test/more", {"tag": "v1"}, "teams/more", oci="oci://registry.test/more")},
            "",
            "must name one place",
        ),
    ],
)
def test_mistakes(world: Grafted, files: dict[str, str], reason: str, message: str) -> None:
    world.pin()
    world.commit(files)
    found = [(issue["reason"], issue["message"]) for issue in world.ask("validate", "-o", "json").json["issues"]]
    assert any(message in text and (not reason or word == reason) for word, text in found), found


def test_a_tenant_may_not_declare_one(world: Grafted) -> None:
    tenant = document("Tenant", "team", "", api="reconciler.dev/v1alpha1", spec={"folders": ["teams/own"]})
    world.pin()
    world.commit({"tenant.yaml": tenant, "teams/own/s.yaml": source("own", "https://git.test/x", {"tag": "v1"}, "clusters/x")})
    assert "GovernedFolder" in world.reasons()


def test_its_tenant_judges_its_files(world: Grafted) -> None:
    spec = {"folders": ["teams/shop"], "namespaces": ["other"], "kinds": [{"apiGroups": [""], "kinds": ["ConfigMap"]}]}
    tenant = document("Tenant", "shop", "", api="reconciler.dev/v1alpha1", spec=spec)
    world.commit({"tenant.yaml": tenant, "shop.yaml": world.source(tenant="shop")})
    world.pin()
    reasons = world.reasons()
    assert "InvalidSource" not in reasons
    assert any(reason.startswith("TenantForbids") for reason in reasons), reasons


def test_what_belongs_to_this_repository_is_not_declared_elsewhere(world: Grafted) -> None:
    tenant = document("Tenant", "evil", "", api="reconciler.dev/v1alpha1", spec={"folders": ["teams"]})
    settings = document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"statusBranch": "evil"})
    world.other.write(
        {
            "deploy/t.yaml": tenant,
            "deploy/reconciler.yaml": settings,
            "deploy/c.yaml": cluster("m9"),
            "deploy/s.yaml": source("more", "https://git.test/x", {"tag": "v1"}, "clusters/x"),
        }
    ).commit()
    world.pin()
    done = world.ask("sync")
    assert done.code == 1
    assert done.err.count("DeclaredElsewhere") == 4
    assert any("web" in name for name in world.live("m1"))
    assert not (world.members / "m9").exists()


def desired_of(controller: Controller) -> DesiredState:
    assert controller._reconciliation is not None
    return controller._reconciliation.desired


def test_a_process_that_stays_asks_again(world: Grafted, tmp_path: Path) -> None:
    """The other repository is away when the revision comes, and back later."""
    world.pin()
    world.other.path.rename(tmp_path / "away")
    asyncio.run(stays(world, tmp_path))


async def stays(world: Grafted, tmp_path: Path) -> None:
    outside = OutsideOptions(tmp_path / "empty", tmp_path / "credentials", frozenset(world.hosts))
    async with (
        await Repository.open(str(world.repo.path), options=GitOptions(outside=outside)) as repository,
        Controller(repository, ThreadCompiler(), Access(world.members), now, "HEAD", Options(), push=False) as controller,
    ):
        await controller.fetch()
        assert await controller.adopt()
        assert desired_of(controller).unavailable == {"teams/shop"}
        assert not await controller.adopt()
        (tmp_path / "away").rename(world.other.path)
        assert await controller.adopt()
        assert desired_of(controller).unavailable == frozenset()
        assert any(template.key.name == "web" for template in desired_of(controller).templates)
        assert not await controller.adopt()

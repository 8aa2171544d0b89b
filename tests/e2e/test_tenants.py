"""Tenants with the whole program: diff, validate, sync and run judge a revision by the Tenants of the one before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.daemon import agent, daemon
from tests.support.fleet import World
from tests.support.servers import eventually
from tests.support.shop import cluster_file, on
from tests.support.tenants import FILES, config_map, deployment, policy

WIDE = FILES["platform/tenants.yaml"].replace("{matchLabels: {tier: shared}}", "{}")
TO_M3 = policy("web", on("m3"), names="web")
WEB = "team-a/Deployment.apps/web"
LIMITED = FILES["platform/tenants.yaml"].replace("namespaces: [team-a,", "maxRemovals: 2\n  namespaces: [team-a,")


def holders(world: World, name: str = "web") -> list[str]:
    return [member for member in ("m1", "m2", "m3") if any(path.endswith(f"/{name}") for path in world.live(member))]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, FILES)
    assert world.sync().code == 0
    assert holders(world) == ["m1"]
    return world


def test_a_pull_request_cannot_widen_its_own_rights(world: World) -> None:
    world.commit({"platform/tenants.yaml": WIDE, "teams/a/policy.yaml": TO_M3})
    diff = world.run("diff", "HEAD~1", "HEAD")
    assert diff.code == 3
    said = "teams/a/policy.yaml:1: error: Deployment.apps team-a/web: Tenant team-a (platform/tenants.yaml:8) does not allow the "
    assert f"{said}cluster m3 (spec.clusters) [TenantForbids]" in diff.err
    assert diff.out == "No differences.\n"
    base = world.repo.git("rev-parse", "HEAD~1").strip()[:12]
    assert f"See `reconciler validate --base {base}`." in diff.err
    assert world.run("validate").code == 0
    assert world.run("validate", "--base", "HEAD~1").code == 1


def test_a_pull_request_from_an_old_commit_has_no_old_rights(world: World) -> None:
    """The branch began when team-a could use m3."""
    fork = world.commit({"platform/tenants.yaml": WIDE})
    world.commit({"platform/tenants.yaml": FILES["platform/tenants.yaml"]})
    world.repo.git("switch", "--quiet", "--create", "change", fork)
    world.commit({"teams/a/policy.yaml": TO_M3})
    assert world.run("diff", fork, "HEAD").code == 0
    for more in ([], ["--live"]):
        diff = world.run("diff", fork, "HEAD", "--judges", "main", *more)
        assert (diff.code, "[TenantForbids]" in diff.err) == (3, True)
        assert f"See `reconciler validate --base {world.repo.git('rev-parse', 'main')[:12]}`." in diff.err
    assert world.run("validate", "--base", "main").code == 1


def test_what_own_tenants_forbid_next_is_a_warning(world: World) -> None:
    """A pull request that takes a right away is judged by the Tenants before it; what it breaks must not stay unsaid."""
    narrow = FILES["platform/tenants.yaml"].replace("kinds: [Deployment, StatefulSet]", "kinds: [StatefulSet]")
    world.commit({"platform/tenants.yaml": narrow})
    ran = world.run("validate", "--base", "HEAD~1", "-o", "json")
    told = [issue for issue in ran.json["issues"] if issue["reason"] == "TenantForbids"]
    assert (ran.code, {issue["severity"] for issue in told}) == (0, {"warning"})
    assert all(issue["message"].endswith(", from the next revision on") for issue in told)
    assert {issue["object"] for issue in world.run("validate", "-o", "json").json["issues"]} >= {one["object"] for one in told}
    assert world.run("validate", "--base", "HEAD", "-o", "json").code == 1


def test_an_edit_of_a_tenant_acts_one_revision_later(world: World) -> None:
    world.commit({"platform/tenants.yaml": WIDE, "teams/a/policy.yaml": TO_M3})
    for _ in range(2):  # A second pass over the same revision comes to the same result.
        assert world.sync().code == 1
        assert holders(world) == ["m1"]
    world.commit({"README.md": "x"})
    assert world.sync().code == 0
    assert holders(world) == ["m3"]


def test_a_right_that_is_taken_away_acts_one_revision_later(world: World) -> None:
    world.commit({"platform/tenants.yaml": FILES["platform/tenants.yaml"].replace("tier: shared", "tier: none")})
    assert world.sync().code == 0
    world.commit({"teams/a/web.yaml": deployment("web", replicas=9)})
    ran = world.sync()
    assert ran.code == 1
    assert world.live("m1")[WEB]["spec"]["replicas"] == 2


def test_the_first_revision_is_judged_by_its_own(tmp_path: Path) -> None:
    world = World(tmp_path, {**FILES, "teams/a/policy.yaml": TO_M3})
    assert world.sync().code == 1
    assert holders(world) == []


def test_what_was_recorded_is_read_from_git_although_its_commit_is_gone(world: World) -> None:
    """After a force-push that leaves the files of the Tenants as they were, and one that does not."""
    git = lambda *words: subprocess.run(["git", *words], cwd=world.repo.path, check=True, capture_output=True)  # noqa: E731
    git("checkout", "--orphan", "other")
    world.commit({"teams/a/policy.yaml": TO_M3})
    git("branch", "-D", "main")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--prune=now")
    assert world.sync("other").code == 1
    assert holders(world) == ["m1"]
    git("checkout", "--orphan", "third")
    world.commit({"platform/tenants.yaml": WIDE})
    git("branch", "-D", "other")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--prune=now")
    ran = world.sync("third")
    assert ran.code == 3
    assert "the Tenants of the revision that was applied last cannot be read" in ran.err
    assert holders(world) == ["m1"]


def test_a_tenant_that_cannot_be_read_stops_the_revision(world: World) -> None:
    world.commit({"platform/tenants.yaml": FILES["platform/tenants.yaml"].replace("folders: [teams/a]", "folders: [/]")})
    ran = world.sync()
    assert ran.code == 3
    assert "the Tenants of this revision cannot be read" in ran.err


@pytest.mark.parametrize("how", ["link", "pointer"])
def test_a_tenant_whose_file_is_stored_elsewhere_stops_the_revision(world: World, how: str) -> None:
    """It is there, so it is still meant; without it, the folder would be free from the next revision on."""
    path = world.repo.path / "platform/tenants.yaml"
    path.unlink()
    if how == "link":
        path.symlink_to("../elsewhere.yaml")
    else:
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    world.commit({"teams/a/policy.yaml": TO_M3})
    ran = world.sync()
    assert ran.code == 3
    assert "platform/tenants.yaml declared Tenant team-a and cannot be read any more" in ran.err
    assert holders(world) == ["m1"]


def test_a_rogue_tenant_below_a_governed_folder_never_counts(world: World) -> None:
    rogue = "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: rogue}, spec: {folders: [platform]}}"
    world.commit({"teams/a/rogue.yaml": rogue})
    for number in range(3):  # In each of the following revisions, too.
        assert world.sync().code == 1
        world.commit({"teams/a/policy.yaml": TO_M3, "README.md": str(number)})
    world.sync()
    assert holders(world) == ["m1"]
    world.commit({"platform/dns.yaml": config_map("dns", value="2")})
    world.sync()
    assert world.live("m2")["team-a/ConfigMap/dns"]["data"] == {"value": "2"}  # And it stops nobody else.


@pytest.mark.parametrize("text", [
    "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {nonsense: 1}\n",
    "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {exclude: ['**']}\n",
    "apiVersion: reconciler.dev/v1alpha1\nkind: Tenant\nspec: [",
])  # fmt: skip
def test_a_broken_file_of_a_tenant_stops_nobody_else(world: World, text: str) -> None:
    world.commit({"teams/a/x.yaml": text, "platform/dns.yaml": config_map("dns", value="2")})
    assert world.sync().code == 1
    assert world.live("m1")["team-a/ConfigMap/dns"]["data"] == {"value": "2"}


def test_links_are_not_followed_out_of_a_folder(world: World) -> None:
    (world.repo.path / "teams/a/link.yaml").symlink_to("../../platform/dns.yaml")
    world.commit({"teams/a/more.yaml": config_map("more")})
    assert "SymbolicLink" in world.sync().err
    assert holders(world, "dns") == ["m1", "m2", "m3"]


MANY = {f"teams/a/c{number}.yaml": config_map(f"c{number}") for number in range(3)}
GUARD = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {pruneGuard: {alwaysAllowed: 100}}\n"


class TestRemovals:
    @pytest.fixture
    def limited(self, tmp_path: Path) -> World:
        files = {**FILES, **MANY, "platform/tenants.yaml": LIMITED, "teams/a/all.yaml": policy("all", on("m1"), "ConfigMap")}
        world = World(tmp_path, {**files, "reconciler.yaml": GUARD})
        assert world.sync().code == 0
        return world

    def count(self, world: World) -> int:
        return sum("/c" in path for path in world.live("m1"))

    def test_as_many_as_allowed(self, limited: World) -> None:
        limited.commit({}, *list(MANY)[:2])
        assert limited.sync().code == 0
        assert self.count(limited) == 1

    def test_more_are_held_and_shown(self, limited: World) -> None:
        limited.commit({}, *MANY)
        diff = limited.run("diff", "HEAD~1", "HEAD")
        said = "this revision removes 3 copies of Tenant team-a, and spec.maxRemovals (platform/tenants.yaml:7) is 2"
        assert said in diff.out
        for _ in range(2):
            ran = limited.sync()
            assert ran.code == 1
            assert said in ran.err + ran.out
            assert self.count(limited) == 3

    def test_a_trailer_does_not_consent_and_an_option_does(self, limited: World) -> None:
        limited.repo.remove(*MANY)
        limited.repo.commit("Remove\n\nReconciler-Allow-Prune: *")
        assert limited.sync().code == 1
        assert self.count(limited) == 3
        assert limited.sync("--allow-prune", "m1").code == 0
        assert self.count(limited) == 0

    def test_the_platform_is_not_limited(self, limited: World) -> None:
        limited.commit({}, "platform/dns.yaml")
        assert limited.sync().code == 0
        assert holders(limited, "dns") == []


def test_run_judges_by_the_revision_before(tmp_path: Path, world: World) -> None:
    with daemon(tmp_path, "--repo", str(world.repo.path), "--no-push") as one:
        eventually(lambda: one.said("new revision"))
        world.commit({"platform/tenants.yaml": WIDE, "teams/a/policy.yaml": TO_M3})
        eventually(lambda: len(one.said("new revision")) == 2)
        eventually(lambda: any("does not allow" in line["error"] for line in one.said("error in the repository")))
        assert holders(world) == ["m1"]
        world.commit({"README.md": "x"})
        eventually(lambda: holders(world) == ["m3"])


def test_the_status_branch_names_the_files(world: World) -> None:
    spec = yaml.safe_load(world.status_branch()["revision.yaml"])["spec"]
    assert [one["file"] for one in spec["tenants"]] == ["platform/tenants.yaml"]
    assert spec["judgedBy"] == spec["tenants"]
    world.commit({"clusters/m4.yaml": cluster_file("m4", tier="core"), "platform/tenants.yaml": WIDE})
    world.sync()
    after = yaml.safe_load(world.status_branch()["revision.yaml"])["spec"]
    assert (after["judgedBy"], after["tenants"] == spec["tenants"]) == (spec["tenants"], False)


def test_an_agent_judges_what_the_leader_decided(tmp_path: Path) -> None:
    files = {**FILES, "teams/a/policy.yaml": policy("web", on("m1", "m3"), names="web")}
    world = World(tmp_path, {**files, "clusters/m3.yaml": cluster_file("m3", tier="core").replace("Push", "Pull")})
    url, inside = ["--repo", f"file://{world.repo.path}"], tmp_path / "inside"
    leader = [*url, "--member-root", str(tmp_path / "outside"), "--cache", str(tmp_path / "leader")]
    with (
        daemon(tmp_path, *leader),
        agent(tmp_path, "m3", *url, "--member-root", str(inside), "--cache", str(tmp_path / "agent")) as edge,
    ):
        eventually((inside / "m3/team-a/ConfigMap/dns.yaml").exists, seconds=60)
        (skipped,) = eventually(lambda: edge.said("change skipped"), seconds=60)
        assert skipped["resource"] == "Deployment.apps team-a/web"
        assert "does not allow the cluster m3" in skipped["reason"]
        assert not (inside / f"m3/{WEB}.yaml").exists()

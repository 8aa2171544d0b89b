"""Members that no network reaches: export, carry, apply, and the report back."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import World, branch_files, cluster, config, document, fleet, placed, policy, secret, selector, stamps
from tests.support.gitrepo import GitRepo, run_git
from tests.support.program import PROJECT, Ran, run_here
from tests.support.signingkeys import FORMATS, new_key

SITE7 = cluster("site7").replace('"Push"', '"Pull"')
BRANCH = "reconciler/exports/site7"
REPORTS = "reconciler/members/site7"


def pulled(name: str, **annotations: str) -> str:
    parsed = json.loads(cluster(name, region="north"))
    parsed["spec"]["syncMode"] = "Pull"
    parsed["metadata"]["annotations"] = {f"reconciler.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return json.dumps(parsed)


@dataclass
class Offline:
    """Headquarters, and a site with a folder of its own."""

    world: World
    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "site7.bundle"

    @property
    def report(self) -> Path:
        return self.folder / "site7.report"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def commit(self, files: dict[str, str], *gone: str) -> None:
        self.world.commit(files, *gone)
        self.world.sync("--no-wait")

    def export(self, *arguments: str) -> Ran:
        return self.world.run("export", "--member", "site7", "--to", str(self.bundle), *arguments)

    def apply(self, *arguments: str, report: bool = False, site: str = "site") -> Ran:
        more = ["--report", str(self.report)] if report else []
        return run_here("apply", str(self.bundle), "--repo", str(self.folder / site), *more, *arguments)

    def live(self) -> dict[str, Any]:
        return World.live(self.at_site, "site7")

    @property
    def at_site(self) -> World:
        world = World.__new__(World)
        world.members = self.folder / "site.members"
        return world

    def row(self) -> Any:
        """Of the member, as `clusters` shows it at headquarters."""
        return next(one for one in self.world.run("clusters", "-o", "json").json if one["name"] == "site7")

    def trailers(self) -> dict[str, str]:
        lines = self.world.repo.git("log", "-1", "--format=%(trailers:only)", BRANCH).strip().splitlines()
        return dict(line.split(": ", 1) for line in lines)


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    files = {
        **fleet("near"),
        "clusters/site7.yaml": SITE7,
        "clusters/site8.yaml": cluster("site8").replace('"Push"', '"Pull"'),
        **placed("web", "site7", replicas=3),
        **placed("api", "near"),
        **placed("db", "site8"),
    }
    world = World(tmp_path, files)
    world.sync("--no-wait")
    return Offline(world, tmp_path)


def test_an_export_holds_what_the_member_gets_and_nothing_of_others(offline: Offline) -> None:
    done = offline.export()
    assert done.code == 0, done.err
    head = offline.world.repo.git("rev-parse", "HEAD")
    assert done.out == f"{BRANCH}: 6 files written, 0 removed (revision {head[:10]})\n{offline.bundle}: 2 objects\n"
    files = branch_files(offline.world.repo.path, BRANCH)
    assert sorted(files) == [
        ".reconciler.json",
        "cluster.yaml",
        "objects/_cluster/Namespace/shop.yaml",
        "objects/shop/Deployment.apps/web.yaml",
        "policies.yaml",
        "reconciler.yaml",
    ]
    everything = b"".join(files.values())
    assert b"replicas: 3" in everything
    for word in (b"near", b"site8", b"api\n", b"reconciler.dev/id"):
        assert word not in everything
    assert stat.S_IMODE(offline.bundle.stat().st_mode) == 0o600
    assert offline.trailers() == {
        "Reconciler-Member": "site7",
        "Reconciler-Revision": head,
        "Reconciler-Decision": offline.world.repo.git("rev-parse", "reconciler/status"),
        "Reconciler-Generation": "1",
    }


def test_a_second_export_commits_nothing(offline: Offline) -> None:
    offline.export()
    done = offline.export()
    assert (done.code, f"{BRANCH}: unchanged" in done.out) == (0, True), done.out + done.err
    assert offline.world.repo.git("rev-list", "--count", BRANCH) == "1"
    offline.commit({"unrelated.md": "x"})
    offline.export()
    assert offline.world.repo.git("rev-list", "--count", BRANCH) == "2", "a report must name the newest revision"
    assert offline.world.repo.git("diff", "--name-only", f"{BRANCH}~", BRANCH) == ""


def test_the_site_applies_it_and_the_second_time_is_silent(offline: Offline) -> None:
    offline.export()
    done = offline.apply()
    assert done.code == 0, done.out + done.err
    assert set(offline.live()) == {"_cluster/Namespace/shop", "shop/Deployment.apps/web"}
    web = offline.live()["shop/Deployment.apps/web"]
    assert web["spec"]["replicas"] == 3
    assert web["metadata"]["annotations"]["reconciler.dev/id"] == "apps/Deployment/shop/web"
    state = GitRepo.git(_repo(offline.site), "rev-parse", "reconciler/status")
    again = offline.apply()
    assert again.code == 0, again.out + again.err
    assert GitRepo.git(_repo(offline.site), "rev-parse", "reconciler/status") == state


def _repo(path: Path) -> GitRepo:
    repo = GitRepo.__new__(GitRepo)
    repo.path, repo._commits = path, 0
    return repo


def test_a_dry_run_leaves_nothing_behind(offline: Offline) -> None:
    offline.export()
    done = offline.apply("--dry-run", report=True)
    assert "web" in done.out, done.err
    assert not offline.site.exists()
    assert not offline.report.exists()
    assert not (offline.folder / "site.members").exists()
    offline.apply()
    before = GitRepo.git(_repo(offline.site), "for-each-ref")
    offline.commit(placed("web", "site7", replicas=5))
    offline.export()
    assert offline.apply("--dry-run").code == 0
    assert GitRepo.git(_repo(offline.site), "for-each-ref") == before
    assert offline.live()["shop/Deployment.apps/web"]["spec"]["replicas"] == 3


def test_what_moved_away_is_pruned_by_the_next_bundle(offline: Offline) -> None:
    offline.export()
    offline.apply(report=True)
    offline.commit({"extra.yaml": config("extra", a="1"), "extra-policy.yaml": policy("extra", selector("ConfigMap"), "site7")})
    offline.export()
    offline.apply(report=True)
    assert "shop/ConfigMap/extra" in offline.live()
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.commit({"extra-policy.yaml": policy("extra", selector("ConfigMap"), "near")})
    assert "shop/ConfigMap/extra" in offline.world.live("near")
    offline.world.sync("--no-wait")
    assert offline.export().code == 0
    done = offline.apply()
    assert done.code == 0, done.out + done.err
    assert "shop/ConfigMap/extra" not in offline.live()
    assert "shop/Deployment.apps/web" in offline.live()


def test_a_copy_that_moves_to_the_site_leaves_its_member_after_the_report(offline: Offline) -> None:
    offline.commit({path: text for path, text in placed("api", "site7").items() if path.endswith("policy.yaml")})
    assert "shop/Deployment.apps/api" in offline.world.live("near"), "nobody has reported another copy"
    offline.export()
    assert offline.apply(report=True).code == 0
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    assert "shop/Deployment.apps/api" not in offline.world.live("near")


def test_the_guard_holds_at_the_site(offline: Offline) -> None:
    names = [f"c{number}" for number in range(8)]
    files = {f"maps/{name}.yaml": config(name, a="1") for name in names}
    offline.commit({**files, "maps/policy.yaml": policy("maps", selector("ConfigMap"), "site7")})
    offline.export()
    offline.apply(report=True)
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    assert len(offline.live()) == 10
    offline.commit({}, *files, "maps/policy.yaml")
    offline.export()
    held = offline.apply()
    assert held.code == 1, held.out + held.err
    assert len(offline.live()) == 10
    assert offline.apply("--allow-prune", "site7").code == 0
    assert len(offline.live()) == 2


def test_bundles_that_are_damaged_older_foreign_or_of_another_member_are_refused(offline: Offline) -> None:
    offline.export()
    first = offline.bundle.read_bytes()
    offline.apply()
    live = offline.live()
    offline.commit(placed("web", "site7", replicas=9))
    offline.export()
    newest = offline.bundle.read_bytes()

    offline.bundle.write_bytes(newest[:-40] + bytes(20) + newest[-20:])
    done = offline.apply()
    assert (done.code, "is damaged, or something was changed in it" in done.err) == (3, True), done.err
    offline.bundle.write_bytes(b"not a bundle")
    assert "this is no Git bundle" in offline.apply().err
    assert offline.live() == live

    offline.bundle.write_bytes(newest)
    assert offline.apply().code == 0
    offline.bundle.write_bytes(first)
    done = offline.apply()
    assert (done.code, "is older than the one that was applied last" in done.err) == (3, True), done.err
    assert offline.live()["shop/Deployment.apps/web"]["spec"]["replicas"] == 9

    done = offline.world.run("export", "--member", "site8", "--to", str(offline.bundle))
    assert done.code == 0, done.err
    done = offline.apply()
    assert (done.code, "this repository is that of site7" in done.err) == (3, True), done.err
    done = run_here("apply", str(offline.bundle), "--repo", str(offline.world.repo.path))
    assert (done.code, "is not one that this command made" in done.err) == (3, True), done.err

    offline.world.repo.git("branch", "--force", BRANCH, "reconciler/exports/site8")
    offline.world.repo.git("bundle", "create", "--quiet", str(offline.bundle), BRANCH)
    done = offline.apply()
    assert (done.code, "does not say site7, but site8" in done.err) == (3, True), done.err

    offline.world.repo.git("branch", "-D", BRANCH)
    offline.export()
    done = offline.apply()
    assert (done.code, "does not continue the one that was applied last" in done.err) == (3, True), done.err


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_that_no_trusted_key_signed_is_refused(offline: Offline, kind: str) -> None:
    key, other = new_key(kind), new_key(kind, "Eve")
    keys = offline.folder / "keys"
    keys.mkdir()
    (keys / "hq").write_bytes(key.public)
    (offline.folder / "key").write_bytes(key.private)
    (offline.folder / "eve").write_bytes(other.private)
    offline.export()
    done = offline.apply("--verify-keys", str(keys))
    assert (done.code, "is not signed" in done.err) == (3, True), done.err
    assert not offline.live()
    offline.commit(placed("web", "site7", replicas=4))
    offline.export("--signing-key", str(offline.folder / "eve"))
    assert offline.apply("--verify-keys", str(keys)).code == 3
    assert not offline.live()
    offline.commit(placed("web", "site7", replicas=5))
    offline.export("--signing-key", str(offline.folder / "key"))
    done = offline.apply("--verify-keys", str(keys))
    assert done.code == 0, done.err
    assert offline.live()["shop/Deployment.apps/web"]["spec"]["replicas"] == 5


def test_secrets_travel_only_on_request_and_are_never_lost_by_accident(offline: Offline) -> None:
    files = {"login.yaml": secret("login", {"password": "x"}), "login-policy.yaml": policy("login", selector("Secret"), "site7")}
    offline.commit(files)
    done = offline.export()
    assert f"{BRANCH}: 1 Secret left out (--with-secrets)\n" in done.out, done.err
    assert not any("Secret" in path for path in branch_files(offline.world.repo.path, BRANCH))
    assert offline.export("--with-secrets").code == 0
    assert offline.apply().code == 0
    assert "shop/Secret/login" in offline.live()
    done = offline.export()
    assert (done.code, "would take them from the member" in done.err) == (3, True), done.err
    assert offline.export("--without-secrets").code == 0
    assert offline.apply("--allow-prune", "site7").code == 0
    assert "shop/Secret/login" not in offline.live()


def test_the_report_is_carried_back_and_headquarters_show_it(offline: Offline) -> None:
    assert not offline.row()["ready"]
    offline.export()
    assert offline.apply(report=True).code == 0
    done = offline.world.run("import-report", str(offline.report))
    assert done.code == 0, done.err
    assert "site7: revision " in done.out
    assert "2 of 2 objects Current" in done.out
    assert offline.world.run("import-report", str(offline.report)).out.endswith("(it is here already)\n")
    offline.world.sync("--no-wait")
    row = offline.row()
    assert (row["ready"], row["objects"]) == (True, {"total": 2, "applied": 2, "current": 2})
    recorded = offline.world.status_branch()["reports/shop/Deployment.apps/web.yaml"].decode()
    assert "applied: true" in recorded
    assert "digest: sha256:" in recorded


def test_reports_that_are_older_or_not_of_a_member_here_are_refused(offline: Offline) -> None:
    offline.export()
    offline.apply(report=True)
    whole = offline.report.read_bytes()
    offline.report.write_bytes(whole[:-5])
    assert offline.world.run("import-report", str(offline.report)).code == 3
    offline.report.write_bytes(whole)
    document_of = GitRepo.git(_repo(offline.site), "show", f"{REPORTS}:report.json")
    older = document_of.replace(json.loads(document_of)["status"]["reportedAt"], "2020-01-01T00:00:00Z")
    assert older != document_of
    assert offline.world.run("import-report", str(offline.report)).code == 0

    forged = GitRepo(offline.folder / "forged")
    for name, content, expected in (
        (REPORTS, older, "and the report that is here already at"),
        ("reconciler/members/site8", document_of, "it is about 'site7', and its branch is that of site8"),
        ("reconciler/members/near", document_of, "declares no Cluster of this name with syncMode: Pull"),
        (REPORTS, older.replace("2020-01-01", "2999-01-01"), "which is in the future"),
        (REPORTS, "{}", "it is not a MemberReport"),
        ("main", document_of, "not one branch reconciler/members/NAME"),
    ):
        forged.git("checkout", "--quiet", "--orphan", "next")
        forged.write({"report.json": content}).commit()
        forged.git("branch", "--force", name, "next")
        forged.git("bundle", "create", "--quiet", str(offline.report), name)
        forged.git("update-ref", "-d", "refs/heads/next")
        done = offline.world.run("import-report", str(offline.report))
        assert (done.code, expected in done.err) == (3, True), done.err

    assert offline.world.repo.git("show", f"{REPORTS}:report.json") == document_of
    assert "refs/reconciler/incoming" not in offline.world.repo.git("for-each-ref")


def test_a_member_that_this_side_writes_to_is_not_exported(offline: Offline) -> None:
    done = offline.world.run("export", "--member", "near", "--to", str(offline.bundle))
    assert (done.code, "so that this side writes to it" in done.err) == (3, True), done.err
    assert not offline.bundle.exists()
    done = offline.world.run("export", "--member", "nobody", "--to", str(offline.bundle))
    assert (done.code, "declares no Cluster nobody" in done.err) == (3, True), done.err


def test_a_revision_that_nobody_decided_about_is_not_part_of_it(offline: Offline) -> None:
    offline.export()
    offline.world.commit(placed("web", "site7", replicas=8))
    done = offline.export()
    assert "is not part of it" in done.err
    assert b"replicas: 3" in branch_files(offline.world.repo.path, BRANCH)["objects/shop/Deployment.apps/web.yaml"]


def test_what_is_suspended_stays_as_it_is_at_the_site(offline: Offline) -> None:
    offline.export()
    offline.apply()
    suspended = json.loads(policy("web", selector("Deployment", "web", "apps/v1"), "site7"))
    suspended["spec"]["suspension"] = {"dispatching": True}
    offline.commit({**placed("web", "site7", replicas=7), "apps/web/policy.yaml": json.dumps(suspended)})
    offline.export()
    done = offline.apply()
    assert offline.live()["shop/Deployment.apps/web"]["spec"]["replicas"] == 3, done.err


def test_the_job_of_a_gate_counts_as_applied_although_the_site_names_it(offline: Offline) -> None:
    job = document(
        "Job",
        "migrate",
        api="batch/v1",
        annotations={"reconciler.dev/gate": "after"},
        spec={
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "docker.io/library/busybox:1"}]}
            }
        },
    )
    offline.commit({"job.yaml": job, "job-policy.yaml": policy("job", selector("Job", api="batch/v1"), "site7")})
    offline.export()
    offline.apply("--no-wait", report=True)
    names = [path for path in offline.live() if path.startswith("shop/Job.batch/migrate-")]
    assert len(names) == 1
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    assert "applied: true" in offline.world.status_branch()["reports/shop/Job.batch/migrate.yaml"].decode()


def test_the_annotation_of_the_cluster_says_how_long_a_report_counts(offline: Offline) -> None:
    wrong = offline.world
    wrong.commit({"clusters/site7.yaml": pulled("site7", report_every="a month")})
    done = wrong.run("validate")
    assert "the annotation reconciler.dev/report-every: 'a month' is no duration" in done.out + done.err


def test_clones_share_the_history_of_exports_and_the_reports(tmp_path: Path) -> None:
    files = {**fleet("near"), "clusters/site7.yaml": SITE7, **placed("web", "site7", replicas=3)}
    world = World(tmp_path, files)
    remote = world.repo.bare_clone(tmp_path / "remote.git")
    world.repo.git("remote", "add", "origin", str(remote))
    run_git(tmp_path, "clone", "--quiet", str(remote), "second")
    members = ["--member-root", str(world.members)]
    places = {"first": ["--repo", str(world.repo.path)], "second": ["--repo", str(tmp_path / "second")]}
    places["url"] = ["--repo", f"file://{remote}", "--cache", str(tmp_path / "cache")]
    bundle, report = tmp_path / "site7.bundle", tmp_path / "site7.report"
    commits = []
    for place, replicas in (("first", 3), ("second", 4), ("url", 5), ("first", 6)):
        world.commit(placed("web", "site7", replicas=replicas))
        world.repo.git("push", "--quiet", "origin", "main")
        run_git(tmp_path / "second", "pull", "--quiet", "--ff-only", "origin", "main")
        run_here("sync", "--no-wait", *places[place], *members)
        done = run_here("export", "--member", "site7", "--to", str(bundle), *places[place])
        assert done.code == 0, done.err
        commits.append(run_git(remote, "rev-parse", BRANCH))
        done = run_here("apply", str(bundle), "--repo", str(tmp_path / "site"), "--report", str(report))
        assert done.code == 0, done.err
        done = run_here("import-report", str(report), *places[place])
        assert done.code == 0, done.err
        assert run_git(remote, "rev-parse", REPORTS) == run_git(tmp_path / "site", "rev-parse", REPORTS)
    assert run_git(remote, "rev-list", "--reverse", BRANCH).splitlines() == commits
    run_here("sync", "--no-wait", *places["second"], *members)
    row = next(one for one in run_here("clusters", "-o", "json", *places["second"]).json if one["name"] == "site7")
    assert row["ready"]


def test_until_the_first_report_every_removal_at_the_site_needs_consent(offline: Offline) -> None:
    """Headquarters that lost their record may place anew what only this member has."""
    offline.commit({"extra.yaml": config("extra", a="1"), "extra-policy.yaml": policy("extra", selector("ConfigMap"), "site7")})
    offline.export()
    offline.apply(report=True)
    offline.world.repo.git("branch", "-D", "reconciler/status")
    offline.commit({"extra-policy.yaml": policy("extra", selector("ConfigMap"), "near")})
    offline.export()
    held = offline.apply()
    assert (held.code, "shop/ConfigMap/extra" in offline.live()) == (1, True), held.out + held.err
    assert "--allow-prune site7" in held.err
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    offline.export()
    done = offline.apply()
    assert (done.code, "shop/ConfigMap/extra" in offline.live()) == (0, False), done.out + done.err


def test_a_lost_folder_of_the_site_is_no_harm(offline: Offline) -> None:
    offline.export()
    offline.apply(report=True)
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    offline.export()
    before = stamps(offline.folder / "site.members")
    done = offline.apply("--member-root", str(offline.folder / "site.members"), site="another")
    assert done.code == 0, done.out + done.err
    assert stamps(offline.folder / "site.members") == before


@pytest.mark.parametrize("member", ["member1", "member2", "member3"])
def test_a_member_of_the_example_that_is_carried_from_now_on_is_not_written_to(tmp_path: Path, member: str) -> None:
    """Replicas, overrides and dependencies are in the export, and the site comes to the same manifests."""
    example = PROJECT / "example-repo"
    world = World(tmp_path, {str(path.relative_to(example)): path.read_text() for path in example.rglob("*.yaml")})
    assert world.sync("--no-wait").code == 0
    (file,) = (path for path in world.repo.path.rglob("*.yaml") if f"file:{member}" in path.read_text())
    world.commit({str(file.relative_to(world.repo.path)): file.read_text().replace("syncMode: Push", "syncMode: Pull")})
    world.sync("--no-wait")
    before, bundle, report = stamps(world.members / member), tmp_path / "bundle", tmp_path / "report"
    assert len(before) > 8
    assert world.run("export", "--member", member, "--to", str(bundle), "--with-secrets").code == 0
    at_site = ["--repo", str(tmp_path / "site"), "--member-root", str(world.members), "--report", str(report)]
    done = run_here("apply", str(bundle), *at_site)
    assert done.code == 0, done.out + done.err
    assert stamps(world.members / member) == before
    validated = run_here("validate", "--repo", str(tmp_path / "site"))
    assert "0 errors, 0 warnings" in validated.out, validated.out
    assert world.run("import-report", str(report)).code == 0
    assert world.sync("--no-wait").code == 0
    row = next(one for one in world.run("clusters", "-o", "json").json if one["name"] == member)
    assert set(row["objects"].values()) == {len(before)}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_that_no_trusted_key_signed_is_refused(offline: Offline, kind: str) -> None:
    key = new_key(kind)
    keys, private = offline.folder / "keys", offline.folder / "key"
    keys.mkdir()
    (keys / "both").write_bytes(key.public)
    private.write_bytes(key.private)
    offline.export()
    offline.apply(report=True)
    offline.world.repo.git("config", "user.email", "ada@example.org")
    done = offline.world.run("import-report", str(offline.report), "--verify-keys", str(keys))
    assert (done.code, "is not signed" in done.err) == (3, True), done.err
    offline.apply("--signing-key", str(private), report=True)
    site = _repo(offline.site)
    assert "gpgsig" in GitRepo.git(site, "cat-file", "commit", REPORTS)


def test_a_member_that_does_not_answer_is_reported_as_such(offline: Offline) -> None:
    offline.export()
    offline.apply(report=True)
    (offline.folder / "site.members").rename(offline.folder / "away")
    (offline.folder / "site.members").write_text("a file in place of the folder")
    done = offline.apply(report=True)
    assert done.code == 3, done.out
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.sync("--no-wait")
    assert not offline.row()["ready"]


def test_a_commit_that_consents_to_removals_does_so_at_the_site(offline: Offline) -> None:
    maps = {f"maps/{number}.yaml": config(f"c{number}", a="1") for number in range(8)}
    offline.commit({**maps, "maps/policy.yaml": policy("maps", selector("ConfigMap"), "site7")})
    offline.export()
    offline.apply(report=True)
    assert offline.world.run("import-report", str(offline.report)).code == 0
    offline.world.repo.remove(*maps, "maps/policy.yaml")
    offline.world.repo.commit("Remove the maps\n\nReconciler-Allow-Prune: site7, near")
    offline.world.sync("--no-wait")
    offline.export()
    assert offline.trailers()["Reconciler-Allow-Prune"] == "site7"
    done = offline.apply()
    assert (done.code, len(offline.live())) == (0, 2), done.out + done.err
    offline.commit({"unrelated.md": "x"})
    offline.export()
    assert "Reconciler-Allow-Prune" not in offline.trailers()


def test_objects_that_a_tenant_writes_as_its_account_are_not_exported(offline: Offline) -> None:
    spec = {
        "folders": ["team"],
        "kinds": [{"apiGroups": [""], "kinds": ["ConfigMap"]}],
        "namespaces": ["shop"],
        "clusters": {},
    }
    files = {
        "tenant.yaml": document("Tenant", "team", "", api="reconciler.dev/v1alpha1", spec=spec),
        "team/map.yaml": config("theirs", a="1"),
        "team/policy.yaml": policy("theirs", selector("ConfigMap", "theirs"), "site7"),
    }
    offline.commit(files)
    offline.commit({"unrelated.md": "x"})
    done = offline.export()
    assert (done.code, "objects/shop/ConfigMap/theirs.yaml" in branch_files(offline.world.repo.path, BRANCH)) == (0, True), (
        done.err
    )
    spec |= {"serviceAccount": {"namespace": "shop", "name": "deployer"}}
    offline.commit({"tenant.yaml": document("Tenant", "team", "", api="reconciler.dev/v1alpha1", spec=spec)})
    offline.commit({"unrelated.md": "y"})
    done = offline.export()
    assert done.code == 3, done.out
    assert "ConfigMap shop/theirs is written as the ServiceAccount shop/deployer of its Tenant" in done.err


def test_the_export_after_the_first_report_stays_as_it_is(offline: Offline) -> None:
    offline.export()
    offline.apply(report=True)
    offline.world.run("import-report", str(offline.report))
    offline.world.sync("--no-wait")
    assert f"{BRANCH}: 1 file written" in offline.export().out, "the prune guard is that of headquarters from now on"
    offline.world.sync("--no-wait")
    assert f"{BRANCH}: unchanged" in offline.export().out
    assert offline.apply(report=True).code == 0
    offline.world.run("import-report", str(offline.report))
    offline.world.sync("--no-wait")
    assert f"{BRANCH}: unchanged" in offline.export().out

"""A status branch that someone else edited, and several processes that write it at once."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.hostile.harness import CANNOT, CRASH, DONE, NO, WEB, Fleet
from tests.support.fleet import STATUS, branch_files, contents, workload
from tests.support.gitrepo import GitRepo, run_git
from tests.support.program import PROGRAM, clean_environment, popen

WEB_BINDING = "bindings/shop/Deployment.apps/web.yaml"
WEB_REPORT = "reports/shop/Deployment.apps/web.yaml"


def other_clone(fleet: Fleet) -> GitRepo:
    """Somebody else's, with the status branch checked out; `push` brings it to the remote that the fleet's repository has."""
    bare = fleet.repo.bare_clone(fleet.folder / "config.git")
    fleet.repo.git("remote", "add", "origin", str(bare))
    other = GitRepo(fleet.folder / "other")
    other.git("remote", "add", "origin", str(bare))
    other.git("fetch", "--quiet", "origin")
    other.git("switch", "--quiet", "--create", STATUS, f"origin/{STATUS}")
    return other


def publish(other: GitRepo, *how: str) -> None:
    other.commit("By hand")
    other.git("push", "--quiet", *how, "origin", STATUS)


UNREADABLE: dict[str, dict[str, str | bytes]] = {
    "no YAML": {WEB_BINDING: "spec: ["},
    "no text": {WEB_BINDING: bytes(range(256))},
    "a bomb": {WEB_BINDING: "a: &a [x, x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n or ''}, *a{n or ''}]\n" for n in range(40))},
    "too deep": {"revision.yaml": "[" * 100_000},
    "another layout": {"revision.yaml": "kind: Revision\nspec: {layout: 99}\n"},
    "12 MB": {"clusters/m1.yaml": "#" * 12_000_000},
}


@pytest.mark.parametrize("edit", UNREADABLE)
def test_an_edit_that_nobody_can_read(fleet: Fleet, edit: str) -> None:
    """Pushed by somebody else between two syncs. Nothing is decided without the memory; reverted, all goes on."""
    other = other_clone(fleet)
    other.write(UNREADABLE[edit])
    publish(other)
    (path,) = UNREADABLE[edit]
    fleet.assert_impossible(fleet.sync(), path)
    other.git("revert", "--no-edit", "HEAD")
    publish(other)
    assert fleet.sync().code == DONE
    assert fleet.unharmed()


EDITS = {
    "says that web is elsewhere": {WEB_BINDING: ("m1", "m2")},
    "says that nothing is applied": {WEB_REPORT: ("applied: true", "applied: false")},
    "says that its file is another": {WEB_BINDING: (WEB, "apps/api/workload.yaml")},
    "says that m1 is gone": {"clusters/m1.yaml": ("name: m1", "name: m9")},
    "is of another revision": {"revision.yaml": ("revision: ", "revision: f")},
    "has another README": {"README.md": ("#", "# Not")},
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_says_something_else(fleet: Fleet, edit: str) -> None:
    """What the files want is where it is already: no member loses anything, and the next sync writes down what is true."""
    before = fleet.status_branch()
    other = other_clone(fleet)
    for path, (old, new) in EDITS[edit].items():
        text = (other.path / path).read_text()
        assert old in text
        other.write({path: text.replace(old, new), "notes.txt": "somebody's\n"})
    publish(other)
    ran = fleet.sync()
    assert ran.code in (DONE, NO), ran
    assert CRASH not in ran.err
    assert fleet.unharmed()
    assert fleet.sync().code == DONE
    after = branch_files(fleet.folder / "config.git", STATUS)
    assert after.pop("notes.txt") == b"somebody's\n"
    assert {path: data for path, data in after.items() if path in before} == before


@pytest.mark.parametrize("what", ["all files", "all bindings", "the branch"])
def test_what_somebody_deleted_is_told_from_the_members(fleet: Fleet, what: str) -> None:
    before = fleet.status_branch()
    other = other_clone(fleet)
    if what == "the branch":
        other.git("push", "--quiet", "origin", "--delete", STATUS)
        fleet.repo.git("branch", "-D", STATUS)
    else:
        other.git("rm", "--quiet", "-r", "bindings" if what == "all bindings" else ".")
        publish(other)
    assert fleet.sync().code == DONE
    assert fleet.unharmed()
    assert branch_files(fleet.folder / "config.git", STATUS) == before


def test_files_that_became_links_and_submodules(fleet: Fleet) -> None:
    """They are not followed; what they stood for is written anew."""
    before = fleet.status_branch()
    other = other_clone(fleet)
    (other.path / WEB_BINDING).unlink()
    (other.path / WEB_BINDING).symlink_to("/etc/passwd")
    other.git("add", "--all")
    other.git("update-index", "--add", "--cacheinfo", f"160000,{fleet.good},vendor")
    other.git("commit", "--quiet", "--message=Links")
    other.git("push", "--quiet", "origin", STATUS)
    assert fleet.sync().code == DONE
    assert fleet.unharmed()
    assert branch_files(fleet.folder / "config.git", STATUS)[WEB_BINDING] == before[WEB_BINDING]


def test_history_of_the_status_branch_is_forced(fleet: Fleet) -> None:
    """What happened here and what somebody forced there contradict each other: nobody but a person can say which is true."""
    other = other_clone(fleet)
    other.git("commit", "--quiet", "--amend", "--message=Rewritten")
    publish(other, "--force")
    fleet.assert_impossible(fleet.sync(), "diverged", f"git branch -f {STATUS} origin/{STATUS}")
    fleet.repo.git("branch", "-f", STATUS, f"origin/{STATUS}")
    assert fleet.sync().code == DONE
    assert fleet.unharmed()


AT_ONCE = 3


def start(fleet: Fleet) -> subprocess.Popen[bytes]:
    command = [*PROGRAM, "sync", "--repo", str(fleet.repo.path)]
    return popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_processes_at_once(fleet: Fleet) -> None:
    """Each commit is synced by several. At least one records; the others find it done, or say that somebody was faster. The one
    that records may have been overtaken at a file of a member, and says so, too: the next sync converges."""
    bare = fleet.repo.bare_clone(fleet.folder / "config.git")
    fleet.repo.git("remote", "add", "origin", str(bare))
    for replicas in (3, 4):
        fleet.commit({WEB: workload("web", replicas=replicas)})
        fleet.repo.git("push", "--quiet", "origin", "HEAD")
        running = [start(fleet) for _ in range(AT_ONCE)]
        ends = [(process.communicate(timeout=300)[1].decode(), process.returncode) for process in running]
        assert {code for _, code in ends} <= {DONE, CANNOT}, ends
        assert any(code == DONE or "recorded in" in said for said, code in ends), ends
        for said, code in ends:
            assert CRASH not in said
            assert code == DONE or "again" in said or "retry" in said, said
    converged = fleet.sync()
    assert converged.code == DONE
    assert fleet.sync().err.endswith("nothing new to record\n")
    assert fleet.live("m1")["shop/Deployment.apps/web"]["spec"]["replicas"] == 4
    untouched = {path: data for path, data in fleet.held.items() if not path.endswith("web.yaml")}
    assert {path: data for path, data in contents(fleet.members).items() if not path.endswith("web.yaml")} == untouched
    assert run_git(bare, "rev-parse", STATUS) == fleet.repo.git("rev-parse", STATUS)
    assert fleet.repo.git("fsck", "--no-dangling") == ""

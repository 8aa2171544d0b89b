"""What the credential of an agent may push, by the rules of docs/how-to/pull-mode.md, which a real forge enforces."""

from __future__ import annotations

import json
import secrets
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forge.pushed import Pushed
from tests.support.daemon import agent, daemon
from tests.support.fleet import cluster, placed
from tests.support.servers import eventually

MEMBERS = ("edge-1", "edge-2")
BRANCH = "reconciler/members/edge-1"
_WHITELISTED = {"enable_push": True, "enable_push_whitelist": True, "enable_merge_whitelist": True}
_FORCED = {"enable_force_push": True, "enable_force_push_allowlist": True}


@dataclass
class Guarded:
    """A repository whose rules let each account push what is its own."""

    pushed: Pushed
    tokens: dict[str, str]
    """Account → its token. The accounts of agents begin with the name of their member."""

    def account(self, member: str) -> str:
        return next(name for name in self.tokens if name.startswith(member))

    def remote(self, member: str) -> str:
        name = self.account(member)
        return self.pushed.forge.remote(self.pushed.path, name, self.tokens[name])

    def push(self, *words: str, by: str = "edge-1") -> None:
        """Raises AssertionError where the forge refuses it."""
        self.pushed.clone.git("push", "--quiet", self.remote(by), *words)

    def orphan(self, message: str) -> str:
        """A commit without a parent, as that of a report."""
        return self.pushed.clone.git("commit-tree", "HEAD^{tree}", "-m", message)

    def ask(self, method: str, path: str, body: Any) -> int:
        """The status of the forge's answer to the agent of edge-1."""
        try:
            token = self.tokens[self.account("edge-1")]
            self.pushed.forge.request(method, f"/repos/{self.pushed.path}{path}", body, token=token)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200

    def refs(self) -> dict[str, str]:
        """Ref → commit."""
        lines = self.pushed.clone.git("ls-remote", self.pushed.forge.remote(self.pushed.path), "refs/*").splitlines()
        return {ref: commit for commit, _, ref in (line.partition("\t") for line in lines)}

    def credentials(self, member: str, folder: Path) -> Path:
        folder.mkdir()
        name = self.account(member)
        (folder / "username").write_text(name)
        (folder / "password").write_text(self.tokens[name])
        return folder


@pytest.fixture
def guarded(pushed: Pushed) -> Guarded:
    """The people are `ada`."""
    tokens = {}
    for name in (*MEMBERS, "leader"):
        account = f"{name}-{secrets.token_hex(3)}"
        tokens[account] = pushed.forge.add_user(account, "write:repository")
        pushed.forge.add_collaborator(pushed.path, account)
    one = Guarded(pushed, tokens)
    people = {"merge_whitelist_usernames": ["ada"], "push_whitelist_usernames": ["ada", one.account("leader")]}
    pushed.forge.protect(pushed.path, "**", priority=1000, **_WHITELISTED, **people)
    for branch in (*(f"reconciler/members/{member}" for member in MEMBERS), "reconciler/leader"):
        only = [one.account(branch.rpartition("/")[2])]
        allowed = {"push_whitelist_usernames": only, "force_push_allowlist_usernames": only}
        pushed.forge.protect(pushed.path, branch, priority=1, **_WHITELISTED, **_FORCED, **allowed)
    pushed.forge.protect_tags(pushed.path, "*", "ada")
    return one


def test_it_pushes_its_own_branch_also_by_force(guarded: Guarded) -> None:
    first, second = guarded.orphan("first"), guarded.orphan("second")
    guarded.push(f"{first}:refs/heads/{BRANCH}")
    guarded.push(f"--force-with-lease=refs/heads/{BRANCH}:{first}", f"{second}:refs/heads/{BRANCH}")
    assert guarded.refs()[f"refs/heads/{BRANCH}"] == second


def test_it_pushes_nothing_else(guarded: Guarded) -> None:
    guarded.push(f"{guarded.orphan('theirs')}:refs/heads/reconciler/members/edge-2", by="edge-2")
    guarded.push("HEAD:refs/heads/reconciler/status", by="leader")
    for message in ("taken", "renewed"):
        guarded.push("--force", f"{guarded.orphan(message)}:refs/heads/reconciler/leader", by="leader")
    guarded.pushed.clone.commit("By an agent")
    branches = ["main", "reconciler/status", "reconciler/leader", "new", "a/new/one"]
    branches += [f"reconciler/members/{name}" for name in ("edge-2", "edge-3", "edge-1/below")]
    before = guarded.refs()
    pushes = [["HEAD:refs/heads/main"], *(["--force", f"HEAD:refs/heads/{name}"] for name in branches)]
    for words in (*pushes, ["HEAD:refs/tags/v1"], ["HEAD:refs/tags/a/b"]):
        with pytest.raises(AssertionError, match=r"Not allowed to|protected from force push|protected tag|is protected"):
            guarded.push(*words)
    for ref in ("main", "reconciler/status", "reconciler/members/edge-2"):
        with pytest.raises(AssertionError, match=r"protected from deletion|is the default branch"):
            guarded.push("--delete", f"refs/heads/{ref}")
    assert guarded.refs() == before


def test_its_token_does_no_more_by_the_api(guarded: Guarded) -> None:
    """It may open a pull request from its own branch, and must not merge that."""
    guarded.pushed.clone.commit("By an agent")
    guarded.push(f"HEAD:refs/heads/{BRANCH}")
    before = guarded.refs()
    mine = {"head": BRANCH, "base": "main", "title": "Mine"}  # The forge takes a moment to know a pushed branch.
    eventually(lambda: guarded.ask("POST", "/pulls", mine) == 200)
    merge = "/pulls/1/merge", {"Do": "fast-forward-only"}
    assert guarded.ask("POST", *merge) == 405
    for method, path, body in (
        ("POST", "/contents/mine.txt", {"content": "", "branch": "main", "message": "Mine"}),
        ("POST", "/branches", {"new_branch_name": "mine", "old_branch_name": "main"}),
        ("POST", "/tags", {"tag_name": "mine", "target": "main"}),
        ("POST", "/releases", {"tag_name": "mine", "target_commitish": "main"}),
        ("DELETE", "/branches/main", None),
        ("PATCH", "/branch_protections/**", {"enable_push_whitelist": False}),
    ):
        assert guarded.ask(method, path, body) >= 400, path
    assert guarded.refs() == before | {"refs/pull/1/head": before[f"refs/heads/{BRANCH}"]}
    # Without the whitelist for merging, whoever may push anything may merge.
    rule = f"/repos/{guarded.pushed.path}/branch_protections/**"
    guarded.pushed.forge.request("PATCH", rule, {"enable_merge_whitelist": False})
    eventually(lambda: guarded.ask("POST", *merge) == 200)
    assert guarded.refs()["refs/heads/main"] == before[f"refs/heads/{BRANCH}"]


def test_a_leader_and_an_agent_need_no_more(guarded: Guarded, tmp_path: Path) -> None:
    """Each as a process, with its own credential."""
    pushed, url = guarded.pushed, f"{guarded.pushed.forge.url}/{guarded.pushed.path}.git"
    pushed.clone.write({"clusters/edge-1.yaml": cluster("edge-1").replace('"Push"', '"Pull"'), **placed("web", "edge-1")})
    pushed.push("1")

    def options(member: str, root: Path) -> list[str]:
        folder = guarded.credentials(member, tmp_path / f"git-{member}")
        words = ["--repo", url, "--git-credentials", str(folder), "--cache", str(tmp_path / f"cache-{member}")]
        return [*words, "--member-root", str(root)]

    def report() -> Any:
        pushed.clone.git("fetch", "--quiet", "origin", f"+refs/heads/{BRANCH}:refs/remotes/origin/{BRANCH}")
        return json.loads(pushed.clone.git("show", f"origin/{BRANCH}:report.json"))

    inside = tmp_path / "inside"
    with (
        daemon(tmp_path, *options("leader", pushed.members), name="leader") as leader,
        agent(tmp_path, "edge-1", *options("edge-1", inside), "--heartbeat", "2s") as edge,
    ):
        eventually(lambda: edge.said("recorded"), seconds=60)
        assert list((inside / "edge-1").rglob("web.yaml"))
        eventually(applied(guarded), seconds=60)
        first = report()["status"]["reportedAt"]
        eventually(lambda: report()["status"]["reportedAt"] != first, seconds=60)
        assert not edge.said("cannot record the status")
        assert not leader.said("cannot record the status")
        assert (edge.end(), leader.end()) == (0, 0)
    assert pushed.clone.git("rev-list", "--count", f"origin/{BRANCH}") == "1"


def applied(guarded: Guarded) -> Callable[[], bool]:
    """Whether the leader took from the report that the agent applied the workload."""
    clone, ref = guarded.pushed.clone, "reconciler/status"

    def is_applied() -> bool:
        clone.git("fetch", "--quiet", "origin", f"+refs/heads/{ref}:refs/remotes/origin/{ref}")
        files = clone.git("ls-tree", "-r", "--name-only", f"origin/{ref}").splitlines()
        path = "reports/shop/Deployment.apps/web.yaml"
        return path in files and "applied: true" in clone.git("show", f"origin/{ref}:{path}")

    return is_applied

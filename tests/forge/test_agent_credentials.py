"""The credential that `token create` makes at a real forge: the agent of one member reports by it, and pushes nothing else."""

from __future__ import annotations

import secrets
import shlex
import urllib.error
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.keys import ClusterName
from reconciler.register.credential import CredentialKind, CredentialRequest
from tests.controlplane.start import ControlPlane
from tests.controlplane.start import running as control_planes
from tests.forge.pushed import Pushed
from tests.forge.start import ADMINISTRATOR, Forge
from tests.support.daemon import daemon
from tests.support.pod import pod_of
from tests.support.program import Ran, run_here
from tests.support.servers import eventually

MEMBER = "m3"
BRANCH = f"reconciler/members/{MEMBER}"


class Tokens:
    """`token create` for the repository, by the administrator of the forge."""

    def __init__(self, pushed: Pushed, folder: Path) -> None:
        self.pushed = pushed
        self.forge = pushed.forge
        self.url = f"{pushed.forge.url}/{pushed.path}.git"
        self.admin = folder / "admin-token"
        self.admin.write_text(pushed.forge.token)
        self.folder = folder / "credentials"

    def create(self, *options: str, member: str = MEMBER) -> Ran:
        words = ("--repo", self.url, "--forge", "gitea", "--forge-token-file", str(self.admin), "--to", str(self.folder / member))
        ran = run_here("token", "create", member, *words, *options)
        hidden = [self.admin.read_text(), *(file.read_text() for file in self.folder.glob("*/password"))]
        assert [secret for secret in hidden if secret in ran.out + ran.err] == []
        return ran

    def done(self, *options: str, member: str = MEMBER) -> tuple[str, str]:
        """User and token."""
        ran = self.create(*options, member=member)
        assert ran.code == 0, ran.err
        return (self.folder / member / "username").read_text(), (self.folder / member / "password").read_text()

    def push(self, login: tuple[str, str], ref: str, *, force: bool = False) -> str:
        """Empty, or why the forge refuses to take a new commit by this login."""
        self.pushed.clone.git("commit", "--quiet", "--allow-empty", "--message", secrets.token_hex(4))
        remote = self.forge.remote(self.pushed.path, *login)
        try:
            self.pushed.clone.git("push", *(["--force"] if force else []), remote, f"HEAD:{ref}")
        except AssertionError as error:
            return str(error)
        return ""


@pytest.fixture
def tokens(pushed: Pushed, tmp_path: Path) -> Tokens:
    return Tokens(pushed, tmp_path)


def test_it_pushes_the_branch_of_its_member_and_nothing_else(tokens: Tokens) -> None:
    login = tokens.done("--protect")
    other = tokens.done("--protect", member="m2")
    clone = tokens.pushed.clone
    assert tokens.push(login, f"refs/heads/{BRANCH}") == ""
    clone.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "Another history")
    assert tokens.push(login, f"refs/heads/{BRANCH}", force=True) == "", "each report replaces the last one"
    for ref in ("refs/heads/main", "refs/heads/new", "refs/heads/reconciler/status", "refs/heads/reconciler/members/m2"):
        assert "protected" in tokens.push(login, ref), ref
        assert "protected" in tokens.push(login, ref, force=True), ref
    assert "protected" in tokens.push(login, "refs/tags/v1")
    assert "protected" in tokens.push(other, f"refs/heads/{BRANCH}", force=True)
    assert tokens.push((ADMINISTRATOR, tokens.forge.token), "refs/heads/main") == "", "people go on"
    assert tokens.push((ADMINISTRATOR, tokens.forge.token), "refs/tags/v1") == ""


def test_it_changes_nothing_by_the_api_of_the_forge_either(tokens: Tokens) -> None:
    """A token that pushes over https may also use the API: a merge or an edit there must not be a way around the rules."""
    _, token = tokens.done("--protect")
    forge, path, clone = tokens.forge, tokens.pushed.path, tokens.pushed.clone
    clone.write({"evil.yaml": "kind: Evil\n"}).commit()
    clone.git("push", "--quiet", forge.remote(path, *_login(tokens)), f"HEAD:refs/heads/{BRANCH}")
    # Gitea takes a push into its own list of branches a moment later; before that, a pull request of the branch is a 404.
    eventually(lambda: BRANCH in tokens.pushed.branches())
    pull = forge.request("POST", f"/repos/{path}/pulls", {"head": BRANCH, "base": "main", "title": "x"}, token=token)
    attempts: list[tuple[str, str, Any]] = [
        ("POST", f"/pulls/{pull['number']}/merge", {"Do": "merge"}),
        ("POST", "/contents/evil.yaml", {"content": "", "branch": "main", "message": "x"}),
        ("POST", "/contents/evil.yaml", {"content": "", "branch": "main", "new_branch": "new", "message": "x"}),
        ("POST", "/branches", {"new_branch_name": "new", "old_branch_name": BRANCH}),
        ("POST", "/tags", {"tag_name": "v1", "target": BRANCH}),
        ("POST", "/releases", {"tag_name": "v2", "target_commitish": "main"}),
        ("DELETE", "/branches/main", None),
        ("DELETE", f"/branch_protections/{BRANCH.replace('/', '%2F')}", None),
        ("PUT", "/collaborators/eve", {"permission": "admin"}),
        ("POST", "/keys", {"title": "x", "key": "ssh-ed25519 AAAA", "read_only": False}),
    ]
    allowed = [
        f"{method} {place}"
        for method, place, body in attempts
        if _status(forge, method, f"/repos/{path}{place}", body, token) < 400
    ]
    assert allowed == []
    assert tokens.pushed.branches() == {"main", BRANCH}


def _login(tokens: Tokens) -> tuple[str, str]:
    folder = tokens.folder / MEMBER
    return (folder / "username").read_text(), (folder / "password").read_text()


def _status(forge: Forge, method: str, path: str, body: Any, token: str) -> int:
    try:
        forge.request(method, path, body, token=token)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    with control_planes([MEMBER]) as (one,):
        yield one


def test_from_the_token_to_the_report_of_the_registered_agent(tokens: Tokens, plane: ControlPlane, tmp_path: Path) -> None:
    """The printed command registers the member, and its agent reports by that very credential."""
    pushed = tokens.pushed
    printed = tokens.create("--protect", "--print-register-command")
    assert printed.code == 0, printed.err
    command = printed.out.replace("FILE", str(plane.kubeconfig))
    program, *words = shlex.split(command)
    assert (program, words[:2]) == ("reconciler", ["register", MEMBER])
    registered = run_here(*words, "--repo", str(pushed.clone.path), "--no-persistence")
    assert registered.code == 0, registered.err
    assert _login(tokens)[1] not in registered.out + registered.err
    pushed.push("1")
    outside = ("--repo", pushed.forge.remote(pushed.path), "--member-root", str(pushed.members))
    with (
        daemon(tmp_path, *outside, "--cache", str(tmp_path / "leader-cache"), name="leader") as leader,
        nullcontext(eventually(lambda: leader.said("recorded"), seconds=60)),
        pod_of(plane, "reconciler-system", "reconciler-agent", tmp_path / "pod") as edge,
    ):
        eventually(
            lambda: f"- {MEMBER}\n" in report(pushed) and 'status: "True"\n    type: FullyApplied' in report(pushed), seconds=90
        )
        branch = pushed.forge.request("GET", f"/repos/{pushed.path}/branches/{BRANCH.replace('/', '%2F')}")
        assert branch["commit"]["message"].startswith(f"report of {MEMBER}")
        settings = "/api/v1/namespaces/shop/configmaps/settings"
        assert plane.request(settings)["data"] == {"value": "1"}
        assert [line for line in edge.log if line["level"] not in ("info", "warning")] == []
        assert _login(tokens)[1] not in edge.log_file.read_text()
        assert "protected" in tokens.push(_login(tokens), "refs/heads/main")
        gone = run_here("unregister", *words[1:2], "--kubeconfig", str(plane.kubeconfig), "--repo", str(pushed.clone.path))
        assert gone.code == 0, gone.err
        assert plane.request(settings)["data"] == {"value": "1"}, "what runs stays"
        assert (edge.end(), leader.end()) == (0, 0)


def report(pushed: Pushed) -> str:
    """What the leader says about the ConfigMap."""
    pushed.clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
    return pushed.clone.git("show", "origin/reconciler/status:reports/shop/ConfigMap/settings.yaml")


def test_again_nothing_is_made_and_rotating_ends_the_old_token(tokens: Tokens) -> None:
    before = tokens.done("--protect")
    again = tokens.create("--protect")
    assert (again.code, "--rotate" in again.err) == (3, True)
    rules = tokens.forge.request("GET", f"/repos/{tokens.pushed.path}/branch_protections")
    assert tokens.create("--protect", "--rotate", "--dry-run").code == 0
    assert tokens.push(before, f"refs/heads/{BRANCH}") == ""
    rotated = tokens.create("--protect", "--rotate")
    assert rotated.code == 0, rotated.err
    assert rotated.out.count("unchanged") == 3
    after = _login(tokens)
    assert (after[0], after[1] == before[1]) == (before[0], False)
    assert tokens.push(before, f"refs/heads/{BRANCH}", force=True) != "", "the old token has ended"
    assert tokens.push(after, f"refs/heads/{BRANCH}", force=True) == ""
    assert tokens.forge.request("GET", f"/repos/{tokens.pushed.path}/branch_protections") == rules


def test_a_user_of_somebody_else_is_not_taken_over(tokens: Tokens) -> None:
    """The name is known beforehand, so somebody may have registered it, and left a key of theirs there."""
    forge, path = tokens.forge, tokens.pushed.path
    name = CredentialRequest(ClusterName(MEMBER), CredentialKind.USER, tokens.folder).user(path)
    own = (name, forge.add_user(name, "write:repository", "write:user"))
    forge.request("PATCH", f"/admin/users/{name}", {"login_name": name, "source_id": 0, "full_name": "Agent of Reconciler"})
    refused = tokens.create("--rotate")
    assert (refused.code, f"the user {name} of the forge is not one that this command made" in refused.err) == (3, True)
    assert "--git-credential-file" in refused.err
    assert tokens.push(own, "refs/heads/new") != "", "it got no access"


def test_a_rule_that_would_let_the_agent_in_is_refused_before_anything_is_made(tokens: Tokens) -> None:
    forge, path = tokens.forge, tokens.pushed.path
    forge.protect(path, "main", enable_push=True)
    refused = tokens.create("--protect")
    assert (refused.code, "the branch rule main lets everybody push" in refused.err) == (3, True)
    narrow = {"enable_push": True, "enable_push_whitelist": True, "push_whitelist_usernames": [ADMINISTRATOR]}
    forge.request("PATCH", f"/repos/{path}/branch_protections/main", narrow)
    refused = tokens.create("--protect")
    assert (refused.code, "lets everybody merge" in refused.err) == (3, True)
    assert not tokens.folder.exists()
    merge = {"enable_merge_whitelist": True, "merge_whitelist_usernames": [ADMINISTRATOR]}
    forge.request("PATCH", f"/repos/{path}/branch_protections/main", merge)
    login = tokens.done("--protect")
    assert "protected" in tokens.push(login, "refs/heads/main")


def test_an_older_rule_for_all_branches_does_not_hide_that_of_the_member(tokens: Tokens) -> None:
    everything = {"enable_push": True, "enable_push_whitelist": True, "push_whitelist_usernames": [ADMINISTRATOR]}
    tokens.forge.protect(tokens.pushed.path, "**", **everything, enable_merge_whitelist=True)
    login = tokens.done("--protect")
    assert tokens.push(login, f"refs/heads/{BRANCH}") == ""
    assert "protected" in tokens.push(login, "refs/heads/new")


def test_who_administers_the_repository_alone_brings_a_user(tokens: Tokens, tmp_path: Path) -> None:
    """Only an administrator of the forge makes users. The rules need an administrator of the repository."""
    forge, path = tokens.forge, tokens.pushed.path
    name, bot = f"lead-{secrets.token_hex(3)}", f"bot-{secrets.token_hex(3)}"
    tokens.admin.write_text(forge.add_user(name, "write:repository", "read:user"))
    forge.add_collaborator(path, name, "admin")
    refused = tokens.create("--protect")
    assert (refused.code, "only an administrator of the forge" in refused.err, "--git-credential-file" in refused.err) == (
        3,
        True,
        True,
    )
    file = tmp_path / "bot-token"
    file.write_text(forge.add_user(bot, "write:repository") + "\n")
    forge.add_collaborator(path, bot)
    login = tokens.done("--protect", "--git-credential-file", str(file), "--username", bot)
    assert login == (bot, file.read_text().strip())
    assert tokens.push(login, f"refs/heads/{BRANCH}") == ""
    assert "protected" in tokens.push(login, "refs/heads/main")


def test_a_deploy_key_is_made_and_replaced(tokens: Tokens, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text("127.0.0.1 ssh-ed25519 AAAA\n")
    made = tokens.create("--type", "deploy-key", "--known-hosts", str(known_hosts), "--protect")
    assert made.code == 0, made.err
    assert "may push the branches of other members" in made.err
    keys = f"/repos/{tokens.pushed.path}/keys"
    (key,) = tokens.forge.request("GET", keys)
    assert (key["title"].startswith(f"reconciler agent {MEMBER} "), key["read_only"]) == (True, False)
    rules = {rule["rule_name"]: rule for rule in tokens.forge.request("GET", f"/repos/{tokens.pushed.path}/branch_protections")}
    assert (rules[BRANCH]["push_whitelist_deploy_keys"], rules["**"]["push_whitelist_deploy_keys"]) == (True, False)
    assert "BEGIN OPENSSH PRIVATE KEY" in (tokens.folder / MEMBER / "identity").read_text()
    again = tokens.create("--type", "deploy-key", "--known-hosts", str(known_hosts), "--rotate")
    assert again.code == 0, again.err
    assert "Without --protect" in again.err
    (replaced,) = tokens.forge.request("GET", keys)
    assert replaced["id"] != key["id"]

"""Pull requests at a real forge get one comment, which follows their pushes: by the steps of the workflow that users copy."""

from __future__ import annotations

import secrets
import sys
import urllib.error
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forge.pushed import Pushed
from tests.support.ci_files import CI, read_yaml, run_step
from tests.support.fleet import config
from tests.support.gitrepo import GitRepo, run_git
from tests.support.program import PROJECT, Ran, run_here
from tests.support.servers import eventually

SCOPES = ("write:issue", "read:repository", "read:user")
"""As `docs/ci/gitea.yaml` asks for."""
MARKER = "<!-- reconciler diff -->"


@dataclass
class Reviewed:
    """A repository with a pull request, and the runner of its workflow."""

    pushed: Pushed
    pull: dict[str, Any]
    token: str

    def change(self, value: str) -> str:
        """Pushes to the branch of the pull request; the commit."""
        return self.pushed.push(value, "change")

    def comments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.pushed.forge.request("GET", f"/repos/{self.pushed.path}/issues/{self.number}/comments")
        return found

    @property
    def number(self) -> int:
        return int(self.pull["number"])

    def job(self, *, token: str = "", environment: dict[str, str] | None = None) -> list[Ran]:
        """The steps that check and comment, in a fresh clone; the program is this one, rather than that of the step `Install`."""
        temp = self.pushed.folder / f"runner-{secrets.token_hex(3)}"
        (temp / "reconciler/bin").mkdir(parents=True)
        (temp / "reconciler/bin/reconciler").symlink_to(Path(sys.executable).parent / "reconciler")
        (temp / "reconciler-source").symlink_to(PROJECT)
        run_git(temp, "clone", "--quiet", "--branch", "change", self.pushed.forge.remote(self.pushed.path), "work")
        facts = {
            "runner.temp": str(temp),
            "github.event.pull_request.number": str(self.number),
            "secrets.RECONCILER_TOKEN": token,
        }
        known = {
            "RUNNER_TEMP": str(temp),
            "GITHUB_BASE_REF": "main",
            "GITHUB_SERVER_URL": self.pushed.forge.url,
            "GITHUB_REPOSITORY": self.pushed.path,
        }
        steps = {step.get("name", ""): step for step in read_yaml(CI / "gitea.yaml")["jobs"]["diff"]["steps"]}
        names = ("Validate and diff", "Comment")
        return [run_step(steps[name], facts, temp / "work", **known, **environment or {}) for name in names]


def opened(pushed: Pushed, head: str, token: str = "") -> dict[str, Any]:
    """A new pull request. The forge knows a branch a moment after the push."""
    body = {"title": "Change the value", "head": head, "base": "main"}

    def ask() -> dict[str, Any] | None:
        with suppress(urllib.error.HTTPError):
            return pushed.forge.request("POST", f"/repos/{pushed.path}/pulls", body, token=token)  # type: ignore[no-any-return]
        return None

    return eventually(ask)


@pytest.fixture
def reviewed(pushed: Pushed) -> Reviewed:
    """A pull request, and a token of an account that may comment and nothing else."""
    pushed.push("1", "change")
    pull = opened(pushed, "change")
    name = f"reviewer-{secrets.token_hex(3)}"
    token = pushed.forge.add_user(name, *SCOPES)
    pushed.forge.add_collaborator(pushed.path, name, "read")
    return Reviewed(pushed, pull, token)


def test_a_pull_request_has_one_comment_that_follows_its_pushes(reviewed: Reviewed) -> None:
    forge, path = reviewed.pushed.forge, reviewed.pushed.path
    mallory = forge.add_user(f"mallory-{secrets.token_hex(3)}", *SCOPES)
    fake = {"body": f"{MARKER}\n\n### Nothing changes"}
    forge.request("POST", f"/repos/{path}/issues/{reviewed.number}/comments", fake, token=mallory)
    checked, commented = reviewed.job(token=reviewed.token)
    assert (checked.code, commented.code) == (0, 0), checked.err + commented.err
    imitated, own = reviewed.comments()
    assert commented.out == f"created comment {own['id']} on pull request {reviewed.number}\n"
    assert own["body"].startswith(f"{MARKER}\n\n### 3 to change on 3 clusters\n")
    assert '\n-value: "0"\n+value: "1"\n' in own["body"]
    commit = reviewed.change("2")
    _, commented = reviewed.job(token=reviewed.token)
    assert commented.out == f"updated comment {own['id']} on pull request {reviewed.number}\n", commented.err
    same, updated = reviewed.comments()
    assert (updated["id"], commit[:12] in updated["body"], updated["user"]["login"]) == (own["id"], True, own["user"]["login"])
    assert same["body"] == imitated["body"] == fake["body"], "a comment of a stranger stays as it is"
    _, commented = reviewed.job(token=reviewed.token)
    assert commented.out == f"unchanged comment {own['id']} on pull request {reviewed.number}\n"
    assert len(reviewed.comments()) == 2
    assert reviewed.token not in checked.out + checked.err + commented.err


def test_a_job_without_the_token_checks_and_says_so_in_its_result(reviewed: Reviewed) -> None:
    """As for a fork."""
    checked, commented = reviewed.job()
    assert (checked.code, "3 to change on 3 clusters" in checked.out, commented.code) == (0, True, 0)
    reviewed.pushed.clone.write({"policy.yaml": "kind: [\n"})
    reviewed.change("2")
    checked, commented = reviewed.job(token=reviewed.token)
    assert (checked.code, commented.code) == (3, 0), "what is broken fails, and is shown"
    (comment,) = reviewed.comments()
    assert "1 new error" in comment["body"]
    assert reviewed.comments()[0]["user"]["login"].startswith("reviewer-")


def test_the_pull_request_of_a_commit_is_found_also_from_a_fork(reviewed: Reviewed, tmp_path: Path) -> None:
    forge, path, name = reviewed.pushed.forge, reviewed.pushed.path, f"friend-{secrets.token_hex(3)}"
    token = forge.add_user(name, "write:repository", "write:issue")
    forge.request("POST", f"/repos/{path}/forks", {}, token=token)
    fork = f"{name}/{path.partition('/')[2]}"
    clone = GitRepo(tmp_path / "fork")
    clone.git("remote", "add", "origin", forge.remote(fork, name, token))
    clone.git("pull", "--quiet", "origin", "main")
    head = clone.write({"config.yaml": config("settings", value="9")}).commit()
    clone.git("push", "--quiet", "origin", "HEAD:proposal")
    pull = opened(reviewed.pushed, f"{name}:proposal", token)
    file, secret = tmp_path / "diff.json", tmp_path / "token"
    file.write_text(run_here("diff", "HEAD~1", "HEAD", "-o", "json", "--repo", str(clone.path)).out)
    secret.write_text(reviewed.token)
    where = ("--file", str(file), "--forge", "gitea", "--forge-token-file", str(secret), "--repo", f"{forge.url}/{path}")
    done = run_here("comment", "--head", head, *where)
    assert (done.code, f"on pull request {pull['number']}" in done.out) == (0, True), done.err
    assert reviewed.comments() == []
    other = run_here("comment", str(reviewed.number), "--head", head, *where)
    assert (other.code, other.out, f"is not the newest commit of pull request {reviewed.number}" in other.err) == (0, "", True)
    forge.request("PATCH", f"/repos/{path}/pulls/{pull['number']}", {"state": "closed"})
    closed = run_here("comment", "--head", head, *where)
    assert (closed.code, closed.out) == (0, "")

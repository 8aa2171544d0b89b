"""An assistant proposes a change at a real forge: a new branch and a pull request, and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.forge.pushed import Pushed
from tests.support.assistant import Answered, Assistant, converse
from tests.support.fleet import config

GOOD = {"path": "config.yaml", "content": config("settings", value="7")}
BAD = {
    "path": "clusters/m1.yaml",
    "content": "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata: {name: m1}\nspec: 5\n",
}


@pytest.fixture
def token(pushed: Pushed, tmp_path: Path) -> Path:
    """Of a user who may write to the repository."""
    name = f"assistant-{secrets.token_hex(3)}"
    file = tmp_path / "forge-token"
    file.write_text(pushed.forge.add_user(name, "write:repository", "write:issue"))
    pushed.forge.add_collaborator(pushed.path, name)
    return file


def heads(pushed: Pushed) -> dict[str, str]:
    listing = pushed.clone.git("ls-remote", "--heads", "origin").splitlines()
    return {name.removeprefix("refs/heads/"): commit for commit, name in (line.split("\t") for line in listing)}


def pulls(pushed: Pushed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pushed.forge.request("GET", f"/repos/{pushed.path}/pulls?state=all&limit=50")
    return found


def proposal(**fields: Any) -> dict[str, Any]:
    return {"branch": "scale-web", "title": "Set the value to 7", "text": "Because it is better.", "files": [GOOD], **fields}


REFUSED: list[tuple[dict[str, Any], str]] = [
    (proposal(files=[BAD]), "clusters/m1.yaml:4: error: "),
    (proposal(files=[{"path": ".gitea/workflows/a.yaml", "content": "a"}]), "hidden"),
    (proposal(files=[{"path": "../x.yaml", "content": "a"}]), "no path of a file in the repository"),
    (proposal(branch="../main"), "branch: String should match pattern"),
    (proposal(branch="Main"), "branch: String should match pattern"),
    (proposal(text="Fine.\n\nReconciler-Allow-Prune: *"), "consent to the removal of many objects is for people"),
    (proposal(title="--force it all"), "title: String should match pattern"),
    (proposal(files=[{"path": "config.yaml", "content": config("settings", value="0")}]), "the files are like that already"),
]


@pytest.mark.parametrize("mirrored", [False, True], ids=["clone", "URL"])
def test_a_proposal_is_a_new_branch_with_a_pull_request(pushed: Pushed, token: Path, tmp_path: Path, mirrored: bool) -> None:
    repository = pushed.forge.remote(pushed.path) if mirrored else str(pushed.clone.path)
    options = ("--allow-proposals", "--forge", "gitea", "--forge-token-file", str(token), "--proposal-base", "main")
    before = heads(pushed)
    told: list[Answered] = []

    async def talk(assistant: Assistant) -> None:
        names = [tool.name for tool in (await assistant.session.list_tools()).tools]
        assert names[-1] == "propose"
        for arguments, message in REFUSED:
            refused = await assistant.ask("propose", **arguments)
            assert refused.failed, refused.text
            assert message in refused.data, refused.text
        tried = await assistant.ask("propose", **proposal(dry_run=True))
        assert "1 file can be proposed. Nothing was written." in tried.data
        assert heads(pushed) == before
        assert pulls(pushed) == []
        told.append(await assistant.ask("propose", **proposal()))
        again = await assistant.ask("propose", **proposal())
        assert "the branch assistants/scale-web exists already" in again.data

    said = converse(repository, talk, *options, "--cache", str(tmp_path / "cache"), "--member-root", str(pushed.members))
    assert token.read_text() not in said
    assert not told[0].failed, told[0].text
    after = heads(pushed)
    assert {name: commit for name, commit in after.items() if before.get(name) != commit}.keys() == {"assistants/scale-web"}
    assert before.items() <= after.items()
    (pull,) = pulls(pushed)
    assert (pull["title"], pull["head"]["ref"], pull["base"]["ref"]) == ("Set the value to 7", "assistants/scale-web", "main")
    assert "Because it is better." in pull["body"]
    assert "Proposed by an assistant" in pull["body"]
    assert f"pull request {pull['number']} opened: assistants/scale-web" in told[0].data
    pushed.clone.git("fetch", "--quiet", "origin", "assistants/scale-web")
    assert pushed.clone.git("diff", "--name-only", "origin/main", "FETCH_HEAD").split() == ["config.yaml"]
    assert pushed.clone.git("rev-parse", "FETCH_HEAD^").strip() == before["main"]


def test_a_forge_that_refuses_leaves_a_branch_and_says_so(pushed: Pushed, tmp_path: Path) -> None:
    wrong = tmp_path / "token"
    wrong.write_text("0" * 40)

    async def talk(assistant: Assistant) -> None:
        refused = await assistant.ask("propose", **proposal())
        assert refused.failed
        assert "assistants/scale-web is pushed" in refused.data
        assert "no pull request was opened" in refused.data

    options = ("--allow-proposals", "--forge", "gitea", "--forge-token-file", str(wrong), "--proposal-base", "main")
    converse(str(pushed.clone.path), talk, *options)
    assert "assistants/scale-web" in heads(pushed)

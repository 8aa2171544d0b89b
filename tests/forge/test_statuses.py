"""What a real forge shows beside the commits that are followed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.forge.pushed import Pushed
from tests.forge.start import Forge
from tests.support.daemon import daemon
from tests.support.servers import configuration, eventually


@pytest.fixture
def token(pushed: Pushed, tmp_path: Path) -> Path:
    """Of a user who may write to the repository, for nothing else."""
    name = f"reconciler-{secrets.token_hex(3)}"
    file = tmp_path / "forge-token"
    file.write_text(pushed.forge.add_user(name, "write:repository"))
    pushed.forge.add_collaborator(pushed.path, name)
    return file


def options(pushed: Pushed, token: Path, repository: str = "") -> tuple[str, ...]:
    where = ("--repo", repository or pushed.forge.remote(pushed.path), "--cache", str(pushed.folder / "cache"))
    return (*where, "--member-root", str(pushed.members), "--forge", "gitea", "--forge-token-file", str(token))


def shown(forge: Forge, path: str, commit: str) -> list[tuple[str, str]]:
    """State and description of our statuses, the newest first."""
    return [
        (status["status"], status["description"]) for status in forge.statuses(path, commit) if status["context"] == "reconciler"
    ]


def last(pushed: Pushed, commit: str) -> str:
    statuses = shown(pushed.forge, pushed.path, commit)
    return statuses[0][0] if statuses else ""


def test_pending_then_success_and_nothing_more_while_nothing_changes(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    with daemon(tmp_path, *options(pushed, token)) as one:
        first = one.said("new revision") or eventually(lambda: one.said("new revision"))
        eventually(lambda: last(pushed, first[0]["revision"]) == "success")
        commit = pushed.push("1")
        eventually(lambda: last(pushed, commit) == "success")
        polls = one.metric('reconciler_polls_total{result="ok"}')
        eventually(lambda: one.metric('reconciler_polls_total{result="ok"}') >= polls + 2)
        assert one.end() == 0
    assert [state for state, _ in reversed(shown(pushed.forge, pushed.path, commit))] in (["pending", "success"], ["success"])
    assert shown(pushed.forge, pushed.path, commit)[0][1] == "2 objects on 3 members as declared."
    assert token.read_text() not in one.log_file.read_text()


def test_a_revision_that_cannot_be_read_fails_with_the_reason(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        broken = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: [\n"
        pushed.clone.write({"reconciler.yaml": broken})
        commit = pushed.push("1")
        eventually(lambda: last(pushed, commit) == "failure")
        assert "reconciler.yaml" in shown(pushed.forge, pushed.path, commit)[0][1]
        assert pushed.values() == ["0"] * 3
        pushed.clone.remove("reconciler.yaml").write({"policy-2.yaml": "kind: [\n"})
        commit = pushed.push("2")
        eventually(lambda: last(pushed, commit) == "failure")
        assert shown(pushed.forge, pushed.path, commit)[0][1].startswith("policy-2.yaml:")
        assert pushed.values() == ["2"] * 3


def test_a_token_that_is_refused_holds_up_nothing_and_may_rotate(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    good = token.read_text()
    token.write_text("not-a-token-of-this-forge")
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        assert pushed.values() == ["0"] * 3
        (said,) = eventually(lambda: one.said("cannot tell"))
        assert ("401" in said["error"], "token" in said["remedy"]) == (True, True)
        token.write_text(good)
        commit = pushed.push("1")
        eventually(lambda: last(pushed, commit) == "success")
        assert good not in one.log_file.read_text()
        assert one.metric('reconciler_notifications_total{result="failed",to="gitea"}') >= 1


def test_an_account_that_may_not_push_to_the_protected_branch_is_enough(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    """It pushes the status branch and sets statuses; what is followed is protected from it by the forge."""
    user = pushed.forge.request("GET", f"/repos/{pushed.path}/collaborators")[0]["login"]
    pushed.forge.protect(pushed.path, "main", enable_push=True, enable_push_whitelist=True, push_whitelist_usernames=["ada"])
    narrow = pushed.forge.remote(pushed.path, user, token.read_text())
    with daemon(tmp_path, *options(pushed, token, narrow)) as one:
        one.settle()
        commit = pushed.push("1")
        eventually(lambda: last(pushed, commit) == "success")
        eventually(lambda: len(one.said("recorded")) >= 2)
        assert one.end() == 0
    assert pushed.clone.git("ls-remote", narrow, "refs/heads/reconciler/status")
    pushed.clone.commit("By the account of the reconciler")
    with pytest.raises(AssertionError, match="protected branch"):
        pushed.clone.git("push", narrow, "HEAD:main")


def test_a_group_of_a_rollout_waits_for_the_commit_status_of_somebody_else(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    groups = [{"name": "first", "clusters": ["m1"]}, {"name": "rest", "approval": {"status": "qa/passed"}}]
    pushed.clone.write({"reconciler.yaml": configuration("reconciler", rollout={"groups": groups})})
    pushed.push("0")
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        commit = pushed.push("1")
        eventually(lambda: pushed.values() == ["1", "0", "0"])
        pushed.forge.set_status(pushed.path, commit, "qa/passed", "pending")
        pushed.forge.set_status(pushed.path, commit, "another", "success")
        polls = one.metric('reconciler_polls_total{result="ok"}')
        eventually(lambda: one.metric('reconciler_polls_total{result="ok"}') >= polls + 12, seconds=60)
        assert pushed.values() == ["1", "0", "0"]
        pushed.forge.set_status(pushed.path, commit, "qa/passed", "success")
        eventually(lambda: pushed.values() == ["1", "1", "1"], seconds=60)
        assert one.end() == 0

"""A push to a real forge is applied by the forge's own webhook: the interval is an hour, so nothing else would do it in time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forge.pushed import Pushed
from tests.support.daemon import Daemon, daemon
from tests.support.servers import eventually


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "webhook-secret"
    file.write_text(secrets.token_hex(32))
    return file


@pytest.fixture
def following(pushed: Pushed, secret: Path, tmp_path: Path) -> Iterator[Daemon]:
    """`run` that has applied the first revision, and to which the forge sends its pushes."""
    where = ("--repo", pushed.forge.remote(pushed.path), "--cache", str(tmp_path / "cache"))
    webhooks = ("--webhook-listen", "127.0.0.1:0", "--webhook-secret-file", str(secret))
    with daemon(tmp_path, *where, "--member-root", str(pushed.members), *webhooks, interval="1h") as one:
        one.settle()
        assert pushed.values() == ["0"] * 3
        pushed.forge.add_webhook(pushed.path, address(one), secret.read_text())
        yield one


def address(one: Daemon) -> str:
    return f"http://127.0.0.1:{one.said('started')[0]['webhook_port']}/webhook"


def outcomes(one: Daemon) -> list[str]:
    return [line["outcome"] for line in one.said("webhook") + one.said("webhook refused")]


def test_a_push_is_applied_without_waiting_for_the_interval(pushed: Pushed, following: Daemon) -> None:
    commit = pushed.push("1")
    eventually(lambda: pushed.values() == ["1"] * 3)
    assert following.metric('reconciler_webhooks_total{forge="gitea",outcome="accepted"}') == 1
    assert following.said("new revision")[-1]["revision"] == commit
    # The forge tells us about the status that we push, too: that does not make us fetch.
    eventually(lambda: "other-branch" in outcomes(following))
    polls = following.metric('reconciler_polls_total{result="ok"}')
    pushed.push("topic", branch="topic")
    eventually(lambda: any(line["detail"] == "refs/heads/topic" for line in following.said("webhook")))
    assert following.metric('reconciler_polls_total{result="ok"}') == polls
    assert pushed.values() == ["1"] * 3


def test_a_secret_that_the_forge_does_not_have_makes_nobody_fetch_until_it_rotates(
    pushed: Pushed, following: Daemon, secret: Path
) -> None:
    old = secret.read_text()
    secret.write_text(secrets.token_hex(32))
    pushed.push("1")
    eventually(lambda: outcomes(following)[-1:] == ["unauthorized"])
    assert pushed.values() == ["0"] * 3
    secret.write_text(f"{secret.read_text()}\n{old}\n")
    pushed.push("2")
    eventually(lambda: pushed.values() == ["2"] * 3)
    assert old not in following.log_file.read_text()


def test_a_burst_of_pushes_ends_with_the_last_one(pushed: Pushed, following: Daemon) -> None:
    for number in range(8):
        pushed.push(str(number))
    eventually(lambda: pushed.values() == ["7"] * 3)
    eventually(lambda: outcomes(following).count("accepted") == 8)

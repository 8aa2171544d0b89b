"""From what happened to what arrives: recorded exchanges with a forge and with all forms of notifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.notify.forge_api import ForgeKind, address_of
from reconciler.notify.notifications import NotificationForm
from reconciler.notify.notifier import Listener, NewsRecipient, Notifier, StatusRecipient, notifying
from reconciler.notify.secret_file import SecretFile
from reconciler.passes.passes import Pass
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP
from tests.unit.notify.recorder import Recorder, recording

GOOD, BAD = "a" * 40, "b" * 40
REPOSITORY = "https://git.example.com/org/config.git"
BROKEN = ReconcilerError("reconciler.yaml:3: this is not YAML")


class Log:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []

    @property
    def listener(self) -> Listener:
        return Listener(
            lambda to, line: self.sent.append((to, line)), lambda to, _, error, __: self.failed.append((to, str(error)))
        )


@pytest.fixture
async def done() -> Pass:
    return await Playground("m1", "m2", "m3").sync(SHOP)


@asynccontextmanager
async def opened(
    folder: Path, recorder: Recorder, log: Log, *forms: NotificationForm, forge: bool = False
) -> AsyncIterator[Notifier]:
    (folder / "token").write_text("the-token")
    (folder / "target").write_text(f"{recorder.url}/hook\n0123456789abcdef\n")
    statuses = StatusRecipient(address_of(ForgeKind.GITHUB, REPOSITORY, recorder.url), SecretFile(folder / "token"), "reconciler")
    recipients = [NewsRecipient(form, SecretFile(folder / "target")) for form in forms]
    async with notifying(REPOSITORY, statuses if forge else None, recipients, log.listener) as notifier:
        yield notifier


async def eventually(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- what is waited for is no event
            await asyncio.sleep(0.005)


async def test_a_commit_is_pending_and_then_a_success(tmp_path: Path, done: Pass) -> None:
    log = Log()
    async with recording() as recorder, opened(tmp_path, recorder, log, forge=True) as notifier:
        notifier.begun(GOOD)
        await eventually(lambda: len(log.sent) == 1)
        for _ in range(3):
            notifier.passed(GOOD, done, newest=GOOD)
        await eventually(lambda: len(log.sent) == 2)
        assert [body["state"] for body in recorder.bodies] == ["pending", "success"]
        assert {path for path, _, _ in recorder.requests} == {f"/repos/org/config/statuses/{GOOD}"}


async def test_a_commit_that_is_replaced_before_it_is_ready_says_so(tmp_path: Path, done: Pass) -> None:
    log = Log()
    async with recording() as recorder, opened(tmp_path, recorder, log, forge=True) as notifier:
        notifier.begun(GOOD)
        await eventually(lambda: len(log.sent) == 1)
        notifier.begun(BAD)
        notifier.passed(BAD, done, newest=BAD)
        await eventually(lambda: len(log.sent) == 3)
        notifier.begun("c" * 40)
        await eventually(lambda: len(log.sent) == 4)
        told = [
            (path[-1], body["state"], body["description"][:8])
            for (path, _, _), body in zip(recorder.requests, recorder.bodies, strict=True)
        ]
    assert told[:2] == [("a", "pending", "This rev"), ("a", "pending", "Replaced")]
    assert told[2:] == [("b", "success", told[2][2]), ("c", "pending", "This rev")]


async def test_an_error_that_may_go_away_is_no_failure_of_the_commit(tmp_path: Path, done: Pass) -> None:
    log = Log()
    async with recording() as recorder, opened(tmp_path, recorder, log, forge=True) as notifier:
        notifier.refused(GOOD, TemporaryError("the remote does not answer"))
        notifier.refused("", BROKEN)
        notifier.passed(GOOD, done, newest=GOOD)
        await eventually(lambda: log.sent)
        assert [body["state"] for body in recorder.bodies] == ["success"]


async def test_people_are_told_of_a_failure_once_and_of_its_end(tmp_path: Path, done: Pass) -> None:
    """While the last good revision stays in force, its passes do not say that all is well."""
    log = Log()
    async with recording() as recorder, opened(tmp_path, recorder, log, NotificationForm.SLACK) as notifier:
        notifier.begun(GOOD)
        notifier.passed(GOOD, done, newest=GOOD)
        for _ in range(3):
            notifier.refused(BAD, BROKEN)
            notifier.passed(GOOD, done, newest=BAD)
        await eventually(lambda: len(log.sent) == 1)
        notifier.passed(GOOD, done, newest=GOOD)
        notifier.passed(GOOD, done, newest=GOOD)
        await eventually(lambda: len(log.sent) == 2)
        first, last = recorder.bodies
        assert "is not as declared: Not applied: reconciler.yaml:3" in first["text"]
        assert "is as declared again" in last["text"]


async def test_all_forms_get_theirs_and_one_that_refuses_holds_up_no_other(tmp_path: Path) -> None:
    log = Log()
    async with recording() as recorder, opened(tmp_path, recorder, log, *NotificationForm, forge=True) as notifier:
        recorder.answers = [(404, "no such hook")]
        notifier.refused(BAD, BROKEN)
        await eventually(lambda: len(log.sent) == 3 and len(log.failed) == 1)
        paths = sorted(path for path, _, _ in recorder.requests)
        assert paths == ["/hook", "/hook", "/hook/api/v2/alerts", f"/repos/org/config/statuses/{BAD}"]
        assert "404 no such hook" in log.failed[0][1]
        assert "/hook" not in log.failed[0][1], "the path may be a secret"


async def test_without_recipients_nothing_happens(done: Pass) -> None:
    async with notifying(REPOSITORY, None, (), Log().listener) as notifier:
        notifier.begun(GOOD)
        notifier.refused(GOOD, BROKEN)
        notifier.passed(GOOD, done, newest=GOOD)
    assert notifier == Notifier()

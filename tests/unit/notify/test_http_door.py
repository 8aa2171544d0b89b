"""What an answer of a forge means: done, refused, or worth another attempt."""

from __future__ import annotations

import pytest

from reconciler.notify.commit_status import CommitStatus, State
from reconciler.notify.forge_api import ForgeKind, address_of, status_request
from reconciler.notify.http_door import HttpDoor, NoAnswerError, RefusedError
from reconciler.notify.request import Request
from tests.unit.notify.recorder import Recorder, recording

COMMIT, TOKEN = "9049f1265b7d61be4a8904a9a27120d2064dab3b", "the-token"
STATUS = CommitStatus(COMMIT, State.FAILURE, "m2: does not answer")


async def post(recorder: Recorder, kind: ForgeKind = ForgeKind.GITHUB) -> None:
    address = address_of(kind, "https://forge.example.com/org/config.git", f"{recorder.url}/api/v4")
    async with HttpDoor() as door:
        await door.post(status_request(address, TOKEN, STATUS, "reconciler"))


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        (
            ForgeKind.GITHUB,
            f"/api/v4/repos/org/config/statuses/{COMMIT}",
            {"state": "failure", "context": "reconciler", "description": "m2: does not answer"},
        ),
        (
            ForgeKind.GITLAB,
            f"/api/v4/projects/org%2Fconfig/statuses/{COMMIT}",
            {"state": "failed", "name": "reconciler", "description": "m2: does not answer"},
        ),
    ],
)
async def test_what_is_sent_is_what_the_forge_documents(kind: ForgeKind, path: str, body: dict[str, str]) -> None:
    async with recording() as recorder:
        await post(recorder, kind)
        ((sent_path, headers, _),) = recorder.requests
        assert (sent_path, recorder.bodies) == (path, [body])
        assert (headers["content-type"], headers["user-agent"]) == ("application/json", "reconciler")


@pytest.mark.parametrize("status", [401, 403, 404, 422, 302, 307])
async def test_a_refusal_needs_a_person(status: int) -> None:
    """A redirect does, too: it could lead the token elsewhere."""
    async with recording() as recorder:
        recorder.answers = [(status, '{"message": "no"}')]
        with pytest.raises(RefusedError) as refused:
            await post(recorder)
        assert (str(status) in refused.value.message, refused.value.temporary, bool(refused.value.remedy)) == (True, False, True)
        assert len(recorder.requests) == 1
        assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_trouble_may_go_away(status: int) -> None:
    async with recording() as recorder:
        recorder.answers = [(status, "busy\n" * 1000)]
        with pytest.raises(NoAnswerError) as refused:
            await post(recorder)
        assert len(refused.value.message) < 300


async def test_nobody_listens() -> None:
    async with recording() as recorder:
        pass
    with pytest.raises(NoAnswerError, match=r"127\.0\.0\.1"):
        await post(recorder)


async def test_gitlab_has_the_state_already() -> None:
    async with recording() as recorder:
        said = '{"message":"Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition)"}'
        recorder.answers = [(400, said), (400, said)]
        await post(recorder, ForgeKind.GITLAB)
        with pytest.raises(RefusedError):
            await post(recorder, ForgeKind.GITHUB)


async def test_an_answer_that_is_asked_for_is_a_document() -> None:
    async with recording() as recorder, HttpDoor() as door:
        recorder.answers = [(200, '[{"id": 1}]'), (204, ""), (200, "<html>"), (404, "{}"), (200, f'"{"x" * 200_000}"')]
        question = Request(f"{recorder.url}/keys", None, {}, method="GET")
        assert await door.ask(question) == [{"id": 1}]
        assert await door.ask(question) is None
        with pytest.raises(RefusedError, match="not JSON"):
            await door.ask(question)
        with pytest.raises(RefusedError) as refused:
            await door.ask(question)
        assert refused.value.status == 404
        assert len(await door.ask(question)) == 200_000
        assert {body for _, _, body in recorder.requests} == {b""}


async def test_an_answer_that_is_too_long_or_too_deep_is_refused() -> None:
    async with recording() as recorder, HttpDoor() as door:
        recorder.answers = [(200, f'"{"ü" * 5_000_000}"'), (200, "[" * 100_000)]
        question = Request(f"{recorder.url}/keys", None, {}, method="GET")
        for why in ("longer than 8 MiB", "not JSON"):
            with pytest.raises(RefusedError, match=why):
                await door.ask(question)

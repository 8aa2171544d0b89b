"""The receiver over HTTP: who makes the loop fetch, and what everybody else gets."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from reconciler.daemon import http_server, webhook, webhook_limits, webhook_repeats
from reconciler.daemon.log import logger
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.webhook import MOST, PATH, Followed, Outcome, Receiver, receiving
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.notify.secret_file import SecretFile
from reconciler.notify.standard_webhooks import signature_of

SECRET, OTHER = "0123456789abcdef", "fedcba9876543210"
FOLLOWED = Followed(("https://github.com/org/config.git",), "main", "reconciler/status")


def push(ref: str = "refs/heads/main", repository: str = "org/config", number: int = 0) -> bytes:
    return json.dumps({"ref": ref, "repository": {"full_name": repository}, "after": number}).encode()


def signed(body: bytes, secret: str = SECRET, event: str = "push") -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={digest}", "X-GitHub-Delivery": "1"}


@dataclass
class Door:
    """A running receiver, and what it did."""

    file: Path
    fetches: int = 0
    looks_elsewhere: int = 0
    followed: Followed = FOLLOWED
    text: io.StringIO = field(default_factory=io.StringIO)
    metrics: Metrics = field(default_factory=Metrics)
    port: int = 0

    trouble: ReconcilerError | None = None
    """Why another process cannot be told."""

    async def fetch(self) -> Outcome:
        if self.trouble is not None:
            raise self.trouble
        self.fetches += 1
        return Outcome.ACCEPTED

    def look_elsewhere(self) -> None:
        self.looks_elsewhere += 1

    async def post(self, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.port}{PATH}"
        async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    def counted(self, outcome: Outcome, forge: str = "github") -> bool:
        return f'reconciler_webhooks_total{{forge="{forge}",outcome="{outcome}"}} 1.0' in self.metrics.text().decode()

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.text.getvalue().splitlines()) if line["event"] == event]


@asynccontextmanager
async def opened(folder: Path, proxies: int = 0) -> AsyncIterator[Door]:
    door = Door(folder / "secret")
    door.file.write_text(f"{SECRET}\n")
    log = logger(as_json=True, to=door.text)
    secret, metrics = SecretFile(door.file, at_least=16), door.metrics
    receiver = Receiver(secret, lambda: door.followed, door.fetch, log, metrics, door.look_elsewhere, proxies)
    async with receiving("127.0.0.1:0", receiver) as door.port:
        yield door


async def test_a_push_to_the_followed_branch_makes_one_fetch(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        body = push()
        assert await door.post(body, signed(body)) == (202, "accepted: the repository is read now\n")
        assert (door.fetches, door.counted(Outcome.ACCEPTED)) == (1, True)
        (line,) = door.logged("webhook")
        assert (line["forge"], line["outcome"], line["source"], line["detail"]) == (
            "github", "accepted", "127.0.0.1", "refs/heads/main",
        )  # fmt: skip
        assert (await door.post(other := push(number=1), signed(other)))[0] == 202
        assert door.fetches == 2


async def test_a_push_to_a_repository_whose_files_belong_to_it_looks_there_whatever_the_branch(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        door.followed = replace(FOLLOWED, elsewhere=("https://github.com/org/shared.git",))
        for number, (repository, looks) in enumerate([("org/config", 0), ("org/other", 0), ("org/shared", 1)]):
            body = push("refs/heads/dev" if repository == "org/shared" else "refs/heads/main", repository, number)
            assert (await door.post(body, signed(body)))[0] == 202
            assert door.looks_elsewhere == looks, repository
        assert door.fetches == 2
        assert door.counted(Outcome.OTHER_REPOSITORY)


async def test_the_same_body_again_makes_one_fetch_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To B, back to A, and to B again: the same body, and the last one is no replay."""
    monkeypatch.setattr(webhook_repeats, "PAUSE", 0.3)
    async with opened(tmp_path) as door:
        there, back = push(number=2), push(number=1)
        for body in (there, back):
            await door.post(body, signed(body))
        assert door.fetches == 2
        assert (await door.post(there, signed(there)))[1] == "accepted: the repository is read now\n"
        for body in (back, there, back):
            again = await door.post(body, {**signed(body), "X-GitHub-Delivery": "another"})
            assert again == (202, "received before: the repository is read within a minute\n")
        assert door.fetches == 3
        async with asyncio.timeout(10):
            while door.fetches < 4:  # noqa: ASYNC110 -- the receiver has no event for it
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.4)
        assert door.fetches == 4


async def test_a_recorded_request_stays_known_when_it_is_sent_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_limits, "_BURST", 3.0)
    monkeypatch.setattr(webhook_limits, "_PER_SECOND", 0.001)
    async with opened(tmp_path, proxies=1) as door:
        body = push()
        answers = [await door.post(body, {**signed(body), "X-Forwarded-For": "192.0.2.1"}) for _ in range(4)]
        assert answers[-1] == (429, "too many requests\n")
        fetches = door.fetches
        again = await door.post(body, {**signed(body), "X-Forwarded-For": "192.0.2.2"})
        assert again == (202, "received before: the repository is read within a minute\n")
        assert door.fetches == fetches


async def test_a_delivery_with_a_signed_id_counts_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        body, moment = b"", str(int(time.time()))
        headers = {"webhook-id": "1", "webhook-timestamp": moment, "webhook-signature": signature_of(SECRET, "1", moment, body)}
        assert (await door.post(body, headers))[0] == 202
        assert (await door.post(body, headers))[1] == "ignored: this delivery was received before\n"
        assert (door.fetches, door.counted(Outcome.REPLAYED, "signed")) == (1, True)


async def test_a_leader_that_cannot_be_told_is_told_by_the_same_delivery_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        body = push()
        door.trouble = TemporaryError("the API server does not answer")
        assert (await door.post(body, signed(body)))[0] == 503
        assert door.logged("webhook refused")[0]["detail"] == "the API server does not answer"
        door.trouble = None
        assert (await door.post(body, signed(body)))[0] == 202
        assert (door.fetches, door.counted(Outcome.UNRELAYED)) == (1, True)


@pytest.mark.parametrize(
    ("body", "event", "outcome"),
    [
        (push("refs/heads/topic"), "push", Outcome.OTHER_BRANCH),
        (push("refs/heads/reconciler/status"), "push", Outcome.OTHER_BRANCH),
        (push(repository="org/other"), "push", Outcome.OTHER_REPOSITORY),
        (b'{"zen": "Half measures are as bad as nothing at all."}', "ping", Outcome.OTHER_EVENT),
    ],
)
async def test_what_is_not_about_us_is_answered_and_ignored(tmp_path: Path, body: bytes, event: str, outcome: Outcome) -> None:
    async with opened(tmp_path) as door:
        status, text = await door.post(body, signed(body, event=event))
        assert (status, text.startswith("ignored: ")) == (202, True)
        assert (door.fetches, door.counted(outcome)) == (0, True)


async def test_without_the_secret_nobody_makes_us_fetch(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        body = push()
        unsigned = {"X-GitHub-Event": "push"}
        for headers in (unsigned, signed(body, OTHER), signed(body + b" "), {"X-Gitlab-Event": "Push Hook"}, {}):
            assert await door.post(body, headers) == (401, "no valid signature\n")
        assert (await door.post(b"not json", {**unsigned, "X-Hub-Signature-256": "sha256=12"}))[0] == 401
        assert door.fetches == 0
        assert (door.counted(Outcome.UNAUTHORIZED, "gitlab"), door.counted(Outcome.UNAUTHORIZED, "unknown")) == (True, True)
        assert len(door.logged("webhook refused")) == 1, "strangers do not fill the log"
        assert (await door.post(b"not json", signed(b"not json")))[0] == 400


async def test_a_secret_rotates_without_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        door.file.write_text(f"{OTHER}\n{SECRET}\n")
        assert [(await door.post(body := push(number=n), signed(body, by)))[0] for n, by in enumerate((SECRET, OTHER))] == [
            202
        ] * 2
        door.file.write_text(f"{OTHER}\n")
        assert [(await door.post(body := push(number=n), signed(body, by)))[0] for n, by in ((2, SECRET), (3, OTHER))] == [
            401,
            202,
        ]
        door.file.unlink()
        assert (await door.post(body, signed(body, OTHER)))[0] == 503
        assert str(door.file) in door.logged("webhook refused")[0]["detail"] or door.counted(Outcome.UNCHECKED)
        assert door.fetches == 3


async def test_a_body_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    """With a length in its header, and without one."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * MOST

    async with opened(tmp_path) as door:
        big = b" " * (MOST + 1)
        assert (await door.post(io.BytesIO(big), signed(big)))[0] == 413
        with suppress(aiohttp.ClientConnectionError):  # The server may close the connection while the client still writes.
            assert (await door.post(chunks(), signed(big)))[0] == 413
        assert (sent < 64, door.fetches) == (True, 0)
        assert 'outcome="too-large"} 2.0' in door.metrics.text().decode()
        exact = push() + b" " * (MOST - len(push()))
        assert (await door.post(io.BytesIO(exact), signed(exact)))[0] == 202


async def test_a_slow_body_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_SECONDS", 0.05)
    async with opened(tmp_path) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: push\r\nContent-Length: 10\r\n\r\n{")
        assert b"408" in await reader.readline()
        writer.close()
        assert door.counted(Outcome.TOO_SLOW)


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 100\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"A: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
    ids=["cut off", "no chunks", "not compressed", "a long header"],
)
async def test_what_cannot_be_read_leaves_no_traceback(tmp_path: Path, caplog: pytest.LogCaptureFixture, sent: bytes) -> None:
    """Strangers would fill the log with them."""
    async with opened(tmp_path) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: push\r\n" + sent)
        await writer.drain()
        writer.close()
        body = push()
        assert (await door.post(body, signed(body)))[0] == 202
    assert caplog.records == []
    assert len(door.logged("webhook refused")) <= 1


async def test_connections_of_strangers_are_limited_in_number_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a file descriptor, of which git and the members need some, too."""
    monkeypatch.setattr(http_server, "_CONNECTIONS", 5)
    monkeypatch.setattr(http_server, "_IDLE", 0.2)
    async with opened(tmp_path) as door:
        pairs = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(8)]
        for _, writer in pairs:
            writer.write(b"POST /webh")
        async with asyncio.timeout(20):
            ends = [await reader.read() for reader, _ in pairs]
        assert ends == [b""] * 8, "those beyond the limit at once, the others because no request came"
        for _, writer in pairs:
            writer.close()
        body = push()
        assert (await door.post(body, signed(body)))[0] == 202


async def test_a_compressed_body_is_not_decompressed(tmp_path: Path) -> None:
    """What is signed is what is sent; and 50 kB can be 50 MB."""
    async with opened(tmp_path) as door:
        body = gzip.compress(push())
        assert (await door.post(body, {**signed(body), "Content-Encoding": "gzip"}))[0] == 400
        body = gzip.compress(b" " * 50 * MOST)
        assert (await door.post(body, {**signed(body, OTHER), "Content-Encoding": "gzip"}))[0] == 401


async def test_a_defect_is_logged_with_its_reference(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        door.followed = None  # type: ignore[assignment]
        body = push()
        assert (await door.post(body, signed(body)))[0] == 500
        assert "internal error" in door.logged("webhook refused")[0]["detail"]


async def test_too_many_requests_of_one_source_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_limits, "_BURST", 3.0)
    monkeypatch.setattr(webhook_limits, "_PER_SECOND", 0.001)
    async with opened(tmp_path) as door:
        body = push()
        assert [(await door.post(body, signed(body, OTHER)))[0] for _ in range(4)] == [401, 401, 401, 429]
        assert (await door.post(body, signed(body)))[0] == 429, "who it is, is not known before the body is read"
        assert 'outcome="too-many"} 2.0' in door.metrics.text().decode()


async def test_requests_received_before_count_as_those_of_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_limits, "_BURST", 3.0)
    monkeypatch.setattr(webhook_limits, "_PER_SECOND", 0.001)
    async with opened(tmp_path) as door:
        body = push("refs/heads/topic")
        assert [(await door.post(body, signed(body)))[0] for _ in range(5)] == [202, 202, 202, 202, 429]


async def test_pushes_of_agents_take_nothing_from_those_to_the_followed_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_limits, "_BURST", 3.0)
    monkeypatch.setattr(webhook_limits, "_PER_SECOND", 0.001)
    async with opened(tmp_path) as door:
        for number in range(20):
            body = push(f"refs/heads/reconciler/members/m{number}", number=number)
            assert (await door.post(body, signed(body)))[0] == 202
        assert len(door.logged("webhook")) == 3, "they do not fill the log either"
        assert [(await door.post(body := push(number=n), signed(body)))[0] for n in range(5)] == [202, 202, 202, 429, 429]
        assert door.fetches == 3


async def test_behind_a_proxy_each_sender_has_its_own_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_limits, "_BURST", 1.0)
    monkeypatch.setattr(webhook_limits, "_PER_SECOND", 0.001)
    async with opened(tmp_path, proxies=1) as door:
        body = push()
        senders = ("1.1.1.1", "1.1.1.1", "forged, 1.1.1.1", "2.2.2.2")
        wrong = signed(body, OTHER)
        assert [(await door.post(body, {**wrong, "X-Forwarded-For": sender}))[0] for sender in senders] == [401, 429, 429, 401]
        assert (await door.post(body, {**signed(body), "X-Forwarded-For": "3.3.3.3"}))[0] == 202
        assert {line["source"] for line in door.logged("webhook")} == {"3.3.3.3"}


async def test_too_many_bodies_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_AT_ONCE", 1)
    release = asyncio.Event()

    async def slow(body: bytes) -> AsyncIterator[bytes]:
        yield body[:1]
        await release.wait()
        yield body[1:]

    async with opened(tmp_path) as door:
        body = push()
        first = asyncio.create_task(door.post(slow(body), signed(body)))
        async with asyncio.timeout(10):
            while (await door.post(body, signed(body, OTHER)))[0] != 429:
                pass
        release.set()
        assert (await first)[0] == 202
        assert (await door.post(body, signed(body, OTHER)))[0] == 401


async def test_what_is_followed_is_asked_at_each_request(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        door.followed = replace(FOLLOWED, branch="next")
        assert [await status_of(door, ref) for ref in ("main", "next")] == [(202, 0), (202, 1)]


async def status_of(door: Door, ref: str) -> tuple[int, int]:
    body = push(f"refs/heads/{ref}")
    return (await door.post(body, signed(body)))[0], door.fetches


async def test_nothing_else_is_served(tmp_path: Path) -> None:
    """Metrics and probes stay on the other address."""
    async with opened(tmp_path) as door, aiohttp.ClientSession() as session:
        for path in ("/metrics", "/healthz", "/readyz", "/", PATH):
            async with session.get(f"http://127.0.0.1:{door.port}{path}") as answer:
                assert answer.status in (404, 405)


def test_all_outcomes_have_answers() -> None:
    outcomes: Iterable[Outcome] = Outcome
    assert set(webhook._ANSWERS) == set(outcomes)

"""The receiver of webhooks: a push to the forge makes the loop fetch at once, in place of at the end of its interval.

It has an address of its own, because it is what a forge outside of the cluster must reach; metrics and probes are not. A request
is limited in number, time and size before it is read, and checked before it is parsed. It only asks the loop to fetch: what is
applied is read from the repository, not from the request. Requests during a fetch cause one more fetch together. A process that
stands by receives them, too, and tells the one that leads by the lease.

Three limits for each source, so that none uses up another's: requests that are not authentic or were received before; pushes to
what is followed; and the lines in the log about all others, such as the pushes of a thousand agents to their branches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from reconciler.daemon.http_server import listening
from reconciler.daemon.log import Log
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.webhook_forms import Form, MalformedError, Push, form_of, is_about, moves, push_of
from reconciler.daemon.webhook_limits import Deliveries, RateLimit, source_of
from reconciler.daemon.webhook_repeats import Repeats
from reconciler.daemon.webhook_signatures import delivery_of, is_authentic, is_standard
from reconciler.errors import ReconcilerError
from reconciler.notify.secret_file import SecretError, SecretFile
from reconciler.passes.defects import describe

PATH = "/webhook"
MOST = 1024 * 1024
"""Bytes of a body."""
_SECONDS = 10.0
"""How long a sender may take for its body."""
_AT_ONCE = 32
"""Requests whose bodies are held at the same time."""
_RETRY_AFTER = "1"
"""Seconds, for senders above a limit: each limit allows one more request in a second."""
_QUIET = 60.0
"""Seconds between two lines of the log about refused requests: strangers do not fill the log."""


class Outcome(StrEnum):
    """What became of a request. The values are labels of a metric."""

    ACCEPTED = "accepted"
    RELAYED = "relayed"
    STANDING_BY = "standing-by"
    UNRELAYED = "unrelayed"
    OTHER_EVENT = "other-event"
    OTHER_REPOSITORY = "other-repository"
    OTHER_BRANCH = "other-branch"
    REPLAYED = "replayed"
    REPEATED = "repeated"
    MALFORMED = "malformed"
    FAILED = "failed"
    UNAUTHORIZED = "unauthorized"
    UNCHECKED = "unchecked"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    """For the list of deliveries that a forge shows."""


_ANSWERS: Mapping[Outcome, _Answer] = {
    Outcome.ACCEPTED: _Answer(202, "accepted: the repository is read now"),
    Outcome.RELAYED: _Answer(202, "accepted: the process that leads reads the repository"),
    Outcome.STANDING_BY: _Answer(202, "ignored: this process stands by; the one that leads has an address of its own"),
    Outcome.UNRELAYED: _Answer(503, "this process stands by, and could not tell the one that leads"),
    Outcome.OTHER_EVENT: _Answer(202, "ignored: this event is not a push"),
    Outcome.OTHER_REPOSITORY: _Answer(202, "ignored: this is another repository than the one that is followed"),
    Outcome.OTHER_BRANCH: _Answer(202, "ignored: this is another branch than the one that is followed"),
    Outcome.REPLAYED: _Answer(202, "ignored: this delivery was received before"),
    Outcome.REPEATED: _Answer(202, "received before: the repository is read within a minute"),
    Outcome.MALFORMED: _Answer(400, "the body cannot be read"),
    Outcome.FAILED: _Answer(500, "an error in the receiver; see its log"),
    Outcome.UNAUTHORIZED: _Answer(401, "no valid signature"),
    Outcome.UNCHECKED: _Answer(503, "the secret of this receiver cannot be read"),
    Outcome.TOO_LARGE: _Answer(413, "the body is larger than 1 MiB"),
    Outcome.TOO_SLOW: _Answer(408, "the body did not arrive in time"),
    Outcome.TOO_MANY: _Answer(429, "too many requests"),
}
_REFUSED = tuple(outcome for outcome, answer in _ANSWERS.items() if answer.status >= 400)
_IGNORED = (Outcome.OTHER_EVENT, Outcome.OTHER_REPOSITORY, Outcome.OTHER_BRANCH, Outcome.REPLAYED, Outcome.REPEATED)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a push must be about to make us fetch."""

    places: tuple[str, ...]
    """URLs or folders of the repository."""
    branch: str
    """Empty where it is not known."""
    status_branch: str
    """To which this program pushes."""
    elsewhere: tuple[str, ...] = ()
    """URLs of the other repositories whose files belong to the revision."""


@dataclass(slots=True)
class Receiver:
    secrets: SecretFile
    followed: Callable[[], Followed]
    fetch: Callable[[], Awaitable[Outcome]]
    """Makes the process that leads read the repository: ACCEPTED if it is this one, RELAYED or STANDING_BY. Raises
    ReconcilerError where another one leads and cannot be told."""
    log: Log
    metrics: Metrics
    look_elsewhere: Callable[[], None] = lambda: None
    """Called after a push to one of the other repositories."""
    proxies: int = 0
    """How many proxies of ours a request passes, such as an Ingress; each of them adds to `X-Forwarded-For`."""
    _strangers: RateLimit = field(default_factory=RateLimit)
    """For requests that are not authentic, or were received before. Each one counts until it is known."""
    _pushes: RateLimit = field(default_factory=RateLimit)
    """For those about what is followed."""
    _lines: RateLimit = field(default_factory=RateLimit)
    """For lines of the log about requests without effect."""
    _deliveries: Deliveries = field(default_factory=Deliveries)
    """Those about what is followed."""
    _others: Deliveries = field(default_factory=Deliveries)
    """All others. A memory of their own, because they are many."""
    _repeats: Repeats = field(init=False)
    _reading: int = 0
    """Requests whose bodies are being read."""
    _next_line: float = 0.0
    """When the next line about a refused request may be logged, by the monotonic clock."""
    _unlogged: int = 0
    """Refused requests since the last line."""

    def __post_init__(self) -> None:
        self._repeats = Repeats(self._fetch_late)

    async def receive(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        form = form_of(headers)
        source = source_of(request.remote or "", ",".join(request.headers.getall("X-Forwarded-For", [])), self.proxies)
        is_allowed = not self._strangers.wait(source, time.monotonic())
        try:
            outcome, detail = await self._outcome(request, form, headers, source) if is_allowed else (Outcome.TOO_MANY, "")
        except Exception as error:  # Nobody else logs it (`listening`).
            outcome, detail = Outcome.FAILED, describe(error)
        self._tell(outcome, form, source, detail)
        answer = _ANSWERS[outcome]
        response = web.Response(status=answer.status, text=f"{answer.text}\n")
        if outcome is Outcome.TOO_MANY:
            response.headers["Retry-After"] = _RETRY_AFTER
        if outcome in _REFUSED:
            response.force_close()  # Nobody reads the rest of a body that is too large.
        return response

    async def close(self) -> None:
        await self._repeats.close()

    async def _outcome(
        self, request: web.Request, form: Form | None, headers: Mapping[str, str], source: str
    ) -> tuple[Outcome, str]:
        """And a detail for the log."""
        if form is None:
            return Outcome.UNAUTHORIZED, "the headers are of no known forge"
        if self._reading >= _AT_ONCE:
            return Outcome.TOO_MANY, ""
        self._reading += 1
        try:
            async with asyncio.timeout(_SECONDS):
                body = await _read(request)
        except TimeoutError:
            return Outcome.TOO_SLOW, ""
        except (web.RequestPayloadError, HttpProcessingError, ClientError, OSError):
            return Outcome.MALFORMED, "the body did not arrive as a whole"
        finally:
            self._reading -= 1
        if body is None:
            return Outcome.TOO_LARGE, ""
        try:
            secrets = self.secrets.read()
        except SecretError as error:
            return Outcome.UNCHECKED, str(error)
        if not is_authentic(form, headers, body, secrets, time.time()):
            return Outcome.UNAUTHORIZED, ""
        return await self._judge(form, headers, body, source)

    async def _judge(self, form: Form, headers: Mapping[str, str], body: bytes, source: str) -> tuple[Outcome, str]:
        """The outcome of an authentic request."""
        try:
            push = push_of(form, headers, body)
        except MalformedError as error:
            return Outcome.MALFORMED, str(error)
        followed = self.followed()
        ignored, detail = _why_ignored(push, followed)
        delivery, received = delivery_of(form, headers, body), self._others if ignored else self._deliveries
        is_new = received.is_new(delivery, time.monotonic())
        if is_new:
            self._strangers.give_back(source)
        if ignored is not None:
            return ignored, detail
        if not is_new and is_standard(form, headers):
            return Outcome.REPLAYED, detail
        if self._pushes.wait(source, time.monotonic()):
            if is_new:  # Else whoever sends a recorded request too often would make it new again.
                self._deliveries.forget(delivery)
            return Outcome.TOO_MANY, detail
        if not is_new and not self._repeats.is_due():
            return Outcome.REPEATED, detail
        if push is not None and followed.elsewhere and is_about(push, followed.elsewhere):
            self.look_elsewhere()
        try:
            return await self.fetch(), detail
        except ReconcilerError as error:
            self._deliveries.forget(delivery)
            return Outcome.UNRELAYED, error.message

    async def _fetch_late(self) -> None:
        """For requests that were answered before."""
        try:
            await self.fetch()
        except Exception as error:
            self.log.warning("webhook refused", outcome=str(Outcome.UNRELAYED), error=describe(error))

    def _tell(self, outcome: Outcome, form: Form | None, source: str, detail: str) -> None:
        self.metrics.webhook(str(form or "unknown"), str(outcome))
        line = {"forge": str(form or "unknown"), "outcome": str(outcome), "source": source, "detail": detail}
        if outcome in _IGNORED and self._lines.wait(source, time.monotonic()):
            return
        if outcome not in _REFUSED:
            self.log.info("webhook", **line)
        elif time.monotonic() >= self._next_line:
            self.log.warning("webhook refused", **line, refused_before=self._unlogged)
            self._next_line, self._unlogged = time.monotonic() + _QUIET, 0
        else:
            self._unlogged += 1


def _why_ignored(push: Push | None, followed: Followed) -> tuple[Outcome | None, str]:
    """The outcome of a request that is not about what is followed, else None; and a detail for the log."""
    if push is None:
        return Outcome.OTHER_EVENT, ""
    if followed.elsewhere and push.repository and is_about(push, followed.elsewhere):
        return None, " ".join(push.refs[:3])
    if not is_about(push, followed.places):
        return Outcome.OTHER_REPOSITORY, push.repository
    outcome = None if moves(push, followed.branch, but=followed.status_branch) else Outcome.OTHER_BRANCH
    return outcome, " ".join(push.refs[:3])


@asynccontextmanager
async def receiving(address: str, receiver: Receiver | None) -> AsyncIterator[int]:
    """Receives webhooks while the block runs, and yields the port; without a receiver, nothing and 0. Raises ListenError."""
    if receiver is None:
        yield 0
        return
    app = web.Application()
    app.router.add_post(PATH, receiver.receive)
    async with listening(app, address, "--webhook-listen", strangers=True) as port:
        try:
            yield port
        finally:
            await receiver.close()


async def _read(request: web.Request) -> bytes | None:
    """The body; None as soon as it is too large, whatever its header says of its length."""
    if (request.content_length or 0) > MOST:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST:
            return None
    return bytes(body)

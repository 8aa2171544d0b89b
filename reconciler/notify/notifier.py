"""What the loop calls when something happened. It hands that to the recipients, and returns at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.errors import ReconcilerError
from reconciler.notify.commit_status import CommitStatus, State, after_pass, begun, refused, superseded
from reconciler.notify.forge import Forge
from reconciler.notify.forge_api import ForgeAddress, login, status_request
from reconciler.notify.http_door import HttpDoor
from reconciler.notify.notifications import News, NotificationForm, is_told, key_of, request_of
from reconciler.notify.outbox import Outbox
from reconciler.notify.proposed_pull_request import Kept, PullRequest, keep_pull_request
from reconciler.notify.secret_file import SecretFile
from reconciler.passes.passes import Pass


@dataclass(frozen=True, slots=True)
class StatusRecipient:
    """The forge that shows commit statuses, and has pull requests."""

    address: ForgeAddress
    token: SecretFile
    context: str
    """By which the forge tells our statuses from those of others."""


@dataclass(frozen=True, slots=True)
class NewsRecipient:
    """A chat or a tool that gets notifications."""

    form: NotificationForm
    target: SecretFile
    """As `notifications.request_of` reads it."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of what was sent: the log and the metrics."""

    sent: Callable[[str, str], None]
    """(recipient, message)."""
    failed: Callable[[str, str, ReconcilerError, int], None]
    """(recipient, message, error, how many attempts failed since a message arrived)."""


@dataclass(frozen=True, slots=True)
class _Outgoing:
    key: tuple[object, ...]
    news: News = field(compare=False)


@dataclass(slots=True)
class _Channel:
    """One recipient of notifications."""

    form: NotificationForm
    outbox: Outbox[_Outgoing]
    failing: bool = False
    """Whether the last that it is told is a failure."""

    def put(self, news: News) -> None:
        if is_told(self.form, news, failing=self.failing):
            self.failing = news.status.state is State.FAILURE
            self.outbox.put("news", _Outgoing(key_of(self.form, news), news))


@dataclass(slots=True)
class Notifier:
    """Without recipients it does nothing."""

    repository: str = ""
    """Its name in notifications, without secrets."""
    statuses: Outbox[CommitStatus] | None = None
    channels: Sequence[_Channel] = ()
    proposals: Outbox[PullRequest] | None = None
    _pending: str = ""
    """The commit in force, while the last that was told of it is that it is pending."""

    def begun(self, commit: str) -> None:
        """A revision is put in force."""
        if self.statuses is not None and self._pending not in ("", commit):
            self.statuses.put(self._pending, superseded(self._pending, commit))
        self._tell(begun(commit))

    def refused(self, commit: str, error: Exception) -> None:
        """A revision is not put in force, or was given up. Does nothing for an error that may go away by itself."""
        if commit and not (isinstance(error, ReconcilerError) and error.temporary):
            self._tell(refused(commit, error))

    def passed(self, commit: str, done: Pass, *, newest: str) -> None:
        """A pass over the revision in force came to its end. newest: the commit that the branch is at; where it was refused,
        people are not told that the last good revision is well."""
        if self.statuses is not None or self.channels:
            self._tell(after_pass(commit, done), is_news=commit == newest)

    def propose(self, wanted: PullRequest) -> None:
        """Keeps the pull request of a branch as wanted, or closes it."""
        if self.proposals is not None:
            self.proposals.put(wanted.branch, wanted)

    def _tell(self, status: CommitStatus, *, is_news: bool = True) -> None:
        if status.state is State.PENDING or status.commit == self._pending:
            self._pending = status.commit if status.state is State.PENDING else ""
        if self.statuses is not None:
            self.statuses.put(status.commit, status)
        for channel in self.channels if is_news else ():
            channel.put(News(self.repository, status, datetime.now(UTC)))


@asynccontextmanager
async def notifying(
    repository: str, statuses: StatusRecipient | None, recipients: Sequence[NewsRecipient], listener: Listener
) -> AsyncIterator[Notifier]:
    """Sends while the block runs; what was not sent yet gets a short time at its end. repository: as in `Notifier`."""
    if statuses is None and not recipients:
        yield Notifier()
        return
    async with HttpDoor() as door:
        forge = _status_outbox(statuses, door, listener) if statuses is not None else None
        proposals = _proposal_outbox(statuses, door, listener) if statuses is not None else None
        channels = tuple(_Channel(one.form, _news_outbox(one, door, listener)) for one in recipients)
        runs = [outbox.run() for outbox in (forge, proposals) if outbox is not None]
        tasks = [asyncio.create_task(run) for run in (*runs, *(channel.outbox.run() for channel in channels))]
        try:
            yield Notifier(repository, forge, channels, proposals)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _status_outbox(recipient: StatusRecipient, door: HttpDoor, listener: Listener) -> Outbox[CommitStatus]:
    name = str(recipient.address.kind)

    async def send(status: CommitStatus) -> None:
        token = recipient.token.read()[0]
        await door.post(status_request(recipient.address, token, status, recipient.context))

    def sent(status: CommitStatus) -> None:
        listener.sent(name, _line(status))

    def failed(status: CommitStatus, error: ReconcilerError, failures: int) -> None:
        listener.failed(name, _line(status), error, failures)

    return Outbox(send, sent, failed)


def _proposal_outbox(recipient: StatusRecipient, door: HttpDoor, listener: Listener) -> Outbox[PullRequest]:
    name, kind = str(recipient.address.kind), recipient.address.kind
    last: dict[str, Kept] = {}

    async def send(wanted: PullRequest) -> None:
        forge = Forge(recipient.address, login(kind, recipient.token.read()[0]), door)
        last[wanted.branch] = await keep_pull_request(forge, wanted)

    def sent(wanted: PullRequest) -> None:
        kept = last[wanted.branch]
        listener.sent(name, f"pull request {kept.number} of {wanted.branch}: {kept.action}" if kept.number else _none(wanted))

    def failed(wanted: PullRequest, error: ReconcilerError, failures: int) -> None:
        listener.failed(name, f"pull request of {wanted.branch}", error, failures)

    return Outbox(send, sent, failed)


def _none(wanted: PullRequest) -> str:
    return f"no pull request of {wanted.branch} is open, and none is to be"


def _news_outbox(recipient: NewsRecipient, door: HttpDoor, listener: Listener) -> Outbox[_Outgoing]:
    name = str(recipient.form)

    async def send(outgoing: _Outgoing) -> None:
        await door.post(request_of(recipient.form, recipient.target.read(), outgoing.news, datetime.now(UTC)))

    def sent(outgoing: _Outgoing) -> None:
        listener.sent(name, _line(outgoing.news.status))

    def failed(outgoing: _Outgoing, error: ReconcilerError, failures: int) -> None:
        listener.failed(name, _line(outgoing.news.status), error, failures)

    return Outbox(send, sent, failed)


def _line(status: CommitStatus) -> str:
    return f"{status.commit} {status.state}: {status.description}"

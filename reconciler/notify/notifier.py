"""What the loop calls when something happened. It hands that to the recipients, and returns at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.notify.commit_status import CommitStatus, after_pass, begun, refused
from reconciler.notify.forge_api import ForgeAddress, status_request
from reconciler.notify.http_door import HttpDoor
from reconciler.notify.outbox import Outbox
from reconciler.notify.secret_file import SecretFile
from reconciler.passes.passes import Pass


@dataclass(frozen=True, slots=True)
class StatusRecipient:
    """The forge that shows commit statuses."""

    address: ForgeAddress
    token: SecretFile
    context: str
    """By which the forge tells our statuses from those of others."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of what was sent: the log and the metrics."""

    sent: Callable[[str, str], None]
    """(recipient, message)."""
    failed: Callable[[str, str, ReconcilerError, int], None]
    """(recipient, message, error, how many attempts failed in a row)."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Without recipients it does nothing."""

    statuses: Outbox[CommitStatus] | None = None

    def begun(self, commit: str) -> None:
        """A revision is put in force."""
        self._status(begun(commit))

    def refused(self, commit: str, error: Exception) -> None:
        """A revision is not put in force, or was given up. Does nothing for an error that may go away by itself."""
        if commit and not (isinstance(error, ReconcilerError) and error.temporary):
            self._status(refused(commit, error))

    def passed(self, commit: str, done: Pass) -> None:
        """A pass over the revision in force came to its end."""
        if self.statuses is not None:
            self._status(after_pass(commit, done))

    def _status(self, status: CommitStatus) -> None:
        if self.statuses is not None:
            self.statuses.put(status.commit, status)


@asynccontextmanager
async def notifying(statuses: StatusRecipient | None, listener: Listener) -> AsyncIterator[Notifier]:
    """Sends while the block runs; what was not sent yet gets a short time at its end."""
    if statuses is None:
        yield Notifier()
        return
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(HttpDoor())
        notifier = Notifier(_status_outbox(statuses, door, listener))
        assert notifier.statuses is not None  # noqa: S101 - just made
        tasks = [asyncio.create_task(notifier.statuses.run())]
        try:
            yield notifier
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
        listener.sent(name, f"{status.commit} {status.state}: {status.description}")

    def failed(status: CommitStatus, error: ReconcilerError, failures: int) -> None:
        listener.failed(name, f"{status.commit} {status.state}", error, failures)

    return Outbox(send, sent, failed)

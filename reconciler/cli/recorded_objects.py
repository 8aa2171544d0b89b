"""What the commands about the past share: the status branch and its head, the objects that an argument names, points in time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from reconciler.cli.names import guessed_object
from reconciler.cli.session import Session
from reconciler.cli.short_names import possible_kinds
from reconciler.errors import ReconcilerError
from reconciler.model.settings import Settings
from reconciler.model.wording import first_few
from reconciler.present.notices import not_recorded_lines
from reconciler.record.object_history import ObjectHistory, read_object_histories, recorded_keys

StatusBranch = Annotated[
    str,
    typer.Option(
        "--status-branch",
        envvar="RECONCILER_STATUS_BRANCH",
        help="The status branch to read; by default the one that the Configuration names in HEAD.",
        metavar="BRANCH",
    ),
]
Object = Annotated[
    str, typer.Argument(help="The object as KIND/NAME; short names of kinds work, as in kubectl.", metavar="KIND/NAME")
]
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class NothingRecordedError(ReconcilerError):
    """There is no status branch here."""


@dataclass(frozen=True, slots=True)
class StatusHead:
    """The status branch of a repository."""

    branch: str
    commit: str
    """Its newest commit."""
    settings: Settings
    """Of HEAD of the config repository."""


async def status_head(opened: Session, branch: str = "") -> StatusHead:
    """branch: the one to read; empty for that of the Configuration. Raises RepositoryError, NothingRecordedError."""
    settings = await opened.settings(await opened.repository.resolve("HEAD"))
    branch = branch or settings.status_branch
    head = await opened.repository.branch_head(branch)
    if head is None:
        message, remedy = not_recorded_lines(branch, has_remote=await opened.has_remote())
        raise NothingRecordedError(message, remedy=remedy.strip())
    return StatusHead(branch, head, settings)


def kind_and_name(argument: str) -> tuple[str, str]:
    """Raises BadParameter."""
    kind, _, name = argument.partition("/")
    if not kind or not name or "/" in name:
        raise typer.BadParameter(f"{argument} is not KIND/NAME; write for example deployment/nginx")
    return kind, name


async def named_histories(opened: Session, head: StatusHead, argument: str, namespace: str) -> list[ObjectHistory]:
    """The histories of the objects that KIND/NAME names, sorted; empty where none was ever recorded."""
    kind, name = kind_and_name(argument)
    return await read_object_histories(opened.repository, head.commit, possible_kinds(kind), namespace, name)


async def never_recorded(opened: Session, head: StatusHead, argument: str, namespace: str) -> str:
    """The message where no object of this name was ever recorded."""
    kind, name = kind_and_name(argument)
    keys = await recorded_keys(opened.repository, head.commit)
    where = f"in {namespace}" if namespace else "in any namespace"
    return f"{head.branch} never recorded {argument} {where}. {guessed_object(kind, name, keys)}".rstrip()


def one_object(histories: Iterable[ObjectHistory], argument: str) -> ObjectHistory:
    """Raises BadParameter where several objects have this name."""
    first, *others = histories
    if others:
        names = ", ".join(str(one.key) for one in (first, *others))
        raise typer.BadParameter(f"{argument} means several objects: {names}. Choose the namespace with -n.")
    return first


def point_in_time(text: str, now: datetime) -> datetime | None:
    """`2026-01-31`, `2026-01-31T12:00`, `2026-01-31T12:00:00Z`, or `90m`, `3d`, `3d ago`; None for anything else.

    A date without a time is its first moment; a time without a zone is in UTC.
    """
    if ago := re.fullmatch(r"(\d{1,4})([smhdw])(?: ago)?", text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def since(text: str, now: datetime) -> datetime | None:
    """The value of `--since`; None where it is empty. Raises BadParameter."""
    moment = point_in_time(text, now) if text else None
    if text and moment is None:
        raise typer.BadParameter(f"{text} is neither a date such as 2026-01-31 nor a duration such as 90m, 12h or 7d")
    return moment


def never_on(names: Iterable[str], histories: Iterable[ObjectHistory]) -> str:
    """The message about members on which none of the objects ever was; empty where there are none."""
    known = {
        name
        for one in histories
        for state in one.states
        if state.facts.decision is not None
        for name in state.facts.decision.holders(state.facts.report)
    }
    strange = sorted(set(names) - known)
    was = f"It was on {first_few(sorted(known), _NAMED)}." if known else "It was on no member."
    return f"The object was never recorded on {', '.join(strange)}. {was}" if strange else ""


_NAMED = 10
"""Members that a message names before it counts the rest."""

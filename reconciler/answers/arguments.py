"""What somebody wrote as the argument of a question: checked, and as a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from reconciler.errors import ReconcilerError
from reconciler.model.selector import InvalidSelectorError, LabelSelector
from reconciler.model.selector_text import parse_selector_text
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few

_NAMED = 10
"""Members that a message names before it counts the rest."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class ArgumentError(ReconcilerError):
    """An argument means nothing here. On the command line it is wrong usage, and the exit code is 2."""


def refuse_unknown_clusters(names: Iterable[str], declared: Collection[str]) -> None:
    """Raises ArgumentError for names that are not declared: a misspelt name must not look like a member without objects."""
    unknown = sorted(set(names).difference(declared))
    if unknown:
        guess = did_you_mean(unknown[0], declared) if len(unknown) == 1 else ""
        members = f"The members are {first_few(sorted(declared), _NAMED)}." if declared else "No cluster is declared."
        raise ArgumentError(f"no such cluster: {', '.join(unknown)}. {guess} {members}".replace("  ", " "))


def label_selector(text: str) -> LabelSelector:
    """Such as `app=web,tier!=test`. Raises ArgumentError."""
    try:
        return parse_selector_text(text)
    except InvalidSelectorError as error:
        raise ArgumentError(error.message) from error


def duration(text: str) -> timedelta:
    """A number with a unit, such as 90s. Raises ArgumentError."""
    match = re.fullmatch(r"(\d{1,6})(s|m|h)", text)
    if match is None:
        raise ArgumentError(f"{text} is not a duration; write a number with s, m or h, such as 90s")
    return timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]])


def kind_and_name(argument: str) -> tuple[str, str]:
    """Raises ArgumentError."""
    kind, _, name = argument.partition("/")
    if not kind or not name or "/" in name:
        raise ArgumentError(f"{argument} is not KIND/NAME; write for example deployment/nginx")
    return kind, name


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
    """The beginning of a time; None where the text is empty. Raises ArgumentError."""
    moment = point_in_time(text, now) if text else None
    if text and moment is None:
        raise ArgumentError(f"{text} is neither a date such as 2026-01-31 nor a duration such as 90m, 12h or 7d")
    return moment

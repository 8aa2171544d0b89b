"""What the status branch said of one document, commit after commit: whether a timer that is recorded there ran once."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tests.support.fleet import STATUS


@dataclass(frozen=True)
class Version:
    """One document, as a commit left it."""

    at: datetime
    """When it was committed, in whole seconds."""
    document: Any


def versions(repository: Path, path: str) -> list[Version]:
    """The oldest first; without commits that removed it."""
    commits = _git(repository, "log", "--reverse", "--diff-filter=AM", "--format=%H %ct", STATUS, "--", path).splitlines()
    return [
        Version(datetime.fromtimestamp(int(at), UTC), yaml.safe_load(_git(repository, "show", f"{commit}:{path}")))
        for commit, at in (line.split() for line in commits)
    ]


def values(found: Iterable[Version], value: Callable[[Any], Any]) -> list[Any]:
    """The values that a field had one after the other, but for None and what is empty. A timer that begins anew has two."""
    changes: list[Any] = []
    for one in found:
        if (now := value(one.document)) and now not in changes[-1:]:
            changes.append(now)
    return changes


def first(found: Iterable[Version], holds: Callable[[Any], Any]) -> datetime:
    """When the first document was committed of which this holds."""
    return next(one.at for one in found if holds(one.document))


def moment(text: Any) -> datetime:
    """A time of a document."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=True, text=True).stdout

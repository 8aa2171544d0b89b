"""Which commit of the status branch is meant by a revision of the config repository, by a commit of the branch, or by a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.moments import time_text
from reconciler.record.object_history import RevisionSpan, read_revision_spans
from reconciler.repo.client import Repository
from reconciler.repo.failures import NoSuchRevisionError, RepositoryError


@dataclass(frozen=True, slots=True)
class RecordedAt:
    """A commit of the status branch."""

    commit: str
    note: str = ""
    """What is shown in place of what was named; empty where it is just that."""


async def recorded_at(repository: Repository, branch: str, head: str, name: str, moment: datetime | None) -> RecordedAt:
    """The state that was recorded last at that time, or while that revision was in force.

    head: of the status branch. name: what the user wrote. moment: the time that it means; None for a commit.
    Raises RepositoryError where nothing is recorded of it.
    """
    line = await repository.first_parents(head)
    if moment is not None:
        found = next((sha for sha, time in line if time <= moment), None)
        if found is None:
            first, until = time_text(line[-1][1]), time_text(moment)
            raise RepositoryError(f"{branch} recorded nothing up to {until}", remedy=f"Its first state is of {first}.")
        return RecordedAt(found)
    try:
        commit = await repository.resolve(name, recorded=True)
    except NoSuchRevisionError as error:
        remedy = f"{_HOW_TO_NAME_A_TIME} `reconciler history` lists the recorded revisions."
        raise RepositoryError(f"{error.message}, nor is it a time", remedy=remedy) from error
    ids = [sha for sha, _ in line]
    if commit.sha in ids:
        return RecordedAt(commit.sha)
    spans = await read_revision_spans(repository, head, ids)
    own = next((span for span in spans if span.revision == commit.sha), None)
    if own is not None:
        return RecordedAt(own.last)
    later = await _first_after(repository, spans, commit.sha)
    if later is not None:
        note = f"{name} was never recorded itself. This is {later.revision[:12]}, the first recorded revision that contains it."
        return RecordedAt(later.last, note)
    raise RepositoryError(
        f"{branch} never recorded {name}, nor a later revision",
        remedy="`reconciler history` lists the recorded revisions; `reconciler sync` records the newest.",
    )


async def _first_after(repository: Repository, spans: Sequence[RevisionSpan], sha: str) -> RevisionSpan | None:
    """The oldest span of a revision that contains a commit."""
    known = (await repository.read_contents({span.revision for span in spans if span.revision})).commits
    containing = await repository.containing(sha, known)
    return next((span for span in reversed(spans) if span.revision in containing), None)


_HOW_TO_NAME_A_TIME = "A time is written 2026-01-31, 2026-01-31T12:00, or 3d (three days ago)."

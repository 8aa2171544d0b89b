"""What the questions about the past share: the status branch and its head, and the objects that an argument names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.answers.arguments import ArgumentError, kind_and_name
from reconciler.answers.kind_names import guessed_object
from reconciler.answers.session import Session
from reconciler.answers.short_names import possible_kinds
from reconciler.errors import ReconcilerError
from reconciler.model.settings import Settings
from reconciler.model.wording import first_few
from reconciler.present.notices import not_recorded_lines
from reconciler.record.object_history import ObjectHistory, read_object_histories, recorded_keys


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
    """Raises ArgumentError where several objects have this name."""
    first, *others = histories
    if others:
        names = ", ".join(str(one.key) for one in (first, *others))
        raise ArgumentError(f"{argument} means several objects: {names}. Choose the namespace with -n.")
    return first


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

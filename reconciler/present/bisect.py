"""How a workload broke: the commit with its change for the object, or what happened without one, and the states beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.model.moments import time_text
from reconciler.present.document import commit_document, object_document
from reconciler.present.evictions import eviction_document, eviction_text
from reconciler.present.history import author_name, change_document, change_text, members_text, state_document
from reconciler.present.style import Line, Style, styled
from reconciler.record.object_history import ObjectState
from reconciler.repo.revision import Commit
from reconciler.review.bisect import Breakage


def breakage_lines(found: Breakage, diff: Sequence[Line]) -> Iterator[Line | str]:
    """diff: what the commits changed in the manifest, as a unified diff; empty where there is none, as where it could not be
    rendered any more."""
    where = f" on {members_text(found.clusters)}" if found.clusters else ""
    yield styled(f"{found.key} broke{where} at {time_text(found.first.state.commit.time)}", Style.HEADING)
    yield f"  {found.reason}"
    yield ""
    if found.first.cause.commits:
        several = len(found.first.cause.commits) > 1
        yield "One of these commits is the cause; they were applied together:" if several else "The cause is this commit:"
        yield from map(_commit_line, found.first.cause.commits)
        yield from _evictions(found)
    else:
        yield from _no_commit(found)
    for task in found.followed:
        yield f"  It then {eviction_text(task)} ({task.reason})."
    told = [change_text(change) for change in found.first.changes]
    yield f"  recorded: {'; '.join(told)}"
    if diff:
        yield ""
        yield from diff
    elif found.first.cause.files:
        files = " ".join(found.first.cause.files)
        yield f"  see: git show {found.first.cause.commits[0].sha[:12]} -- {files}"
    yield ""
    yield from _state_lines("good", found.before, "no state before it in which it was well is recorded")
    yield from _state_lines("bad", found.first.state, "")
    yield from _state_lines("repaired", found.repaired, "it is not well yet")


def _no_commit(found: Breakage) -> Iterator[str]:
    if found.first.cause.missing:
        yield f"The revision changed, but {found.first.cause.missing[:12]} is not in this clone."
    elif found.evictions:
        yield "No commit of its own files is the cause: it moves, because it was evicted (failover)."
        yield from _evictions(found)
        yield from _unreachable(found)
    elif found.unreachable:
        yield "No commit is the cause: the member failed."
        yield from _unreachable(found)
    elif found.drifts:
        yield "No commit is the cause: somebody changed it in the member (drift)."
        at = time_text(found.first.state.commit.time)
        yield from (f"  {name}: {message}, undone at {at}" for name, message in found.drifts.items())
    else:
        yield f"No commit is the cause: it broke in the member, while {found.first.cause.revision[:7]} was in force."
    before, after = found.before.revision if found.before else "", found.first.state.revision
    if before not in ("", after) and not found.first.cause.missing:
        shown = f"`reconciler diff {before[:12]} {after[:12]}` shows what did"
        yield f"  The revision changed meanwhile, but not this object: {shown}."
    if found.last_commit is not None and found.last_commit.cause.commits:
        yield f"The last commit that changed it was recorded at {time_text(found.last_commit.state.commit.time)}:"
        yield _commit_line(found.last_commit.cause.commits[0])


def _evictions(found: Breakage) -> Iterator[str]:
    return (f"  It {eviction_text(task)} ({task.reason})." for task in found.evictions)


def _unreachable(found: Breakage) -> Iterator[str]:
    yield from (f"  {name}: {message}" for name, message in found.unreachable.items())


def _commit_line(commit: Commit) -> str:
    return f"  {commit.sha[:12]} {commit.subject} ({author_name(commit)}, {time_text(commit.time)})"


def _state_lines(word: str, state: ObjectState | None, nothing: str) -> Iterator[str]:
    if state is None:
        yield f"  {word:<9} {nothing}"
    else:
        at = f"revision {state.revision[:7]}, recorded at {time_text(state.commit.time)} in {state.commit.sha[:7]}"
        yield f"  {word:<9} {at}"


def breakage_document(found: Breakage, diff: Sequence[Line]) -> dict[str, Any]:
    cause = found.first.cause
    return {
        "object": object_document(found.key),
        "broken": True,
        "cause": _cause_word(found),
        "commits": [commit_document(one) for one in cause.commits],
        "lastCommit": commit_document(found.last_commit.cause.commits[0]) if found.last_commit else None,
        "clusters": list(found.clusters),
        "reason": found.reason,
        "unreachable": dict(found.unreachable),
        "drifts": dict(found.drifts),
        "evictions": [eviction_document(task) for task in found.evictions],
        "followed": [eviction_document(task) for task in found.followed],
        "changes": [change_document(one) for one in found.first.changes],
        "files": list(cause.files),
        "diff": "\n".join(map(str, diff)),
        "good": state_document(found.before) if found.before else None,
        "bad": state_document(found.first.state),
        "repaired": state_document(found.repaired) if found.repaired else None,
    }


def _cause_word(found: Breakage) -> str:
    if found.first.cause.commits:
        return "commit"
    if found.first.cause.missing:
        return "unknown"
    if found.evictions:
        return "failover"
    return "member" if found.unreachable else "drift" if found.drifts else "none"

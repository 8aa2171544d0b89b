"""How members differ from what would be written to them (`mode: Observe`, `run --shadow`), as lines and as documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.moments import time_text
from reconciler.model.observed import Differences, Observed
from reconciler.model.wording import plural
from reconciler.present.causes import object_names
from reconciler.present.document import object_document


def differences_lines(differences: Mapping[ClusterName, Differences]) -> Iterator[str]:
    """That nothing was written, and one line for each member that differs."""
    differing = {name: one for name, one in differences.items() if one.count}
    marks = sum(one.marks for one in differences.values())
    marked = f" {plural(marks, 'object')} would only be marked as ours." if marks else ""
    yield f"mode: Observe: nothing was written. {plural(sum(one.count for one in differing.values()), 'difference')}.{marked}"
    for name, one in differing.items():
        parts = {"create": one.creates, "configure": one.configures, "prune": one.prunes}
        said = [f"{word} {object_names(keys)}" for word, keys in parts.items() if keys]
        if said:
            yield f"{name}: would {'; '.join(said)}"
        for key, reason in one.blocked:
            yield f"{name}: could not write {key}: {reason}"


def differences_document(found: Differences) -> dict[str, Any]:
    return {
        "create": [object_document(key) for key in found.creates],
        "configure": [object_document(key) for key in found.configures],
        "prune": [object_document(key) for key in found.prunes],
        "blocked": [{**object_document(key), "reason": reason} for key, reason in found.blocked],
        "marks": found.marks,
    }


def observed_text(observed: Observed | None) -> str:
    """As it stands in the table of members; empty where nothing is observed."""
    if observed is None:
        return ""
    if observed.unread_since is not None:
        return f"Observe: not compared since {time_text(observed.unread_since)}"
    if observed.none_since is not None:
        return f"Observe: no difference since {time_text(observed.none_since)}"
    parts = ", ".join(f"{count} {word}" for word, count in observed.counts.items() if count)
    return f"Observe: {plural(observed.count, 'difference')} ({parts})"


def observed_document(observed: Observed | None) -> dict[str, Any] | None:
    if observed is None:
        return None
    return {
        "since": time_text(observed.since),
        **observed.counts,
        "marks": observed.marks,
        "changes": observed.changes,
        "noneSince": None if observed.none_since is None else time_text(observed.none_since),
        "unreadSince": None if observed.unread_since is None else time_text(observed.unread_since),
    }

"""The message of a commit to the status branch: what was written since the commit before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.model.changes import Action
from reconciler.model.keys import ClusterName
from reconciler.model.tracing import TRACEPARENT
from reconciler.model.wording import first_few
from reconciler.passes.events import Event, writes_in

Writes = Counter[tuple[ClusterName, Action]]
"""How many objects were written, by member and action."""


def count_writes(events: Iterable[Event]) -> Writes:
    return Counter((event.cluster, event.action) for event in writes_in(events))


def commit_message(revision: str, writes: Writes, traceparent: str = "") -> str:
    """`sync 3f2c1ab: 12 created, 3 configured on member1, member2`, with trailers for programs.

    revision: the id of the commit that was reconciled. traceparent: by which agents carry on the trace of this process.
    """
    counts: Counter[Action] = Counter()
    for (_, action), count in writes.items():
        counts[action] += count
    members = sorted({name for name, _ in writes})
    what = ", ".join(f"{counts[action]} {action.past}" for action in Action if action in counts)
    subject = f"{what} on {first_few(members, _NAMED)}" if what else "status changed"
    trailers = [f"Revision: {revision}", *(f"Cluster: {name}" for name in members)]
    if traceparent:
        trailers.append(f"{TRACEPARENT}: {traceparent}")
    return f"sync {revision[:7]}: {subject}\n\n" + "\n".join(trailers) + "\n"


_NAMED = 5
"""How many members the subject names before it counts the others; the trailers name all of them."""

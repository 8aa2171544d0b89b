"""Whether suspected drift is real: the member is asked, by a dry run.

An API server stores some values in another spelling than we apply them. Plans compare locally, with rules that are right for
nearly all values (`plan/drift.py`). Where they find drift although the manifest is the one that was applied, the server is asked
whether applying would change anything. Its answer holds until the object changes.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from reconciler.cluster.concurrency import at_most
from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.changes import ChangeSet, Configure, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.tracing import NO_TRACER, Tracer, member
from reconciler.plan.whole_object import is_changed


class DriftCheck:
    """Asks members about suspected drift, and remembers which objects only spell a value differently.

    One for each process: an answer is remembered as long as the plans suspect the same record.
    """

    def __init__(self) -> None:
        self._spelling: dict[ClusterName, dict[ResourceKey, Record]] = {}

    async def confirm(
        self, plan: ChangeSet, view: LiveView, client: MemberClient, tracer: Tracer = NO_TRACER, *, whole: bool = True
    ) -> ChangeSet:
        """The plan without the drift that the member does not confirm. whole: whether the plan is one of all objects."""
        before = self._spelling.pop(plan.cluster, {})
        kept = {} if whole else before
        suspects = [change for change in plan.writes if isinstance(change, Configure) and change.drift] if view.shared else []
        if not suspects:
            if kept:
                self._spelling[plan.cluster] = kept
            return plan
        unanswered = [change for change in suspects if before.get(change.key) is not view.records[change.key]]
        answers = await _ask(unanswered, plan, client, tracer) if unanswered else []
        real = {change.key for change, is_drift in zip(unanswered, answers, strict=True) if is_drift}
        spelling = {change.key: Unchanged(change.desired) for change in suspects if change.key not in real}
        self._spelling[plan.cluster] = {**kept, **{key: view.records[key] for key in spelling}}
        return plan.revised(spelling.get(change.key, change) for change in plan.changes)

    def forget_others(self, names: Container[ClusterName]) -> None:
        """Forgets the answers of members that are not in the fleet any more."""
        self._spelling = {name: answers for name, answers in self._spelling.items() if name in names}


async def _ask(changes: Sequence[Configure], plan: ChangeSet, client: MemberClient, tracer: Tracer) -> Sequence[bool]:
    """Whether each of them is drift."""
    with tracer.step("dry run", {**member(client.name), "reconciler.objects": len(changes)}):
        return await at_most([_is_drift(change, client.acting_as(plan.accounts.get(change.key))) for change in changes])


async def _is_drift(change: Configure, client: MemberClient) -> bool:
    try:
        after = await client.preview(change.expected, change.live)
    except MemberError:
        return True  # Applying it reports the error where the user sees it.
    return is_changed(change.expected, after, change.live)

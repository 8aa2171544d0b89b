"""`mode: Observe`, and `run --shadow`: what the plans of a pass would change, asked by dry runs; nothing is written.

A plan says which objects would be written. Whether a write would change anything but marks, only the member tells: it fills in
defaults, and its webhooks change what they like. So each write is tried by a dry run, once for each state of the object: what was
found is kept until its manifest or the live object changes. A refusal is not kept: a webhook that did not answer may answer now.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.cluster.member_protocol import MemberUnreachableError
from reconciler.documents.json_writer import write_json
from reconciler.model.changes import Change, ChangeSet, Configure, Create, Prune, Skip, Write
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.observed import Differences, without_marks
from reconciler.model.work import Work
from reconciler.passes.dry_run import preview_writes
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.survey import Survey
from reconciler.plan.whole_object import content, identical

_CHANGES = "changes"
"""What a dry run came to: this; nothing where only marks would change; or the refusal of the member."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A survey of which nothing is carried out."""

    survey: Survey
    """With each write skipped, as if everything were suspended."""
    differences: Mapping[ClusterName, Differences]
    """Of the members that answered, sorted by name."""


async def compare(reconciliation: Reconciliation, survey: Survey) -> Comparison:
    """Asks all members at the same time. One that stops answering is unreadable in the survey, and has no differences."""

    async def of_member(name: ClusterName, plan: ChangeSet) -> Differences | str:
        try:
            return await _differences(reconciliation, survey, name, plan)
        except MemberUnreachableError as error:
            return error.message

    found = await asyncio.gather(*[of_member(name, plan) for name, plan in survey.plans.items()])
    answers = dict(zip(survey.plans, found, strict=True))
    silent = {name: reason for name, reason in answers.items() if isinstance(reason, str)}
    plans = {name: _without_writes(plan) for name, plan in survey.plans.items() if name not in silent}
    works = {name: _suspended(work, survey.plans.get(name)) for name, work in survey.works.items()}
    unreadable = dict(sorted({**survey.unreadable, **silent}.items()))
    differences = {name: one for name, one in answers.items() if not isinstance(one, str)}
    return Comparison(replace(survey, plans=plans, works=works, unreadable=unreadable), differences)


def _without_writes(plan: ChangeSet) -> ChangeSet:
    return plan.revised(map(_not_written, plan.changes)) if plan.writes else plan


def _not_written(change: Change) -> Change:
    if not isinstance(change, Write):
        return change
    reason = f"not written (mode: Observe); otherwise it would be {change.action.past}"
    return Skip(change.key, reason, change.desired, change.live)


def _suspended(work: Work, plan: ChangeSet | None) -> Work:
    """Who observes wants the objects to stay as they are, as one who suspends them."""
    writes = plan.writes if plan is not None else ()
    return replace(work, suspended=work.suspended | {change.key for change in writes}) if writes else work


async def _differences(reconciliation: Reconciliation, survey: Survey, name: ClusterName, plan: ChangeSet) -> Differences:
    """Raises MemberUnreachableError."""
    verdicts = await _verdicts(reconciliation, survey, name, plan)
    found: dict[str, list[ResourceKey]] = {"create": [], "configure": [], "prune": [], "marks": []}
    blocked = [(one.key, one.reason) for one in plan.remarkable if isinstance(one, Skip) and _blocks(one, survey.works[name])]
    for change in plan.writes:
        verdict = verdicts.get(change.key, _CHANGES)
        if verdict not in ("", _CHANGES):
            blocked.append((change.key, verdict))
        else:
            found[_difference(change, verdict)].append(change.key)
    creates, configures, prunes = (tuple(sorted(found[what])) for what in ("create", "configure", "prune"))
    return Differences(creates, configures, prunes, tuple(sorted(blocked)), len(found["marks"]))


def _difference(change: Write, verdict: str) -> str:
    """verdict: of its dry run; _CHANGES where it was not tried."""
    if isinstance(change, Create | Prune):
        return str(change.action)
    return "configure" if verdict and isinstance(change, Configure) else "marks"


def _blocks(change: Skip, work: Work) -> bool:
    """Whether something would keep the object from being written, that does not go away in the same sync and that nobody asked
    for."""
    return not (change.kept or change.drift or change.pending or change.ran) and change.key not in work.suspended


async def _verdicts(
    reconciliation: Reconciliation, survey: Survey, name: ClusterName, plan: ChangeSet
) -> Mapping[ResourceKey, str]:
    """What the dry run of each object that would be created or configured came to. An object that needs another one first was
    not tried, and is absent. Raises MemberUnreachableError."""
    cache, view = reconciliation.cache.of(name), survey.views[name]
    client = reconciliation.fleet.clients.get(name)
    asked = {one.key: one for one in plan.writes if isinstance(one, Create | Configure)}
    states = {key: _state_of(one) for key, one in asked.items()}
    known = {key: one for key, one in cache.observed.items() if states.get(key) == one[0]}
    if len(known) < len(asked) and isinstance(view, LiveView) and client is not None:
        for change in (await preview_writes(plan, view, client, known=known.keys())).remarkable:
            is_tried = change is not asked.get(change.key) or not view.shared
            if change.key in asked and change.key not in known and is_tried:
                known[change.key] = states[change.key], _verdict(change)
    cache.observed = {key: one for key, one in known.items() if one[1] in ("", _CHANGES)}
    return {key: verdict for key, (_, verdict) in known.items()}


def _verdict(change: Change) -> str:
    if isinstance(change, Skip):
        return change.reason
    if not isinstance(change, Configure):
        return _CHANGES
    same = identical(without_marks(content(change.expected)), without_marks(content(change.live)))
    return "" if same else _CHANGES


def _state_of(change: Create | Configure) -> bytes:
    """Equal while the same would be written over the same object; its status does not count."""
    digest = hashlib.sha256(write_json(change.expected))
    if change.live is not None:
        digest.update(write_json(content(change.live)))
    return digest.digest()

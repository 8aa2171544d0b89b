"""The edits of the files that a plan makes, and the message of their commit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from reconciler.membership.cluster_manifest import change_cluster, new_cluster_text
from reconciler.membership.inventory.fields import FieldChanges
from reconciler.membership.inventory.plan import InventoryPlan, MemberPlan, Outcome
from reconciler.model.wording import first_few, plural

_NAMED = 3
_VERBS = {
    Outcome.ADDED: "Add",
    Outcome.CORDONED: "Cordon",
    Outcome.RETURNED: "Uncordon",
    Outcome.CHANGED: "Change",
}
_WHY = {
    Outcome.ADDED: "the inventory has it",
    Outcome.CORDONED: "its object vanished; its objects stay where they are",
    Outcome.RETURNED: "its object is back",
    Outcome.CHANGED: "its object, or the rule, says something else",
}


def edited_files(plan: InventoryPlan, texts: Mapping[str, str]) -> dict[str, str]:
    """Path → new text, of each file that changes. texts: of the files of members that exist, by path. Raises DocumentError where
    a file cannot be edited without harm."""
    found = dict(texts)
    for member in plan.written:
        found[member.file] = edited(member, found.get(member.file))
    return {path: text for path, text in sorted(found.items()) if text != texts.get(path)}


def edited(member: MemberPlan, text: str | None) -> str:
    """The file of a member with its changes. text: None for a file that does not exist. Raises DocumentError."""
    changes: FieldChanges | None = member.changes
    if changes is None:
        return text or ""
    if member.is_new or text is None:
        return new_cluster_text(member.name, changes.edits(member.source, {}))
    return change_cluster(member.file, text, member.name, lambda document: changes.edits(member.source, document))


def message_of(plan: InventoryPlan) -> str:
    """Of the commit; only where there are changes."""
    groups = {verb: [one.name for one in plan.written if one.outcome is outcome] for outcome, verb in _VERBS.items()}
    parts = [f"{verb} {first_few(names, _NAMED)}" for verb, names in groups.items() if names]
    if len(parts) == 1:
        subject = parts[0]
    else:
        counts = [f"{verb.lower()} {len(names)}" for verb, names in groups.items() if names]
        subject = f"Bring {plural(len(plan.written), 'member')} in step with the inventory: {', '.join(counts)}"
    lines = [f"- {one.name}: {_WHY[one.outcome]} ({one.reference}, rule {one.rule})" for one in plan.written]
    return "\n".join([subject, "", *lines, ""])


def cause_of(plan: InventoryPlan) -> str:
    """A word that is another one where something else is written."""
    written = [
        (one.name, one.source, one.outcome, sorted(one.changes.sets.items()), sorted(one.changes.removes))
        for one in plan.written
        if one.changes is not None
    ]
    return sha256(repr(written).encode()).hexdigest()[:16]

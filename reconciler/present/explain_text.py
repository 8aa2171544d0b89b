"""An explanation as text: the document of `explain.py`, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.documents.json_writer import write_json
from reconciler.documents.writer import dump
from reconciler.model.wording import plural
from reconciler.present.quotas import share_lines
from reconciler.present.scales import explained_scale

_LONGEST = 100
"""Characters of a value that are shown; JSON has all of them."""


def explanation_lines(document: dict[str, Any]) -> Iterator[str]:
    yield document["object"]
    yield f"  template     {document['template']}"
    if parent := document["expandedFrom"]:
        yield f"               expanded from {parent['object']}" + (f" ({parent['file']})" if parent["file"] else "")
    if commit := document["commit"]:
        yield f"               {commit['sha'][:7]} {commit['subject']} ({commit['author']}, {commit['time']})"
    if _is_follower(document):
        yield from _follower_lines(document["transition"]["requiredBy"])
    else:
        yield from _claim_lines(document["claim"])
        yield from _block("scaled", [*explained_scale(document["scale"])])
        yield from _schedule_lines(document["schedule"], [cluster["name"] for cluster in document["clusters"]])
        yield from _block("quota", [share_lines(one) for one in document["quotas"]])
    yield from _block("limits", document["limits"])
    yield from _block("endpoints", document["endpoints"])
    yield from _transition_lines(document["transition"], document["schedule"])
    for cluster in document["clusters"]:
        yield from _cluster_lines(cluster)


def _is_follower(document: dict[str, Any]) -> bool:
    """Whether no policy selects the object, and it follows those that refer to it (`propagateDeps`)."""
    return document["claim"]["policy"] is None and bool(document["transition"]["requiredBy"])


def _follower_lines(names: list[str]) -> Iterator[str]:
    yield f"  follows      {', '.join(names)}"
    whose = "its" if len(names) == 1 else "their"
    yield f"               to {whose} clusters, because of propagateDeps; it needs no policy of its own"


def _claim_lines(claim: dict[str, Any]) -> Iterator[str]:
    yield f"  claimed by   {claim['policy'] or 'nobody'}" + (f" ({claim['file']})" if claim["file"] else "")
    yield f"               {claim['reason']}"
    for place, one in enumerate(claim["ranking"], start=1):
        yield f"               {place}. {one['policy']} ({one['file']}): {one['standing']}"


def _schedule_lines(schedule: dict[str, Any], names: list[str]) -> Iterator[str]:
    """names: the members of interest."""
    nowhere = "nowhere" if schedule["decision"] == "scheduled" else schedule["decision"]
    yield f"  scheduled    {_printed_targets(schedule['targets']) or nowhere}"
    yield from (f"               {reason}" for reason in schedule["reasons"])
    yield from _block("arithmetic", schedule["arithmetic"])
    yield from _block("filters", [_verdicts(name, schedule) for name in names if name in schedule["filters"]])
    others = [name for name in names if name in schedule["rejected"] and name not in schedule["filters"]]
    yield from (f"               not {name}: {schedule['rejected'][name]}" for name in others)


def _block(title: str, sentences: list[str]) -> Iterator[str]:
    for place, sentence in enumerate(sentences):
        yield f"  {'' if place else title:<12} {sentence}"


def _verdicts(name: str, schedule: dict[str, Any]) -> str:
    verdicts = schedule["filters"][name]
    passed = [verdict["filter"] for verdict in verdicts if verdict["passes"] and not verdict["reason"]]
    parts = [f"fails {verdict['filter']}: {verdict['reason']}" for verdict in verdicts if not verdict["passes"]]
    parts += [
        f"passes {verdict['filter']}: {verdict['reason']}" for verdict in verdicts if verdict["passes"] and verdict["reason"]
    ]
    parts += [f"passes {', '.join(passed)}"] if passed else []
    if all(verdict["passes"] for verdict in verdicts) and name in schedule["rejected"]:
        parts.append(schedule["rejected"][name])
    return f"{name}: {'; '.join(parts)}"


def _transition_lines(transition: dict[str, Any], schedule: dict[str, Any]) -> Iterator[str]:
    if transition["inForce"] != schedule["targets"] or transition["message"]:
        yield f"  in force     {_printed_targets(transition['inForce']) or 'nowhere'}"
        if transition["message"]:
            yield f"               {transition['message']}"
    yield from (f"               {sentence}" for sentence in transition["waitsFor"])
    if transition["rollout"]:
        yield f"  rollout      {transition['rollout']}"
    for task in transition["evictions"]:
        yield f"  {task['phase'].lower():<12} {task['cluster']}, since {task['since']}: {task['message']} ({task['reason']})"
    if schedule["decision"] != "none":  # A follower says this in its first line.
        yield from (f"               required by {name}" for name in transition["requiredBy"])
    if transition["suspended"]:
        where = ", ".join(transition["suspended"]).replace("*", "every member")
        yield f"  suspended    on {where}: nothing is written or removed there"
    if transition["preserved"]:
        yield "  preserved    copies that are no longer wanted are released instead of deleted"


def _cluster_lines(cluster: dict[str, Any]) -> Iterator[str]:
    if "error" in cluster:
        yield f"  on {cluster['name']}: cannot be rendered: {cluster['error']}"
    elif cluster["rendered"]:
        count = "" if cluster["replicas"] is None else f", {plural(cluster['replicas'], 'replica')}"
        yield f"  on {cluster['name']}{count}"
        if "object" in cluster:
            yield f"               as {cluster['object']}: it runs once for each revision of what it guards"
    if cluster["kept"]:
        yield f"               a copy on {cluster['name']} is kept as it is; it may differ from what is shown here"
    yield from _recorded_lines(cluster)
    for edit in cluster["edits"]:
        yield from _edit_lines(edit)
    if "manifest" in cluster:
        yield from (f"    {line}" for line in dump(cluster["manifest"]).splitlines())


def _recorded_lines(cluster: dict[str, Any]) -> Iterator[str]:
    """What the last sync left there, if that is not what the lines before say."""
    recorded = cluster["recorded"]
    if recorded is None or "error" in cluster:
        return
    if not recorded["applied"] and recorded["message"]:
        yield f"               the last sync did not apply it: {recorded['message']}"
    elif recorded["message"]:
        yield f"               at the last sync {recorded['health']}: {recorded['message']}"
    if "log" in recorded:
        yield "               the end of its log:"
        yield from (f"                 {line}" for line in recorded["log"].splitlines())


def _edit_lines(edit: dict[str, Any]) -> Iterator[str]:
    if edit["step"] == "override":
        if "error" in edit:  # The line of the cluster says where, and why.
            yield f"               {edit['policy']}, rule {edit['rule']}: fails"
        else:
            outcome = "" if edit["changes"] else ": changes nothing"
            yield f"               {edit['policy']}, rule {edit['rule']} ({edit['origin']}){outcome}"
    elif edit["changes"]:
        yield f"               {edit['step']}"
    for change in edit["changes"]:
        yield f"                 {change['path']}: {_shown(change, 'before')} → {_shown(change, 'after')}"


def _shown(change: Mapping[str, Any], side: str) -> str:
    if side not in change:
        return "(absent)"
    text = write_json(change[side]).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _printed_targets(targets: dict[str, int | None]) -> str:
    return ", ".join(name if count is None else f"{name}: {count}" for name, count in sorted(targets.items()))

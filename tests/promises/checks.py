"""The promises, each checked by other means than the program's own: audit logs, and objects as the servers give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.promises.worlds import (
    KINDS,
    LEFT,
    OVERRIDDEN,
    TEMPLATES,
    Announcement,
    CutOffWorld,
    Place,
    Write,
    is_ours,
    missing,
    version,
)
from tests.support.fleet import STATUS
from tests.support.program import Ran
from tests.support.servers import DIGEST

_ACTIONS = {"create": "apply", "configure": "apply", "release": "apply", "prune": "delete"}
_CHANGES = {"create": "apply", "change": "apply", "remove": "delete"}


def check_step(world: CutOffWorld, names: Mapping[str, str]) -> None:
    """Announces, syncs and checks. names: control plane → the name of its Cluster. Raises AssertionError."""
    planes = {name: plane for plane, name in names.items()}
    before, since = world.everything(), world.audited()
    said = announce(world, planes)
    assert world.done(since) == [], "a dry run wrote"
    synced = world.sync("--no-wait", "-o", "json")
    written, after = world.done(since), world.everything()
    story = f"\nsync said:\n{synced.err}\n{brief(synced)}"
    check_announced(said, written, synced, story)
    check_stays(said, before, after, world, story)
    check_foreign(before, after, world, story)
    check_second(world, planes, story)
    check_content(world, planes, synced, story)
    check_status(world, planes, story)


def brief(synced: Ran) -> str:
    """What a sync did, one line for each change."""
    return "\n".join(
        f"{cluster}: {part['error']}{change.get('action', '')} {change.get('object', {}).get('kind', '')} "
        f"{change.get('object', {}).get('name', '')} {change.get('reason', '')} {change.get('error', '')}"
        for cluster, part in synced.json["clusters"].items()
        for change in part["changes"] or [{}]
    )


def announce(world: CutOffWorld, planes: Mapping[str, str]) -> Announcement:
    dry = world.run("sync", "--no-wait", "--dry-run", "-o", "json").json
    dry_run = [
        (planes[cluster], _ACTIONS[change["action"]], change["object"]["kind"], change["object"]["name"])
        for cluster, part in dry["clusters"].items()
        for change in part["changes"]
        if change["action"] in _ACTIONS and not change["error"]
    ]
    live = world.run("diff", "HEAD", "--live", "-o", "json").json
    live_diff = [
        (planes[cluster], _CHANGES[one["change"]], one["object"]["kind"], one["object"]["name"])
        for one in live["differences"]
        for cluster in one["clusters"]
    ]
    issues = world.run("validate", "-o", "json").json["issues"]
    return Announcement(
        sorted(dry_run),
        sorted(live_diff),
        list(dry["waiting"]),
        [(one["object"], _text(one)) for one in issues if _says_stay(one)],
    )


def check_announced(said: Announcement, written: list[Write], synced: Ran, story: str) -> None:
    """Nothing but what was said is written; what a dry run said is written, and the rest unless it is said to wait.

    `diff --live` shows the end of a move, and a dry run its first step; steps between them are of objects that are said to wait.
    """
    assert set(said.dry_run) <= set(written), f"sync --dry-run said {said.dry_run}, and these were written: {written}{story}"
    later = [write for write in written if write not in said.dry_run]
    unsaid = [write for write in later if not _printed(said.waits, *write[2:])]
    assert not unsaid, f"sync --dry-run said {said.dry_run}, and these were written: {written}{story}"
    unsaid = [write for write in written if write not in said.live_diff and not _printed(said.waits, *write[2:])]
    assert not unsaid, f"diff --live said {said.live_diff}, and these were written: {written}{story}"
    missing = [write for write in said.live_diff if write not in written and not _printed(synced.json["waiting"], *write[2:])]
    assert not missing, f"diff --live said {said.live_diff}, and these were written: {written}{story}"


def check_stays(
    said: Announcement, before: Mapping[Place, Any], after: Mapping[Place, Any], world: CutOffWorld, story: str
) -> None:
    for (plane, kind, name), item in before.items():
        promises = [text for printed, text in said.stays if _printed([printed], kind, name)]
        if promises and is_ours(item, world):
            now = after.get((plane, kind, name))
            assert now is not None, f"{kind} {name} on {plane} is gone, although: {promises}{story}"
            assert version(now) == version(item), f"{kind} {name} on {plane} was written, although: {promises}{story}"
        left = [text for _, text in said.stays if re.search(rf"\bcluster {plane}(-new)?\b.* no longer declared", text)]
        if left and is_ours(item, world):
            assert (plane, kind, name) in after, f"{kind} {name} on {plane} is gone, although: {left}{story}"


def check_foreign(before: Mapping[Place, Any], after: Mapping[Place, Any], world: CutOffWorld, story: str) -> None:
    for place, item in before.items():
        if not is_ours(item, world):
            now = after.get(place)
            assert now is not None, f"{place} is not ours and is gone{story}"
            taken_over = is_ours(now, world) and "Overwrite" in (_policy_text(world, place[2]))
            assert taken_over or version(now) == version(item), f"{place} is not ours and was written{story}"


def check_second(world: CutOffWorld, planes: Mapping[str, str], story: str) -> None:
    since, recorded = world.audited(), world.repo.git("rev-parse", STATUS)
    again = world.sync("--no-wait", "-o", "json")
    assert world.done(since) == [], f"a second sync wrote:\n{again.err}\n{brief(again)}{story}"
    assert world.repo.git("rev-parse", STATUS) == recorded, (
        f"a second sync recorded:\n{world.repo.git('diff', f'{STATUS}~1', STATUS)}\n{again.err}{story}"
    )


def check_content(world: CutOffWorld, planes: Mapping[str, str], synced: Ran, story: str) -> None:
    """Members that answer hold what is rendered; what they hold beyond it is ours only if it was said to wait or to stay."""
    rendered = world.run("render", "-o", "json").json
    excused = _said_to_wait(world, synced)
    live = world.everything()
    for cluster, plane in planes.items():
        if world.relays[plane].down:
            continue
        wanted = {(item["kind"], item["metadata"]["name"]): item for item in rendered.get(cluster, ()) if item["kind"] in KINDS}
        held = {place[1:]: item for place, item in live.items() if place[0] == plane and is_ours(item, world)}
        for (kind, name), item in wanted.items():
            if (cluster, kind, name) in excused:
                continue
            assert (kind, name) in held, f"{plane} does not hold {kind} {name}, and nobody says so{story}"
            # Items of a list have no apiVersion and kind; a Secret's values and digest are printed masked.
            hidden = {"/apiVersion", "/kind"} | (
                {"/data/number", f"/metadata/annotations/{DIGEST}"} if kind == "Secret" else set()
            )
            others = set(missing(held[kind, name], item)) - hidden
            assert not others, f"{plane} holds another {kind} {name} than rendered: {others}{story}"
            left = labels(held[kind, name]) & {LEFT, OVERRIDDEN} - labels(item)
            assert not left, f"{plane} holds labels of {kind} {name} that are not rendered: {left}{story}"
        for kind, name in held.keys() - wanted.keys():
            if "deletionTimestamp" in held[kind, name]["metadata"]:
                continue  # Nothing here collects the garbage for which a deletion in the foreground waits.
            assert (cluster, kind, name) in excused, (
                f"{plane} holds {kind} {name} that is not rendered, and nobody says so{story}"
            )


def labels(item: Mapping[str, Any]) -> set[str]:
    return set(item["metadata"].get("labels", {}))


def _said_to_wait(world: CutOffWorld, synced: Ran) -> set[tuple[str, str, str]]:
    """Cluster, kind, name of what a sync or `validate` said would not be as declared yet."""
    document = synced.json
    excused = {
        (cluster, change["object"]["kind"], change["object"]["name"])
        for cluster, part in document["clusters"].items()
        for change in part["changes"]
        if change["action"] == "skip" or change["error"]
    }
    issues = world.run("validate", "-o", "json").json["issues"]
    said = [one["object"] for one in issues if _says_stay(one)]
    said += document["waiting"]
    unreadable = {Path(one["file"]).stem for one in issues if one["severity"] == "error" and one["file"].startswith("apps/")}
    for cluster in document["clusters"]:
        excused |= {(cluster, kind, name) for name, kind in TEMPLATES.items() if name in unreadable or _printed(said, kind, name)}
    return excused


def check_status(world: CutOffWorld, planes: Mapping[str, str], story: str) -> None:
    rows = {
        (copy["name"], row["kind"], row["name"]): copy["health"]
        for row in world.run("status", "-o", "json").json["objects"]
        for copy in row["clusters"]
    }
    live = world.everything()
    for cluster, plane in planes.items():
        if world.relays[plane].down:
            continue
        held = {(kind, name) for (where, kind, name), item in live.items() if where == plane and is_ours(item, world)}
        told = {place[1:] for place, health in rows.items() if place[0] == cluster and health != "NotFound" and place[1] in KINDS}
        assert held <= told, f"status does not say that {plane} holds {held - told}{story}"
        live_there = {place[1:] for place in live if place[0] == plane}
        assert told <= live_there, f"status says that {plane} holds {told - live_there}{story}"


def _says_stay(issue: Mapping[str, str]) -> bool:
    """Whether an issue promises that what is placed stays as it is."""
    return bool(re.search(r"\bstays?\b|\bnothing moves\b", _text(issue)))


def _text(issue: Mapping[str, str]) -> str:
    return f"{issue['message']} {issue['remedy']}"


def _printed(texts: Iterable[str], kind: str, name: str) -> bool:
    """Whether one of the texts, such as `Deployment.apps shop-1/web`, prints this object."""
    return any(
        text.split()[0].partition(".")[0] == kind and text.split()[-1].rpartition("/")[2] == name for text in texts if text
    )


def _policy_text(world: CutOffWorld, name: str) -> str:
    file = world.repo.path / "policies" / f"{name}.yaml"
    return file.read_text() if file.exists() else ""

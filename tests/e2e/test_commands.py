"""Every command from outside: exit codes, what goes to which stream, the documented shapes, help, and how it fails."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.cli.main import COMMANDS
from tests.support.fleet import DEPLOYMENT, World, config, fleet, override, placed, policy, selector
from tests.support.gitrepo import run_git
from tests.support.program import PROGRAM, Ran, clean_environment, popen, run_all, run_here, run_process

REPLICAS = [{"path": "/metadata/annotations", "operator": "add", "value": {"team": "web"}}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A healthy repository that was synced: web is divided over m1 and m2, where an override acts; then it is scaled."""
    world = World(tmp_path_factory.mktemp("commands"), {**fleet("m1", "m2"), **placed("web", "m1", "m2", divided=True)})
    world.commit({"overrides/team.yaml": override("team", selector("Deployment", api=DEPLOYMENT), "m2", plaintext=REPLICAS)})
    assert world.sync().code == 0
    world.commit(placed("web", "m1", "m2", divided=True, replicas=4))
    assert world.sync().code == 0
    return world


@pytest.fixture(scope="module")
def unhealthy(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A repository with a broken file, an unclaimed template and a policy that fits nobody."""
    files = {
        **fleet("m1"), **placed("web", "m1"), **placed("lost", "no-such-cluster"),
        "broken.yaml": "kind: [\n", "unclaimed.yaml": config("unclaimed"),
    }  # fmt: skip
    world = World(tmp_path_factory.mktemp("unhealthy"), files)
    world.commit(placed("web", "m1", replicas=3))
    world.sync()
    return world


# Shapes

Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def number(value: Any) -> bool:
    return type(value) is int


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def anything(value: Any) -> bool:
    return True


def one_of(*words: Any) -> Check:
    return lambda value: value in words


def optional(shape: Any) -> Check:
    return lambda value: value is None or fits(value, shape)


def each(shape: Any) -> Check:
    """A mapping from names to values of one shape."""
    return lambda value: isinstance(value, dict) and all(text(name) and fits(item, shape) for name, item in value.items())


def fits(value: Any, shape: Any) -> bool:
    """A mapping has exactly these members, a list any number of items of one shape."""
    if isinstance(shape, dict):
        return isinstance(value, dict) and value.keys() == shape.keys() and all(fits(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    return bool(shape(value))


def manifest(value: Any) -> bool:
    return isinstance(value, dict) and {"apiVersion", "kind", "metadata"} <= value.keys()


OBJECT = {"group": text, "kind": text, "namespace": text, "name": text}
HEALTH = one_of("Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown")
ISSUE = {
    "file": text, "line": number, "severity": one_of("error", "warning"), "reason": text, "message": text, "remedy": text,
    "object": text,
}  # fmt: skip
COUNTS = dict.fromkeys(("created", "configured", "unchanged", "pruned", "released", "skipped", "failed"), number)
CHANGE = {
    "object": OBJECT, "action": one_of("create", "configure", "prune", "release", "skip"), "reason": text, "drift": truth,
    "removed": [text], "error": text,
}  # fmt: skip
ENDPOINTS = {
    "slices": [
        {"service": {"namespace": text, "name": text}, "cluster": text, "written": number, "removed": number, "error": text}
    ],
    "conflicts": [text], "unread": each(text),
}  # fmt: skip
UNHEALTHY = {"object": OBJECT, "health": HEALTH, "message": text}
SYNC = {
    "revision": text, "commit": optional(text), "verdict": one_of("done", "no", "failed"), "refusal": text, "recordError": text,
    "wentBackFrom": text, "notInClone": text, "timedOut": truth, "waiting": each([text]), "uncommitted": [text],
    "clusters": each({"error": text, "counts": COUNTS, "changes": [CHANGE], "unhealthy": [UNHEALTHY]}), "endpoints": ENDPOINTS,
}  # fmt: skip
SCALE = {
    "object": text, "by": text, "rule": text, "replicas": optional(number), "minReplicas": optional(number),
    "maxReplicas": optional(number), "since": optional(text), "reasons": [text],
    "conditions": [{"type": text, "status": text, "reason": text, "message": text}],
}  # fmt: skip
EVICTION = {
    "cluster": text, "phase": one_of("Evicting", "Evicted", "Returning"), "reason": text, "message": text, "since": text,
    "purgeMode": text,
}  # fmt: skip
PLACE = {"name": text, "replicas": optional(number), "applied": truth, "health": HEALTH, "message": text}
QUOTA = {"namespace": text, "name": text, "file": text, "overall": each(text), "overallUsed": each(text)}
STATUS = {
    "revision": text,
    "objects": [
        {
            **OBJECT, "policy": optional({"kind": text, "namespace": text, "name": text}), "health": HEALTH, "message": text,
            "rollout": text, "clusters": [PLACE], "evictions": [EVICTION],
        }
    ],
    "filesWithErrors": [text], "quotas": [QUOTA], "scales": [SCALE],
}  # fmt: skip
CLUSTERS = [
    {
        "name": text, "version": text, "mode": text, "labels": each(text), "taints": [text], "provider": text, "region": text,
        "zones": [text], "reported": optional(text),
        "ready": optional(truth), "objects": optional({"total": number, "applied": number, "current": number}), "message": text,
        "conditions": [{"type": text, "status": text, "reason": text, "message": text, "since": optional(text)}],
        "resourceSummary": optional(
            {"allocatable": each(text), "allocated": each(text), "allocating": each(text),
             "nodes": optional([{"count": number, "min": each(text)}])}
        ),
        "remedyActions": [text], "rollouts": [text],
        "observed": optional(
            {**dict.fromkeys(("create", "configure", "prune", "blocked", "marks", "changes"), number),
             "since": text, "noneSince": optional(text), "unreadSince": optional(text)}
        ),
    }
]  # fmt: skip
TARGETS = each(optional(number))
RULE = {"policy": text, "rule": number, "origin": text, "wrote": [text]}


def edit(value: Any) -> bool:
    """A rule's has its place, one that failed says why; a change lacks the side where nothing stands."""
    rule = {"policy": text, "rule": number, "origin": text} if value["step"] == "override" else {}
    known = {"step": one_of("scheduling", "override", "cleaning"), "changes": [change_told], **rule}
    return fits(value, known | ({"error": text} if "error" in value else {}))


def change_told(value: Any) -> bool:
    return text(value["path"]) and {"path"} < value.keys() <= {"path", "before", "after"}


RENDERED = {
    "name": text, "rendered": truth, "kept": truth, "replicas": optional(number), "digest": text, "overrides": [RULE],
    "edits": [edit], "recorded": optional({"applied": truth, "health": text, "message": text}),
}  # fmt: skip


def place_explained(value: Any) -> bool:
    """With an error where it could not be rendered, with the manifest where a member is named."""
    optionals = {"error": text, "manifest": manifest}
    known = {**RENDERED, **{name: shape for name, shape in optionals.items() if name in value}}
    bare = {"name", "rendered", "kept", "recorded", "edits"}
    return fits(value, known) if value["rendered"] else bare <= value.keys() <= bare | {"error"}


EXPLAIN = [
    {
        "object": text, "template": text, "expandedFrom": optional({"object": text, "file": text}),
        "commit": optional({"sha": text, "subject": text, "author": text, "time": text}),
        "claim": {
            "policy": optional(text), "file": optional(text), "reason": text, "candidates": [text], "waitingFor": [text],
            "ranking": [{"policy": text, "file": text, "standing": text}],
        },
        "schedule": {
            "decision": one_of("scheduled", "unschedulable", "none"), "reasons": [text], "targets": TARGETS,
            "rejected": each(text), "filters": each([{"filter": text, "passes": truth, "reason": text}]), "arithmetic": [text],
        },
        "scale": optional(SCALE),
        "limits": [text], "endpoints": [text],
        "quotas": [{**QUOTA, "counts": each(text)}],
        "transition": {
            "inForce": TARGETS, "message": text, "waitsFor": [text], "rollout": text, "requiredBy": [text], "suspended": [text],
            "preserved": truth, "evictions": [EVICTION],
        },
        "clusters": [place_explained],
    }
]  # fmt: skip
DIFFERENCE = {
    "object": OBJECT, "change": one_of("create", "change", "refuse", "remove", "release"), "clusters": [text], "cause": text,
    "before": optional(manifest),
    "after": optional(manifest), "reason": text,
}  # fmt: skip


def entry(value: Any) -> bool:
    """What belongs to one effect besides what all of them have."""
    shapes: dict[str, Any] = {
        "remove": {"clusters": [text], "left": [text]},
        "release": {"clusters": [text], "left": [text]},
        "move": {"from": [text], "to": TARGETS},
        "scale": {"before": TARGETS, "after": TARGETS},
        "claim": {"before": text, "after": text},
        "override": {"policy": text, "begins": truth, "clusters": [text]},
        "change": {"clusters": [[text]], "parts": [{"path": text, "before": anything, "after": anything}]},
        "create": {"to": TARGETS},
        **{name: {"clusters": [text], "fields": [text], "remedy": text} for name in ("recreate", "refuse")},
    }
    all_have = {"effect": one_of(*shapes), "text": text, "objects": [OBJECT], "origins": [text], "reason": text}
    return fits(value, all_have | shapes[value["effect"]])


SKIPPED = {"object": OBJECT, "clusters": [text], "reason": text}
GUARDED = {"cluster": text, "objects": [OBJECT], "reason": text}
BLOCK = {"effect": text, "text": text, "lines": [text], "objects": [text], "clusters": [text], "teams": [text]}
PAGE = {
    "title": text, "compared": text, "alerts": [text], "sections": [{"title": text, "blocks": [BLOCK]}], "notes": [text],
}  # fmt: skip
STAGED = {"name": text, "clusters": [text], "inNoGroup": [text], "gate": text}
STAGING = {"staged": [{"name": text, "groups": [STAGED], "objects": [OBJECT], "meets": text}], "atOnce": [OBJECT]}
DIFF = {
    "base": text, "head": text, "with": text, "errors": [ISSUE], "warnings": [ISSUE], "outline": [entry],
    "differences": [DIFFERENCE], "kept": [SKIPPED], "worktree": truth, "uncommitted": [text], "page": PAGE,
    "guarded": [GUARDED], "consented": [{"cluster": text, "objects": [OBJECT]}], "readdressed": each(number), "rollouts": STAGING,
}  # fmt: skip
GET = {
    "items": [{"cluster": text, "manifest": manifest}],
    "unanswered": each(text),
    "notServed": each([text]),
    "missing": [OBJECT],
}
LIVE = {
    **{name: shape for name, shape in DIFF.items() if name not in ("with", "readdressed", "guarded", "consented", "rollouts")},
    "skipped": [SKIPPED],
    "endpoints": ENDPOINTS,
    "offline": each(text),
    "unanswered": each(text),
}
SIMULATE = {"outline": [entry], "differences": [DIFFERENCE], "lost": each(number), "unplaced": [{"object": text, "reason": text}]}
COMMIT = {"sha": text, "subject": text, "author": text, "time": text}
CHANGE_OF = {"change": text, "clusters": [text], "from": [text], "before": text, "after": text, "message": text}
STATE = {
    "state": text, "time": text, "revision": text, "applied": number, "health": HEALTH, "message": text,
    "clusters": [{"name": text, "replicas": optional(number)}],
}  # fmt: skip
HISTORY = {
    "objects": [
        {
            "object": OBJECT, "revision": text, "shallow": truth, "unreadable": [text],
            "states": [{**STATE, "commits": [COMMIT], "missing": text, "backFrom": text, "changes": [CHANGE_OF]}],
        }
    ]
}  # fmt: skip
REVISIONS = {
    "revisions": [
        {
            "revision": text, "commit": optional(COMMIT), "began": text, "ended": text, "states": [text],
            "objects": [{"object": OBJECT, "changes": [CHANGE_OF]}], "notWell": [{"object": OBJECT, "message": text}],
        }
    ]
}  # fmt: skip
BLAME = {
    "object": OBJECT, "cluster": text, "revision": text, "asRecorded": truth,
    "lines": [
        {
            "line": number, "text": text, "path": text, "step": one_of("template", "scheduling", "override", "cleaning", "marks"),
            "file": text, "fileLine": number, "commit": optional(COMMIT), "boundary": truth, "policy": text,
            "rule": optional(number),
        }
    ],
    "foreign": optional([{"path": text, "manager": text, "operation": text, "since": text}]),
}  # fmt: skip
DRIFT = {
    "revision": text, "recorded": text, "ageSeconds": number, "inSync": truth,
    "clusters": [{"name": text, "sync": one_of("InSync", "Drifted", "NotApplied", "Unknown"), "reason": text, "asOf": text}],
    "drift": [
        {
            "cluster": text, "object": OBJECT, "what": text, "fields": [{"path": text, "by": [text]}], "by": [text],
            "state": one_of("corrected", "stands", "ended"),
            "times": number, "since": text, "last": text, "message": text,
        }
    ],
}  # fmt: skip
BREAKAGE = {
    "object": OBJECT, "broken": truth, "cause": one_of("commit", "failover", "member", "drift", "none", "unknown"),
    "commits": [COMMIT], "files": [text], "lastCommit": optional(COMMIT), "clusters": [text], "reason": text,
    "unreachable": each(text), "drifts": each(text), "evictions": [EVICTION], "followed": [EVICTION],
    "changes": [CHANGE_OF], "diff": text, "good": optional(STATE), "bad": STATE, "repaired": optional(STATE),
}  # fmt: skip


def bisected(value: Any) -> bool:
    return fits(value, BREAKAGE if value["broken"] else {"object": OBJECT, "broken": truth})


PROGRESS = {
    "name": text, "state": one_of("waits", "under way", "Current", "failed", "kept"), "since": optional(text), "message": text,
}  # fmt: skip
ROLLOUTS = {
    "revision": text,
    "rollouts": [
        {
            "name": text, "revision": text, "base": text, "started": text, "message": text, "queued": text, "windows": [text],
            "phase": one_of("Progressing", "Failed", "Completed", "Reverted"), "objects": [OBJECT],
            "paused": optional({"reason": text, "by": text, "commit": text}),
            "groups": [{"name": text, "clusters": [PROGRESS]}],
        }
    ],
}  # fmt: skip
DOCTOR = {
    "service": {"namespace": text, "name": text},
    "routes": [
        {
            "declaredBy": text, "host": text, "providers": [text], "consumers": [text],
            "endpoints": [{"cluster": text, "own": number, "ready": number, "copied": each(number)}],
            "checks": [
                {
                    "check": one_of(
                        "declared", "placed", "members", "service", "ready", "ports", "dispatched", "name", "addresses", "network"
                    ),
                    "verdict": one_of("holds", "fails", "unknown"), "message": text, "evidence": [text], "remedy": text,
                }
            ],
        }
    ],
    "unanswered": each(text),
}  # fmt: skip
SHAPES: dict[tuple[str, ...], Any] = {
    ("validate",): {"revision": text, "worktree": truth, "uncommitted": [text], "issues": [ISSUE], "exclude": [text]},
    ("diff", "HEAD~1"): DIFF,
    ("diff", "HEAD"): DIFF,
    ("diff", "HEAD~1", "--live"): LIVE,
    ("sync",): SYNC,
    ("sync", "--dry-run"): SYNC,
    ("status",): STATUS,
    ("status", "-n", "shop"): STATUS,
    ("get", "deploy", "-A"): GET,
    ("get", "deploy/web", "-n", "shop"): GET,
    ("get", "deploy/nowhere", "-n", "shop"): GET,
    ("status", "deploy/web", "-l", "app"): STATUS,
    ("clusters",): CLUSTERS,
    ("get", "clusters"): CLUSTERS,
    ("explain", "deploy/web"): EXPLAIN,
    ("explain", "deploy/lost"): EXPLAIN,
    ("explain", "cm/unclaimed"): EXPLAIN,
    ("explain", "Deployment/web", "--cluster", "m1"): EXPLAIN,
    ("doctor", "svc/web", "-n", "shop"): DOCTOR,
    ("simulate", "--lose", "m1"): SIMULATE,
    ("status", "--at", "HEAD"): STATUS,
    ("history",): REVISIONS,
    ("drift",): DRIFT,
    ("drift", "--since", "7d"): DRIFT,
    ("history", "deploy/web"): HISTORY,
    ("history", "deploy/lost"): HISTORY,
    ("blame", "deploy/web", "--cluster", "m1"): BLAME,
    ("blame", "deploy/web", "--cluster", "m1", "--live"): BLAME,
    ("bisect", "deploy/web"): bisected,
    ("rollout", "status"): ROLLOUTS,
}


def without_age(document: Any) -> Any:
    """Two runs one after the other may be in two seconds."""
    return {name: value for name, value in document.items() if name != "ageSeconds"} if isinstance(document, dict) else document


@pytest.mark.parametrize("which", ["world", "unhealthy"])
@pytest.mark.parametrize("command", SHAPES, ids=" ".join)
def test_json_has_the_documented_shape_and_yaml_says_the_same(
    command: tuple[str, ...], which: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(which)
    as_json, as_yaml = (world.run(*command, "-o", output) for output in ("json", "yaml"))
    assert fits(as_json.json, SHAPES[command]), as_json.out
    assert without_age(yaml.safe_load(as_yaml.out)) == without_age(as_json.json)
    assert as_json.code == as_yaml.code
    printed = json.dumps(as_json.json, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert as_json.out == printed  # keys sorted, one line break at the end


def test_the_document_of_what_broke(unhealthy: World) -> None:
    found = unhealthy.run("bisect", "deploy/lost", "-o", "json").json
    assert found["broken"]
    assert bisected(found), found


def test_render_in_both_formats(world: World) -> None:
    as_json, as_yaml = world.run("render", "-o", "json").json, world.run("render")
    shown: dict[str, list[Any]] = {"m1": [], "m2": []}
    for part in as_yaml.out.split("---\n")[1:]:
        heading, _, body = part.partition("\n")
        member, _, _ = heading.removeprefix("# ").partition(": ")
        assert heading.endswith(":1)")  # the place of the template
        shown[member].append(yaml.safe_load(body))
    assert fits(as_json, each([manifest]))
    by_name = lambda item: (item["kind"], item["metadata"]["name"])  # noqa: E731
    assert {name: sorted(items, key=by_name) for name, items in shown.items()} == {
        name: sorted(items, key=by_name) for name, items in as_json.items()
    }


def test_render_to_a_folder(world: World, tmp_path: Path) -> None:
    ran = world.run("render", "--to", str(tmp_path / "out"), "--cluster", "m2")
    assert (ran.code, ran.out, ran.err) == (0, "", "m2: 2 manifests\n")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.yaml")) == [
        "out/m2/_cluster/Namespace/shop.yaml",
        "out/m2/shop/Deployment.apps/web.yaml",
    ]


# Exit codes

DONE, NO, USAGE, CANNOT = 0, 1, 2, 3


@pytest.mark.parametrize(
    ("which", "command", "code"),
    [
        ("world", "validate", DONE),
        ("world", "render", DONE),
        ("world", "diff HEAD HEAD", DONE),
        ("world", "diff HEAD~1", DONE),
        ("world", "diff HEAD~1 --exit-code", NO),
        ("world", "diff HEAD --exit-code", DONE),
        ("world", "diff HEAD~1 --live", DONE),
        ("world", "diff HEAD~2 --live --exit-code", DONE),
        ("unhealthy", "diff HEAD~1", DONE),
        ("unhealthy", "diff HEAD~1 --exit-code", NO),
        ("world", "sync", DONE),
        ("world", "sync --dry-run", DONE),
        ("world", "status", DONE),
        ("world", "status deployment/web deploy/web", DONE),
        ("world", "doctor svc/web -n shop", NO),
        ("world", "doctor deploy/web", USAGE),
        ("world", "status deploy/nobody", NO),
        ("world", "status web", NO),
        ("world", "status deploy/", USAGE),
        ("world", "status -l =", USAGE),
        ("world", "clusters", DONE),
        ("world", "get clusters m1", DONE),
        ("world", "get cluster/nobody", USAGE),
        ("world", "explain deploy/web", DONE),
        ("world", "explain deployments.apps/web -n shop", DONE),
        ("world", "explain deploy/web -n default", NO),
        ("world", "explain deploy/nobody", NO),
        ("world", "simulate --lose m1", NO),
        ("world", "simulate --label m1:a=b", DONE),
        ("unhealthy", "validate", NO),
        ("unhealthy", "render", NO),
        ("unhealthy", "sync", NO),
        ("unhealthy", "status", NO),
        ("unhealthy", "status --unhealthy", NO),
        ("unhealthy", "clusters", DONE),
        ("unhealthy", "explain cm/unclaimed", DONE),
        ("world", "nonsense", USAGE),
        ("world", "validate --nonsense", USAGE),
        ("world", "validate HEAD extra", USAGE),
        ("world", "validate -o xml", USAGE),
        ("world", "diff", USAGE),
        ("world", "explain", USAGE),
        ("world", "explain web", USAGE),
        ("world", "explain deploy/web --cluster nobody", USAGE),
        ("world", "simulate", USAGE),
        ("world", "simulate --lose nobody", USAGE),
        ("world", "status --cluster nobody", USAGE),
        ("world", "sync --cluster nobody", USAGE),
        ("world", "sync --allow-prune nobody", USAGE),
        ("world", "sync --timeout soon", USAGE),
        ("world", "sync --timeout 99999999999999999h", USAGE),
        ("world", "render --cluster nobody", USAGE),
        ("world", "render --with-secrets", USAGE),
        ("world", "validate nobody", CANNOT),
        ("world", "diff nobody", CANNOT),
        ("world", "diff HEAD nobody", CANNOT),
        ("world", "sync nobody", CANNOT),
        ("world", "render nobody", CANNOT),
        ("world", "explain deploy/web --revision nobody", CANNOT),
        ("world", "history deploy/web", DONE),
        ("world", "bisect deploy/web", DONE),
        ("unhealthy", "bisect deploy/lost", NO),
        ("world", "history deploy/nowhere", NO),
        ("world", "history web", USAGE),
        ("world", "history --since soon", USAGE),
        ("world", "history deploy/web --cluster nobody", USAGE),
        ("world", "history --status-branch nobody", CANNOT),
        ("world", "history --status-branch=--exec=x", CANNOT),
        ("world", "drift", DONE),
        ("unhealthy", "drift --exit-code", DONE),
        ("world", "drift --cluster nobody", USAGE),
        ("world", "drift --max-age soon", USAGE),
        ("world", "drift --status-branch nobody", CANNOT),
        ("world", "blame deploy/web", USAGE),
        ("world", "blame deploy/web --cluster nobody", NO),
        ("world", "bisect deploy/nowhere", CANNOT),
        ("world", "bisect deploy/web --good nobody", CANNOT),
        ("world", "status --at nobody", CANNOT),
        ("world", "validate --exec=x", USAGE),
        ("world", "validate -- --exec=x", CANNOT),
    ],
)
def test_exit_codes(which: str, command: str, code: int, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(which)
    verb, *rest = command.split()
    ran = run_here(verb, "--repo", str(world.repo.path), *rest)
    assert ran.code == code, ran
    if code in (USAGE, CANNOT):
        assert ran.out == ""
        assert "Error: " in ran.err


REPOSITORIES = {
    "no folder": "there is no such folder",
    "no repository": "not a Git repository",
    "no commit": "no commits yet",
    "no server": "nothing answers at the address",
    "no protocol": "protocol",
}


@pytest.mark.parametrize("place", REPOSITORIES)
@pytest.mark.parametrize(
    "command", ["validate", "render", "diff HEAD", "sync", "status", "clusters", "explain cm/x", "simulate --lose m1"]
)
def test_a_repository_that_is_none(tmp_path: Path, command: str, place: str) -> None:
    """What is wrong and what to do, in two lines at most, and nothing on stdout."""
    (tmp_path / "no repository").mkdir()
    World(tmp_path / "empty")
    where = {
        "no server": "http://127.0.0.1:1/config.git", "no protocol": "ext::sh -c x", "no commit": str(tmp_path / "empty/config"),
    }.get(place, str(tmp_path / place))  # fmt: skip
    verb, *rest = command.split()
    ran = run_here(verb, *rest, "--repo", where, "--cache", str(tmp_path / "cache"))
    assert (ran.code, ran.out) == (CANNOT, "")
    assert ran.err.startswith("Error: ")
    assert REPOSITORIES[place] in ran.err
    assert len(ran.err.splitlines()) == 2


@pytest.mark.parametrize("command", ["init", "demo --folder", "render --to"])
def test_a_file_where_a_folder_is_named(world: World, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("content")
    verb, *rest = command.split()
    place = ("--repo", str(world.repo.path)) if verb == "render" else ()
    ran = run_here(verb, *place, *rest, str(file))
    assert (ran.code, ran.out) == (CANNOT, "")
    assert ran.err.startswith(f"Error: {file}")
    assert file.read_text() == "content"


SETTINGS = {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "metadata": {"name": "c"}}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("reconciler.yaml", json.dumps(SETTINGS | {"spec": {"x": 1}})),
        ("reconciler.yaml", json.dumps(SETTINGS)[:-1]),
        ("reconciler.yaml", "<<<<<<< HEAD\nkind: [\n"),
        ("any/where.yaml", json.dumps(SETTINGS)[:-1]),
        ("two.yaml", json.dumps(SETTINGS) + "\n---\n" + json.dumps(SETTINGS)),
    ],
)
def test_a_configuration_that_cannot_be_read_stops_a_sync(tmp_path: Path, path: str, text: str) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1"), path: text})
    ran = world.sync()
    assert (ran.code, ran.out) == (CANNOT, "")
    assert f"{path}:" in ran.err
    assert len(ran.err.splitlines()) == 2
    assert not world.members.exists()
    assert world.run("validate").code == NO


# Streams


def test_complaints_go_to_stderr_with_file_line_and_remedy(unhealthy: World) -> None:
    ran = unhealthy.run("validate")
    assert ran.out.count("\n") == 1
    assert "2 errors, 1 warning" in ran.out
    assert "broken.yaml:2: error: the text is not YAML" in ran.err
    assert "apps/lost/workload.yaml:1: error: " in ran.err
    assert "unclaimed.yaml:1: warning: " in ran.err
    assert all(line.startswith("    ") or ": error: " in line or ": warning: " in line for line in ran.err.splitlines())


@pytest.mark.parametrize("output", ["json", "yaml"])
@pytest.mark.parametrize("command", ["validate", "sync", "status"])
def test_documents_stand_alone_on_stdout(unhealthy: World, command: str, output: str) -> None:
    ran = unhealthy.run(command, "-o", output)
    assert isinstance(yaml.safe_load(ran.out), dict)


def test_nothing_recorded_yet(tmp_path: Path) -> None:
    world = World(tmp_path, fleet("m1"))
    ran = world.run("status")
    assert (ran.code, ran.out) == (CANNOT, "")
    assert "  Run `reconciler sync` first." in ran.err
    as_json = world.run("status", "-o", "json")
    nothing = {"revision": "", "objects": [], "filesWithErrors": [], "quotas": [], "scales": []}
    assert (as_json.code, as_json.json, as_json.err) == (CANNOT, nothing, ran.err)
    clusters = world.run("clusters", "-o", "json")
    assert ([row["ready"] for row in clusters.json], clusters.code, clusters.err) == ([None], CANNOT, ran.err)
    assert world.run("diff", "HEAD").err == ""


def test_a_clone_without_the_status_branch_says_how_to_fetch_it(world: World, tmp_path: Path) -> None:
    bare, clone = world.repo.bare_clone(tmp_path / "bare.git"), tmp_path / "clone"
    run_git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{bare}", str(clone))
    here = ("--repo", str(clone))
    ran = run_here("status", *here)
    assert (ran.code, run_here("clusters", *here).code) == (CANNOT, CANNOT)
    command = ran.err.partition("Fetch it: git ")[2].partition(".")[0]
    assert run_here("diff", "HEAD", *here).err == ran.err
    run_git(clone, *command.split())
    assert run_here("status", *here).out == world.run("status").out
    assert (run_here("clusters", *here).code, run_here("diff", "HEAD", *here).err) == (DONE, "")


def test_diff_does_not_judge_a_head_with_a_new_error(world: World, tmp_path: Path) -> None:
    copy = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    copy.commit({"broken.yaml": "kind: [\n"})
    ran = copy.run("diff", "HEAD~1")
    assert (ran.code, ran.out) == (CANNOT, "No differences.\n")
    assert "HEAD has 1 new error: what it concerns cannot be judged. See `reconciler validate`." in ran.err
    same = copy.run("diff", "HEAD", "HEAD")
    assert (same.code, "BASE and HEAD are the same commit" in same.out) == (DONE, True)
    copy.repo.git("checkout", "--quiet", "HEAD~1")
    copy.repo.write({"apps/web/policy.yaml": placed("web", "nobody")["apps/web/policy.yaml"]})
    of_files = copy.run("diff", "--worktree", "--exit-code")
    assert of_files.code == CANNOT
    said = "The work tree has 1 new error: what it concerns cannot be judged. See `reconciler validate --worktree`."
    assert said in of_files.err


def test_status_of_some_objects(world: World, unhealthy: World) -> None:
    def names(*arguments: str, of: World = world) -> list[str]:
        return [f"{row['kind']}/{row['name']}" for row in of.run("status", *arguments, "-o", "json").json["objects"]]

    assert names() == ["Namespace/shop", "Deployment/web"]
    assert names("deploy,ns") == ["Namespace/shop", "Deployment/web"]
    assert names("deployments", "web", "other") == names("deploy/web") == ["Deployment/web"]
    assert names("-l", "!tier", "deploy") == ["Deployment/web"]
    assert names("-l", "tier") == []
    assert names("--unhealthy") == []
    ran = world.run("status", "--unhealthy")
    assert (ran.code, ran.out) == (DONE, "")
    assert "No recorded object has a problem (2 NotObserved)." in ran.err
    for arguments in (["nosuch"], ["svc"], ["deploy/wbe"], ["-n", "nosuch"], ["-l", "tier"]):
        assert world.run("status", *arguments).code == NO, arguments
    assert "matches: web. Did you mean deployment/web?" in world.run("status", "web").err
    assert "matches: svc. Recorded are objects of Deployment.apps, Namespace." in world.run("status", "svc").err
    assert names("--unhealthy", of=unhealthy) == ["ConfigMap/unclaimed", "Deployment/lost"]


def test_members_under_the_name_that_karmada_users_type(world: World) -> None:
    wide, plain = world.run("get", "clusters", "-o", "wide"), world.run("clusters")
    assert [line.split()[0] for line in wide.out.splitlines()] == ["NAME", "m1", "m2"]
    assert {"LABELS", "TAINTS", "AGE"} <= set(wide.out.split())
    assert not {"LABELS", "TAINTS", "AGE"} & set(plain.out.split())
    assert world.run("get", "clusters", "m2", "-o", "name").out == "cluster/m2\n"
    assert world.run("get", "clusters", "-l", "!tier", "-o", "name").out == "cluster/m1\ncluster/m2\n"
    assert world.run("clusters", "-l", "tier", "-o", "json").json == []


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str) -> None:
    ran = run_here(command, "--help")
    assert (ran.code, ran.err) == (DONE, "")
    words = " ".join(ran.out.split())
    assert COMMANDS[command] in words
    assert f"Example: reconciler {command}" in words or f"Example, in a pull request: reconciler {command}" in words
    assert "--help" in words


def test_help_lists_every_command() -> None:
    ran = run_here("--help")
    listed = [
        line.split()[0] for line in ran.out.partition("Commands:")[2].splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert listed == list(COMMANDS)
    assert run_here().code == USAGE
    assert run_here("--version").out == run_here("version").out
    assert run_here("version").out.startswith("reconciler 0.")


# Terminals and pipes


def on_a_terminal(
    *arguments: str, columns: int = 80, rows: int = 40, expected: tuple[int, ...] = (DONE, NO), **environment: str
) -> str:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (rows, columns))
    command = [*PROGRAM, *arguments]
    with popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment(TERM="xterm", **environment)
    ) as process:
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    assert process.returncode in expected
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux' way of saying that nobody is at the other end any more
        return b""


def test_colour_is_for_terminals(world: World, unhealthy: World) -> None:
    diff = ("diff", "HEAD~1", "--repo", str(world.repo.path))
    assert "\x1b[1mscale" in on_a_terminal(*diff)
    assert not re.search(r"\x1b\[[0-9;]*m", on_a_terminal(*diff, NO_COLOR="1"))  # A slow one shows its progress.
    validate = ("--repo", str(unhealthy.repo.path))
    assert "\x1b[31merror:" in on_a_terminal("validate", *validate)
    assert "\x1b[31mError:" in on_a_terminal("validate", "nobody", *validate, expected=(CANNOT,))


def test_what_is_longer_than_the_terminal_goes_through_the_pager(world: World) -> None:
    diff = ("diff", "HEAD~1", "--repo", str(world.repo.path))
    assert "paged:\x1b[1mscale" in on_a_terminal(*diff, rows=2, PAGER="sed s/^/paged:/")
    for more, rows in (((), 40), (("--no-pager",), 2)):
        assert "paged:" not in on_a_terminal(*diff, *more, rows=rows, PAGER="sed s/^/paged:/")


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_fit_the_terminal_and_are_whole_in_a_pipe(unhealthy: World, columns: int) -> None:
    """The message of an object without a place, and the name of its policy, need more than 80 columns."""
    place = ("--repo", str(unhealthy.repo.path))
    lines = on_a_terminal("status", *place, columns=columns).splitlines()
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    table = bare[: next(index for index, line in enumerate(bare) if "with an error" in line)]
    assert len(table) > 2
    assert max(map(len, table)) <= columns
    assert any("\x1b[33mUnknown\x1b[0m" in line for line in lines)
    piped, wide = (run_process("status", *more, *place, COLUMNS=str(columns)).out for more in ([], ["-o", "wide"]))
    assert piped == wide
    assert max(map(len, piped.splitlines())) > 120
    assert "…" not in piped


def test_help_follows_the_terminal() -> None:
    for columns in (60, 80, 110):
        lines = on_a_terminal("sync", "--help", COLUMNS=str(columns)).splitlines()
        assert columns - 25 < max(map(len, lines)) <= columns


def test_no_escape_codes_in_pipes(world: World, unhealthy: World) -> None:
    places = [["--repo", str(one.repo.path)] for one in (world, unhealthy)]
    verbs = (
        ["validate"],
        ["diff", "HEAD~1"],
        ["sync"],
        ["sync", "--dry-run"],
        ["status"],
        ["clusters"],
        ["explain", "deploy/web"],
        ["simulate", "--lose", "m1"],
    )
    runs = run_all([[*verb, *place] for verb in verbs for place in places], TERM="xterm")
    assert not any("\x1b" in ran.out + ran.err for ran in runs)


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    many = "---\n".join(config(f"c{number}", key="value" * 400) for number in range(100))
    world = World(tmp_path, {**fleet("m1"), "many.yaml": many, "p.yaml": policy("many", selector("ConfigMap"))})
    for output in ("yaml", "json"):
        command = [*PROGRAM, "render", "-o", output, "--repo", str(world.repo.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            said = process.stderr.read().decode()
        assert said == ""
        assert process.returncode in (DONE, NO)


# Odd repositories


@pytest.mark.parametrize(
    ("name", "shown"), [(b"caf\xe9.yaml", "caf\\xe9.yaml"), (b"x\nb.yaml:1: error: y.yaml", "x\\nb.yaml:1: error: y.yaml")]
)
def test_names_of_files_that_are_not_utf_8_or_have_a_line_break(tmp_path: Path, name: bytes, shown: str) -> None:
    world = World(tmp_path, fleet("m1"))
    odd = Path(os.fsdecode(os.fsencode(world.repo.path) + b"/" + name))
    odd.write_text(config("odd") + "---\n" + "kind: [\n")
    world.commit({"p.yaml": policy("odd", selector("ConfigMap"))})
    assert [issue["file"] for issue in world.run("validate", "-o", "json").json["issues"]] == [shown]
    for command in (("validate",), ("sync",), ("diff", "HEAD~1", "-o", "yaml")):
        said = world.run(*command).err
        assert shown in said
        assert "\nb.yaml" not in said
    odd.write_text(config("odd"))
    world.commit({})
    assert world.sync().code == DONE
    assert [found["template"] for found in world.run("explain", "cm/odd", "-o", "json").json] == [f"{shown}:1"]
    for command in (("diff", "HEAD~2"), ("diff", "HEAD~2", "-o", "markdown"), ("explain", "cm/odd"), ("format", "--check")):
        ran = world.run(*command)
        assert (shown in ran.out) == (command[0] != "format")
        assert "\nb.yaml" not in ran.out + ran.err


def test_a_bare_repository(world: World, tmp_path: Path) -> None:
    bare = world.repo.bare_clone(tmp_path / "bare.git")
    assert run_here("validate", "--repo", str(bare)).code == DONE
    elsewhere = run_here("sync", "--repo", str(bare))
    assert elsewhere.code == CANNOT, "its members are beside the repository that was synced first"
    assert "bare.git.members does not exist" in elsewhere.err
    assert run_here("sync", "--repo", str(bare), "--member-root", str(world.members)).code == DONE
    (tmp_path / "bare.git.members").mkdir()
    assert run_here("sync", "--repo", str(bare)).code == DONE
    assert (tmp_path / "bare.git.members" / "m1").is_dir()


def test_the_current_folder_and_the_environment(world: World, tmp_path: Path) -> None:
    inside = run_process("validate", cwd=world.repo.path / "apps")
    assert inside.code == DONE
    named = run_process("status", cwd=tmp_path, RECONCILER_REPO=str(world.repo.path), RECONCILER_OUTPUT="json")
    assert fits(named.json, STATUS)


def test_init_leaves_out_what_a_repository_has_for_other_tools(tmp_path: Path) -> None:
    kustomization = {f"app{number}/kustomization.yaml": "resources: []\n" for number in range(9)}
    values = {"charts/values/a.yaml": "a: 1\n", "charts/values/b.yaml": "b: 1\n", ".github/ci.yaml": "on: push\n"}
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1"), **kustomization, **values})
    before = run_here("validate", "--repo", str(world.repo.path))
    assert before.code == NO
    assert "2       error      NotAnObject       charts/values" in before.err
    assert before.err.rstrip().endswith("  - app8\n  - charts")
    assert run_here("validate", "--repo", str(world.repo.path), "-o", "json").json["exclude"][-2:] == ["app8", "charts"]
    made = run_here("init", str(world.repo.path), "--from-existing")
    assert (made.code, made.out.count("created")) == (DONE, 1)
    assert "\n  validation: Lenient\n" in (world.repo.path / "reconciler.yaml").read_text()
    subprocess.run("git add . && git commit --quiet -m Start", shell=True, cwd=world.repo.path, check=True)  # noqa: S602
    validated = run_here("validate", "--repo", str(world.repo.path))
    assert (validated.code, validated.err) == (DONE, "")


@pytest.mark.parametrize("more", [[], ["--from-existing"]])
def test_init_writes_nothing_where_a_commit_would_be_on_no_branch(tmp_path: Path, more: list[str]) -> None:
    world = World(tmp_path, fleet("m1"))
    world.repo.git("switch", "--quiet", "--detach")
    ran = run_here("init", str(world.repo.path), *more)
    assert (ran.code, ran.out, world.repo.git("status", "--porcelain")) == (CANNOT, "", "")
    assert "HEAD is on no branch" in ran.err


def test_init_starts_a_repository_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "config"
    first, again = run_here("init", str(folder)), run_here("init", str(folder))
    assert (first.code, again.code) == (DONE, DONE)
    assert first.out.count("created") == 4
    assert f"Next: cd {folder}, read the files, " in first.err
    monkeypatch.chdir(folder)
    assert "Next: read the files, " in run_here("init").err
    assert "\n  validation: Strict\n" in (folder / "reconciler.yaml").read_text()
    assert (again.out, again.err.count("unchanged")) == ("", 4)
    subprocess.run("git add . && git commit --quiet -m Start", shell=True, cwd=folder, check=True)  # noqa: S602 -- as README.md says
    validated: Ran = run_here("validate", "--repo", str(folder))
    assert (validated.code, validated.err) == (DONE, "")
    assert run_here("sync", "--repo", str(folder)).code == DONE
    assert run_here("explain", "deploy/hello", "--repo", str(folder)).code == DONE
    assert (tmp_path / "config.members/member1/default/Deployment.apps/hello.yaml").is_file()

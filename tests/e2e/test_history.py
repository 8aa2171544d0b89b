"""What happened: `history`, `blame`, `status --at` and `bisect`, on real Git with directory members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet import (
    DEPLOYMENT,
    POLICY,
    STATUS,
    World,
    config,
    document,
    fleet,
    override,
    placed,
    policy,
    secret,
    selector,
    workload,
)
from tests.support.gitrepo import run_git
from tests.support.program import isolated_git, run_here

NEWER = "docker.io/library/nginx:1.29"
FILE = "apps/web/workload.yaml"
TEAM = [{"path": "/metadata/annotations", "operator": "add", "value": {"team": "web"}}]
WRONG = [{"path": "/spec/nothing/here", "operator": "replace", "value": 1}]


def team(operations: list[dict[str, object]]) -> dict[str, str]:
    return {"overrides/team.yaml": override("team", selector("Deployment", "web", api=DEPLOYMENT), "m2", plaintext=operations)}


@pytest.fixture(scope="module", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """web is placed on m1, scaled, moved to m2, drifts there, is broken by an override and repaired; old comes and goes."""
    world = World(tmp_path_factory.mktemp("history"), {**fleet("m1", "m2"), **placed("web", "m1"), **placed("old", "m1")})
    steps = [
        {},
        placed("web", "m1", replicas=3),
        placed("web", "m2", replicas=3),
        None,
        {"notes.yaml": config("notes")} | team(TEAM),
        team(WRONG),
        team(TEAM),
    ]
    for number, files in enumerate(steps):
        if files is None:
            drifted = next(world.members.rglob("m2/**/web.yaml"))
            drifted.write_text(drifted.read_text().replace("replicas: 3", "replicas: 9"))
        elif files:
            world.repo.write(files)
            world.repo.commit(f"Step {number}")
        world.sync()
    for path in placed("old", "m1"):
        world.repo.remove(path)
    world.repo.commit("Remove old")
    world.sync()
    return world


def lines(text: str) -> list[list[str]]:
    """The cells of a table."""
    return [re.split(r" {3,}", line) for line in text.splitlines()]


def test_the_history_of_an_object(world: World) -> None:
    ran = world.run("history", "deploy/web", "-n", "shop")
    assert ran.code == 0, ran.err
    rows = [[cell for cell in row[1:-2] if cell != "Ada Lovelace"][1:] for row in lines(ran.out)[1:]]
    assert [row[0] for row in rows] == ["Step 6", "Step 5", "Step 4", "(no commit)", "Step 2", "Step 1", "Change"]
    assert [row[1].split(":")[0] for row in rows] == [
        "applied on m2; overridden by OverridePolicy shop/team; Unknown → NotObserved on m2",
        "not applied on m2",
        "changed on m2; overridden by OverridePolicy shop/team",
        "drift corrected on m2",
        "moved m1 → m2",
        "scaled on m1",
        "placed on m1",
    ]


def test_a_scaling_is_called_changed_only_where_more_changed(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2", divided=True, replicas=4)})
    world.sync()
    of_policy = "apps/web/policy.yaml"
    two_objects = f"{workload('web', 8)}---\n{config('beside')}"
    steps = {
        "Scale": placed("web", "m1", "m2", divided=True, replicas=6),
        "Scale again": {FILE: workload("web", 8)},
        "Scale with another object": {FILE: two_objects.replace('"replicas": 8', '"replicas": 10')},
        "Scale and update": {FILE: workload("web", 12, image=NEWER)},
        "Divide anew": {of_policy: policy("web", selector("Deployment", "web", api=DEPLOYMENT), "m2", divided=True)},
        "Scale and override": {FILE: workload("web", 14, image=NEWER), **team(TEAM)},
    }
    for subject, files in steps.items():
        world.repo.write(files)
        world.repo.commit(subject)
        world.sync()
    states = world.run("history", "deploy/web", "-o", "json").json["objects"][0]["states"]
    told = {state["commits"][0]["subject"]: [one["change"] for one in state["changes"]] for state in states}
    assert told == {
        "Change": ["placed", "health"],
        "Scale": ["scaled"],
        "Scale again": ["scaled"],
        "Scale with another object": ["scaled"],
        "Scale and update": ["scaled", "changed"],
        "Divide anew": ["scaled", "removed"],
        "Scale and override": ["scaled", "changed", "overrides"],
    }


def test_the_document_of_an_object(world: World) -> None:
    (found,) = world.run("history", "deploy/web", "-o", "json").json["objects"]
    head = world.repo.git("rev-parse", "HEAD")
    assert (found["revision"], found["shallow"], found["unreadable"]) == (head, False, [])
    subjects = [[commit["subject"] for commit in state["commits"]] for state in found["states"]]
    assert subjects == [["Step 6"], ["Step 5"], ["Step 4"], [], ["Step 2"], ["Step 1"], ["Change"]]
    moved = found["states"][4]["changes"][0]
    assert moved == {"change": "moved", "clusters": ["m2"], "from": ["m1"], "before": "", "after": "3", "message": ""}
    assert [state["applied"] for state in found["states"]] == [1, 0, 1, 1, 1, 1, 1]


def test_some_of_a_history(world: World) -> None:
    assert len(lines(world.run("history", "deploy/web", "--limit", "2").out)) == 3
    m1 = world.run("history", "deploy/web", "--cluster", "m1").out
    assert "placed on m1:2" in m1
    assert "drift" not in m1
    assert world.run("history", "deploy/web", "--since", "2999-01-01").err.startswith("Deployment.apps shop/web: nothing")
    assert len(lines(world.run("history", "deploy/web", "--since", "1h").out)) == 8
    assert world.run("history", "deploy/web", "--since", "soon").code == 2
    nowhere = world.run("history", "deploy/web", "--cluster", "m9")
    assert (nowhere.code, "no such cluster: m9" in nowhere.err) == (2, True)


def test_an_object_that_is_gone(world: World) -> None:
    ran = world.run("history", "deploy/old")
    assert "Remove old" in ran.out
    assert "removed from m1" in ran.out
    assert "gone" in ran.out


def test_an_object_that_never_was(world: World) -> None:
    ran = world.run("history", "deploy/wbe")
    assert ran.code == 1
    assert "never recorded deploy/wbe in any namespace. Did you mean deployment/web?" in ran.err
    assert world.run("history", "deploy").code == 2


def test_the_history_of_everything(world: World) -> None:
    ran = world.run("history")
    rows = lines(ran.out)[1:]
    assert [row[3] for row in rows] == ["Remove old", "Step 6", "Step 5", "Step 4", "Step 2", "Step 1", "Change"]
    assert rows[0][4] == "1 removed on m1"
    assert "1 not well" in rows[2]
    assert rows[4][4] == "1 moved, 1 corrected on m1, m2"
    entries = world.run("history", "-o", "json", "--limit", "3").json["revisions"]
    assert [one["commit"]["subject"] for one in entries] == ["Remove old", "Step 6", "Step 5"]
    assert [one["object"]["name"] for one in entries[2]["notWell"]] == ["web"]
    short = world.run("history", "--limit", "2")
    assert (len(lines(short.out)), short.err) == (3, "Only the newest 2 are shown; --limit 0 shows all.\n")
    assert lines(world.run("history", "--limit", "0", "-n", "elsewhere").out)[1:] == []


def test_blame_names_file_commit_and_rule(world: World) -> None:
    ran = world.run("blame", "deploy/web", "--cluster", "m2")
    assert ran.code == 0, ran.err
    by_text = {line[-1].strip(): line for line in lines(ran.out)}
    assert by_text["replicas: 3"][0] == world.repo.git("rev-list", "-1", "HEAD", "--grep", "Step 1")[:7]
    assert by_text["team: web"][3].startswith("overrides/team.yaml:")
    assert by_text["team: web"][4] == "OverridePolicy shop/team, rule 0"
    assert by_text["reconciler.dev/instance: reconciler"][1:] == ["marks", by_text["reconciler.dev/instance: reconciler"][-1]]
    text = "\n".join(line["text"] for line in world.run("blame", "deploy/web", "--cluster", "m2", "-o", "json").json["lines"])
    assert text == (world.members / "m2/shop/Deployment.apps/web.yaml").read_text().rstrip("\n")
    for line in world.run("blame", "deploy/web", "--cluster", "m2", "-o", "json").json["lines"]:
        if line["step"] == "template":
            source = (world.repo.path / line["file"]).read_text().splitlines()[line["fileLine"] - 1]
            word = line["path"].rsplit("/", 1)[1]
            assert word.isdigit() or f'"{word}"' in source or line["path"] == "", (line, source)


def test_blame_live_of_a_folder(world: World) -> None:
    ran = world.run("blame", "deploy/web", "--cluster", "m2", "--live")
    assert (ran.code, "This member is a folder" in ran.err) == (0, True)


def test_blame_where_the_object_is_not(world: World) -> None:
    ran = world.run("blame", "deploy/web", "--cluster", "m1")
    assert ran.code == 1
    assert "Deployment.apps shop/web is not on m1. It is on m2. It was there" in ran.err
    assert "It is nowhere" in world.run("blame", "deploy/old", "--cluster", "m1").err
    assert world.run("blame", "deploy/wbe", "--cluster", "m1").code == 1


def test_blame_shows_no_secret_and_who_divides(tmp_path: Path) -> None:
    files = {
        **fleet("m1", "m2"), **placed("web", "m1", "m2", divided=True, replicas=5),
        "token.yaml": secret("token", {"key": "hunter2"}), "token-policy.yaml": policy("token", selector("Secret"), "m1"),
    }  # fmt: skip
    world = World(tmp_path, files)
    world.sync()
    ran = world.run("blame", "secret/token", "--cluster", "m1")
    assert "********" in ran.out
    assert "hunter2" not in ran.out
    assert "aHVudGVyMg" not in ran.out
    divided = world.run("blame", "deploy/web", "--cluster", "m1").out
    (line,) = [line for line in lines(divided) if line[-1].strip().startswith("replicas:")]
    assert line[4] == "scheduling"
    assert line[3].startswith("apps/web/policy.yaml:")


def test_the_state_at_a_revision_and_at_a_time(world: World) -> None:
    def at(name: str) -> str:
        ran = world.run("status", "deploy/web", "--at", name)
        return f"{ran.out}{ran.err}"

    step_1 = world.repo.git("rev-list", "-1", "HEAD", "--grep", "Step 1")
    assert "m1:3" in at(step_1)
    assert "m1:2" in at(f"{step_1}~1")
    assert "not ours" not in at("HEAD")
    broken = world.run("status", "deploy/web", "--at", "HEAD~2")
    assert (broken.code, "rule 0 of OverridePolicy" in broken.out) == (1, True)
    assert "m1:2" in at(world.repo.git("rev-list", "--max-parents=0", STATUS))
    assert "m2:3" in at("0s")
    early = world.run("status", "--at", "2001-01-01")
    assert (early.code, "recorded nothing up to 2001-01-01" in early.err) == (3, True)
    assert world.run("status", "--at", "no-such-branch").code == 3


def test_a_revision_that_was_skipped_is_that_of_the_next_sync(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.sync()
    skipped = world.commit(placed("web", "m1", replicas=3))
    newest = world.commit(placed("web", "m1", replicas=4))
    unknown = world.run("status", "--at", "HEAD")
    assert (unknown.code, "never recorded HEAD, nor a later revision" in unknown.err) == (3, True)
    world.sync()
    ran = world.run("status", "--at", skipped)
    assert f"{skipped} was never recorded itself. This is {newest[:12]}" in ran.err
    assert "m1:4" in ran.out
    assert "(and 1 more commit)" in world.run("history", "deploy/web").out


def test_bisect_names_the_commit(world: World) -> None:
    ran = world.run("bisect", "deploy/web")
    assert ran.code == 1, ran.err
    assert "Deployment.apps shop/web broke on m2" in ran.out
    assert "The cause is this commit:" in ran.out
    assert "Step 5 (Ada Lovelace" in ran.out
    assert "-- overrides/team.yaml" in ran.out
    assert re.search(r"repaired  revision \w{7}", ran.out)
    found = world.run("bisect", "deploy/web", "-o", "json").json
    assert (found["broken"], found["cause"], [one["subject"] for one in found["commits"]]) == (True, "commit", ["Step 5"])
    assert (found["good"]["applied"], found["bad"]["applied"], found["repaired"]["applied"]) == (1, 0, 1)


def test_bisect_between_two_revisions(world: World) -> None:
    step_2 = world.repo.git("rev-list", "-1", "HEAD", "--grep", "Step 2")
    never = world.run("bisect", "deploy/web", "--bad", step_2)
    assert (never.code, "never broke" in never.out) == (0, True)
    assert world.run("bisect", "deploy/web", "--bad", step_2, "-o", "json").json["broken"] is False
    assert "Step 5" in world.run("bisect", "deploy/web", "--good", step_2).out
    assert world.run("bisect", "deploy/web", "--good", "HEAD").code == 0
    assert world.run("bisect", "deploy/web", "--cluster", "m1").code == 0
    assert world.run("bisect", "deploy/wbe").code == 3


def test_bisect_shows_what_the_commit_changed(tmp_path: Path) -> None:
    """The object moves to a member where somebody else has one of its name."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    world.sync()
    foreign = world.members / "m2/shop/Deployment.apps/web.yaml"
    foreign.parent.mkdir(parents=True)
    foreign.write_text(workload("web", image="theirs"))
    world.repo.write(placed("web", "m1", "m2", replicas=3))
    world.repo.commit("Also on m2")
    world.sync()
    ran = world.run("bisect", "deploy/web")
    assert "broke on m2" in ran.out
    assert "Also on m2" in ran.out
    assert "placed on m2:3" in ran.out


def test_bisect_where_no_commit_is_the_cause(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.sync()
    own = world.members / "m1/shop/Deployment.apps/web.yaml"
    own.write_text(workload("web", image="theirs"))  # without our marks: somebody replaced it
    world.sync()
    ran = world.run("bisect", "deploy/web")
    assert ran.code == 1, ran.out + ran.err
    assert "No commit is the cause: it broke in the member" in ran.out
    assert "The last commit that changed it was recorded at" in ran.out
    assert world.run("bisect", "deploy/web", "-o", "json").json["cause"] == "none"


def test_bisect_names_the_failover_that_moved_the_object(tmp_path: Path) -> None:
    """It leaves m1 because of a taint. On m2, where an override of it is wrong, it cannot be written."""
    one = [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
    placement = {"clusterAffinity": {"clusterNames": ["m1", "m2"]}, "spreadConstraints": one}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement}
    files = {**fleet("m1", "m2"), **team(WRONG), "web.yaml": workload("web")}
    files["policy.yaml"] = document("PropagationPolicy", "web", api=POLICY, spec=spec)
    failover = {"failover": {"mode": "auto", "maxMembers": "50%", "maxObjects": "100%"}}
    files["reconciler.yaml"] = document("Configuration", "", "", api="reconciler.dev/v1alpha1", spec=failover)
    world = World(tmp_path, files)
    assert world.sync().code == 0
    assert world.run("drain", "m1", "--yes").code == 0
    world.sync()
    ran = world.run("bisect", "deploy/web")
    assert ran.code == 1, ran.out + ran.err
    found = world.run("bisect", "deploy/web", "-o", "json").json
    (task,) = found["evictions"]
    assert (found["cause"], found["commits"], task["cluster"], task["reason"]) == ("failover", [], "m1", "TaintUntolerated")
    assert "it moves, because it was evicted (failover)." in ran.out
    told = f"It leaves m1 since {task['since']}: the member has the taint reconciler.dev/drain:NoExecute (TaintUntolerated)."
    assert told in ran.out


def test_going_back_is_told(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.sync()
    newer = world.commit(placed("web", "m1", replicas=3))
    world.sync()
    world.sync("HEAD~1")
    assert f"(back from {newer[:7]})" in world.run("history", "deploy/web").out


def test_a_rewritten_branch(tmp_path: Path) -> None:
    """The commit that was recorded is gone: squashed, and cleaned up."""
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.sync()
    gone = world.commit(placed("web", "m1", replicas=3))
    world.sync()
    world.repo.git("reset", "--quiet", "--soft", "HEAD~1")
    world.repo.git("commit", "--quiet", "-m", "Squashed")
    world.sync()
    run_git(world.repo.path, "reflog", "expire", "--expire=now", "--all")
    run_git(world.repo.path, "gc", "--quiet", "--prune=now")
    ran = world.run("history", "deploy/web")
    assert ran.code == 0
    assert "(not in this clone)" in ran.out
    assert f"Not in this clone: {gone[:12]}." in ran.err


def test_a_shallow_clone(world: World, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    run_git(tmp_path, "clone", "--quiet", "--depth", "1", "--no-single-branch", f"file://{world.repo.path}", str(clone))
    ran = run_here("history", "deploy/web", "--repo", str(clone))
    assert (ran.code, len(lines(ran.out))) == (0, 2)
    assert "older states are not in this clone" in ran.err
    assert "git fetch --unshallow" in ran.err
    blame = run_here("blame", "deploy/web", "--cluster", "m2", "--repo", str(clone))
    assert (blame.code, blame.out.splitlines()[1][0]) == (0, "^")


def test_nothing_is_recorded(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    for command in (["history"], ["history", "deploy/web"], ["bisect", "deploy/web"], ["blame", "deploy/web", "--cluster", "m1"]):
        ran = world.run(*command)
        assert (ran.code, "Nothing is recorded here" in ran.err, ran.out) == (3, True, ""), command


def test_a_status_branch_with_another_name(tmp_path: Path) -> None:
    """After a change of `spec.statusBranch`, the past is on the old branch."""
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.sync()
    spec = {"statusBranch": "records"}
    world.commit({"reconciler.yaml": document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec=spec)})
    world.commit(placed("web", "m1", replicas=4))
    world.sync()
    assert "m1:4" in world.run("history", "deploy/web").out
    assert "m1:2" not in world.run("history", "deploy/web").out
    assert "m1:2" in world.run("history", "deploy/web", "--status-branch", STATUS).out
    assert "m1:2" in world.run("status", "--at", "0s", "--status-branch", STATUS).out


def test_a_bare_repository(world: World, tmp_path: Path) -> None:
    bare = world.repo.bare_clone(tmp_path / "bare.git")
    for command in (["history", "deploy/web"], ["bisect", "deploy/web"], ["blame", "deploy/web", "--cluster", "m2"]):
        assert run_here(*command, "--repo", str(bare)).out == world.run(*command).out


def test_blame_of_what_could_not_be_rendered_or_applied(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m2"), **placed("api", "m1")})
    foreign = world.members / "m1/shop/Deployment.apps/api.yaml"
    foreign.parent.mkdir(parents=True)
    foreign.write_text(workload("api", image="theirs"))
    world.commit(team(WRONG))
    world.sync()
    ran = world.run("blame", "deploy/web", "--cluster", "m2")
    assert (ran.code, "cannot be rendered for m2" in ran.err) == (1, True)
    ran = world.run("blame", "deploy/api", "--cluster", "m1")
    assert (ran.code, "m1 did not report this manifest as applied" in ran.err) == (0, True)


def test_templates_in_lists_and_with_others_have_their_lines(tmp_path: Path) -> None:
    text = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: first
    namespace: shop
  data:
    text: |
      one
      two
    x: "1"
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: second, namespace: shop}
  data: {z: "2"}
"""
    world = World(tmp_path, {**fleet("m1"), "list.yaml": text, "p.yaml": policy("maps", selector("ConfigMap"), "m1")})
    world.sync()
    wanted = {"first": {"one": 11, "two": 12, 'x: "1"': 13, "name: first": 7}, "second": {'z: "2"': 17, "namespace: shop": 16}}
    for name, expected in wanted.items():
        document = world.run("blame", f"cm/{name}", "--cluster", "m1", "-o", "json").json
        places = {line["text"].strip(): line["fileLine"] for line in document["lines"] if line["step"] == "template"}
        assert {word: places[word] for word in expected} == expected


def test_a_member_that_never_was(world: World) -> None:
    ran = world.run("history", "--cluster", "m9")
    assert (ran.code, "no such cluster: m9" in ran.err) == (2, True)


@pytest.mark.parametrize("time", ["yesterday", "2026-13-45"])
def test_what_is_no_time_is_answered_with_the_form_of_times(world: World, time: str) -> None:
    ran = world.run("status", "--at", time)
    assert ran.code == 3
    assert "A time is written 2026-01-31, 2026-01-31T12:00, or 3d (three days ago)." in ran.err


def test_a_time_may_end_with_ago(world: World) -> None:
    assert world.run("history", "--since", "3d ago").code == 0
    assert "recorded nothing up to 2" in world.run("status", "--at", "3d ago").err


def test_what_other_clients_changed(tmp_path: Path) -> None:
    """Corrected, reported, ended, and of an earlier manifest."""
    world = World(tmp_path, {**fleet("m1"), "c.yaml": config("c", word="a"), "p.yaml": policy("p", selector("ConfigMap"))})
    world.synced()
    held = next(world.members.rglob("m1/**/c.yaml"))
    good = held.read_text()
    for _ in range(3):
        held.write_text(good.replace("word: a", "word: b"))
        world.synced()
    ran = world.run("drift", "-o", "json")
    (entry,) = ran.json["drift"]
    assert (entry["cluster"], entry["object"]["name"], entry["state"], entry["times"]) == ("m1", "c", "corrected", 3)
    assert ran.json["clusters"] == [{"name": "m1", "sync": "InSync", "reason": "", "asOf": ran.json["recorded"]}]
    world.commit({"c.yaml": config("c", word="z")})
    world.synced()
    assert world.run("drift", "-o", "json").json["drift"] == []
    (before,) = world.run("drift", "--since", "1h", "-o", "json").json["drift"]
    assert before == entry
    settings = document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"driftPolicy": "Report"})
    world.commit({"reconciler.yaml": settings})
    held.write_text(held.read_text().replace("word: z", "word: b"))
    world.synced()
    assert "word: b" in held.read_text()
    ran = world.run("drift", "--exit-code")
    assert ran.code == 1
    assert re.search(r"m1 +Drifted +\d+s +1 object drifted, and that is only reported", ran.out)
    assert "the object" in ran.out
    assert "last change recorded" in ran.err
    assert "| `m1` | Drifted |" in world.run("drift", "-o", "markdown").out
    held.write_text(held.read_text().replace("word: b", "word: z"))
    world.synced()
    (entry,) = world.run("drift", "-o", "json").json["drift"]
    assert entry["state"] == "ended"
    assert world.run("drift", "--exit-code").code == 0
    assert world.run("drift", "--exit-code", "--max-age", "0s").code == 1

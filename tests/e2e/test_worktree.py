"""What is not committed is not looked at: commands say so, and `--worktree` looks at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.fleet import World, config, fleet, placed, policy, selector
from tests.support.program import run_here

SETTINGS = (
    "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, metadata: {name: c}, spec: {include: [apps/**, clusters/**]}}"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Only `apps/` and `clusters/` are included, and the files in `apps/tmp/` are ignored by Git."""
    files = {**fleet("m1"), **placed("web", "m1"), "apps/c.yaml": config("c"), "apps/p.yaml": policy("c", selector("ConfigMap"))}
    return World(tmp_path, {**files, "reconciler.yaml": SETTINGS, "docs/x.yaml": "a: 1\n", ".gitignore": "apps/tmp/\n"})


def stage(world: World) -> None:
    world.repo.write({"apps/c.yaml": config("c", key="staged")}).git("add", ".")


Edit = Callable[[World], object]
EDITS: dict[str, tuple[Edit, list[str]]] = {
    "changed": (lambda world: world.repo.write({"apps/c.yaml": config("c", key="new")}), ["apps/c.yaml"]),
    "staged": (stage, ["apps/c.yaml"]),
    "new": (lambda world: world.repo.write({"apps/new/d.yml": config("d")}), ["apps/new/d.yml"]),
    "deleted": (lambda world: world.repo.remove("apps/c.yaml"), ["apps/c.yaml"]),
    "renamed": (lambda world: world.repo.git("mv", "apps/c.yaml", "apps/e.yaml"), ["apps/c.yaml", "apps/e.yaml"]),
    "configuration": (
        lambda world: world.repo.write({"reconciler.yaml": SETTINGS.replace("apps/**, ", "")}),
        ["reconciler.yaml"],
    ),
    "ignored": (lambda world: world.repo.write({"apps/tmp/f.yaml": "kind: [\n"}), []),
    "not included": (lambda world: world.repo.write({"docs/x.yaml": "a: 2\n", "y.yaml": "a: 1\n"}), []),
    "no manifest": (lambda world: world.repo.write({"apps/README.md": "text"}), []),
}


@pytest.mark.parametrize("edit", EDITS)
def test_files_that_are_not_committed_are_named(world: World, edit: str) -> None:
    make, files = EDITS[edit]
    make(world)
    validated = world.run("validate", "-o", "json")
    assert (validated.code, validated.json["uncommitted"], validated.json["worktree"]) == (0, files, False)
    words = {0: "", 1: "1 file is not committed and was not looked at: ", 2: "2 files are not committed and were not looked at: "}
    assert validated.err.partition("\n")[0] == words[len(files)] + ", ".join(files)


@pytest.mark.parametrize("command", ["validate", "diff HEAD~1", "diff HEAD~1 --live", "sync --dry-run", "sync"])
def test_every_command_that_looks_at_a_revision_says_so(world: World, command: str) -> None:
    world.commit(placed("web", "m1", replicas=3))
    world.repo.write({"apps/broken.yaml": "kind: [\n", "apps/web/workload.yaml": "kind: [\n"})
    ran = world.run(*command.split(), "-o", "json")
    assert "2 files are not committed and were not looked at: apps/broken.yaml, apps/web/workload.yaml\n" in ran.err
    assert ran.json["uncommitted"] == ["apps/broken.yaml", "apps/web/workload.yaml"]
    assert "not YAML" not in ran.err
    assert "2 files are not committed" in world.run("render").err


def test_nothing_is_said_of_another_revision_and_where_there_is_no_work_tree(world: World, tmp_path: Path) -> None:
    world.commit({"apps/c.yaml": config("c", key="new")})
    bare = world.repo.bare_clone()
    world.repo.write({"apps/broken.yaml": "kind: [\n"})
    assert world.run("validate", "HEAD~1", "-o", "json").json["uncommitted"] == []
    assert world.run("diff", "HEAD", "HEAD~1", "-o", "json").json["uncommitted"] == []
    for place in (str(bare), f"file://{bare}"):
        ran = run_here("validate", "--repo", place, "--cache", str(tmp_path / "cache"))
        assert (ran.code, ran.err) == (0, "")
        refused = run_here("validate", "--worktree", "--repo", place, "--cache", str(tmp_path / "cache"))
        assert (refused.code, refused.out) == (3, "")
        assert "has no work tree" in refused.err


def test_the_work_tree_is_validated_as_it_is(world: World) -> None:
    world.repo.write({"apps/broken.yaml": "kind: [\n", "apps/tmp/ignored.yaml": "kind: [\n"})
    objects = world.repo.git("count-objects")
    ran = world.run("validate", "--worktree", "-o", "json")
    assert (ran.code, ran.json["worktree"], ran.json["uncommitted"]) == (1, True, [])
    assert [issue["file"] for issue in ran.json["issues"]] == ["apps/broken.yaml"]
    assert world.run("validate", "HEAD~0", "--worktree").code == 2
    world.repo.remove("apps/broken.yaml", "apps/c.yaml")
    (world.repo.path / "apps/link.yaml").symlink_to("web/policy.yaml")
    linked = world.run("validate", "--worktree", "-o", "json").json["issues"]
    assert [issue["reason"] for issue in linked if issue["severity"] == "error"] == ["SymbolicLink"]
    assert world.repo.git("count-objects") == objects


def test_the_work_tree_is_rendered_as_it_is(world: World) -> None:
    world.repo.write({"apps/c.yaml": config("c", key="now"), "apps/d.yaml": config("d")}).remove("apps/web/workload.yaml")

    def rendered(*arguments: str) -> dict[str, dict[str, str] | None]:
        ran = world.run("render", *arguments, "-o", "json")
        assert ("was not looked at" in ran.err or "were not looked at" in ran.err) is not bool(arguments)
        return {f"{one['kind']}/{one['metadata']['name']}": one.get("data") for one in ran.json["m1"]}

    assert rendered() == {"ConfigMap/c": {}, "Deployment/web": None}
    assert rendered("--worktree") == {"ConfigMap/c": {"key": "now"}, "ConfigMap/d": {}}
    assert world.run("render", "HEAD~0", "--worktree").code == 2


def test_diff_compares_the_work_tree_with_head_or_another_revision(world: World) -> None:
    world.commit({"apps/c.yaml": config("c", key="committed")})
    world.repo.write({"apps/c.yaml": config("c", key="now"), "apps/d.yaml": config("d")})

    def changes(*arguments: str) -> list[tuple[str, str, dict[str, str] | None]]:
        found = world.run("diff", *arguments, "--worktree", "-o", "json").json
        assert found["worktree"] is True
        return [(one["object"]["name"], one["change"], (one["before"] or {}).get("data")) for one in found["differences"]]

    assert changes() == [("c", "change", {"key": "committed"}), ("d", "create", None)]
    assert changes("HEAD~1") == [("c", "change", {}), ("d", "create", None)]
    assert world.run("diff", "HEAD~1", "HEAD", "--worktree").code == 2
    world.sync()
    world.repo.remove("apps/d.yaml")
    live = world.run("diff", "--worktree", "--live", "-o", "json").json
    assert [(one["object"]["name"], one["after"]["data"]) for one in live["differences"]] == [("c", {"key": "now"})]
    assert yaml.safe_load(world.repo.git("show", "HEAD:apps/c.yaml"))["data"] == {"key": "committed"}

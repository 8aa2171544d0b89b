"""`suspend`, `resume`, `rollback` and `rollout abort` from outside, on directory members."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import World, fleet, placed, workload
from tests.support.gitrepo import run_git

MEMBERS = ("m1", "m2")
NEW = "docker.io/library/nginx:1.29"
FILE = next(path for path in placed("web") if "polic" not in path)
POLICY_FILE = next(path for path in placed("web") if "polic" in path)
CONFIGURATION = "# ours\napiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {}\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {**fleet(*MEMBERS), **placed("web", *MEMBERS), "reconciler.yaml": CONFIGURATION})
    assert world.sync().code == 0
    return world


def holders(world: World, tag: str = "1.29") -> list[str]:
    return [member for member in MEMBERS if tag in str(world.live(member))]


def message(world: World) -> str:
    return run_git(world.repo.path, "log", "-1", "--format=%B").strip()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (["deployment/web", "-n", "shop"], []),
        (["pp/web", "-n", "shop"], []),
        (["cluster/m1"], ["m2"]),
        (["--all"], []),
    ],
)
def test_what_is_suspended_stays_and_resume_lets_it_go_on(world: World, target: list[str], expected: list[str]) -> None:
    done = world.run("suspend", *target, "--reason", "load test")
    assert done.code == 0, done.err
    assert message(world).startswith("Suspend ")
    assert message(world).endswith("load test")
    again = world.run("suspend", *target, "--reason", "load test")
    assert "already suspended like that" in again.out
    world.commit({FILE: _as_head(world, FILE).replace("nginx:1.28", "nginx:1.29")})
    world.sync()
    assert holders(world) == expected
    assert world.run("resume", *target).code == 0
    assert message(world).startswith("Resume ")
    world.sync()
    assert holders(world) == list(MEMBERS)
    assert "is not suspended" in world.run("resume", *target).out


def _as_head(world: World, path: str) -> str:
    return run_git(world.repo.path, "show", f"HEAD:{path}")


def test_it_ends_at_its_time(world: World) -> None:
    assert world.run("suspend", "--all", "--until", "2020-01-01T00:00:00Z").code == 0
    world.commit({FILE: workload("web", image=NEW)})
    world.sync()
    assert holders(world) == list(MEMBERS)


def test_nonsense_is_refused(world: World) -> None:
    for arguments in (["deployment/other"], ["web"], [], ["--all", "deployment/web"], ["--all", "--until", "tomorrow"]):
        done = world.run("suspend", *arguments)
        assert done.code == 2, done.out
    assert "declares no deployment other" in world.run("suspend", "deployment/other").err


def test_rollback_restores_objects_and_policies_and_nothing_else(world: World) -> None:
    first = world.repo.git("rev-parse", "HEAD")
    world.commit({FILE: workload("web", image=NEW), **placed("more", "m1"), "reconciler.yaml": CONFIGURATION + "# changed\n"})
    world.sync()
    assert holders(world) == list(MEMBERS)
    done = world.run("rollback", first)
    assert done.code == 0, done.err
    assert "Left as they are: reconciler.yaml" in done.err
    assert message(world).startswith(f"Roll back to {first[:10]}")
    assert "# changed" in _as_head(world, "reconciler.yaml")
    world.sync("--allow-prune", "*")
    assert holders(world) == []
    assert "more" not in str(world.live("m1"))
    assert f"Nothing differs from {first[:10]}." in world.run("rollback", first).out
    world.run("rollback", first, "reconciler.yaml")
    assert "# changed" not in _as_head(world, "reconciler.yaml")


def test_abort_takes_the_change_back(world: World) -> None:
    groups = "spec:\n  rollout:\n    groups: [{name: first, clusters: [m1]}, {name: rest, approval: {commit: true}}]\n"
    world.commit({"reconciler.yaml": CONFIGURATION.replace("spec: {}\n", groups)})
    world.sync()
    target = world.commit({FILE: workload("web", image=NEW), "clusters/m9.txt": "not ours\n"})
    world.sync()
    assert holders(world) == ["m1"]
    done = world.run("rollout", "abort")
    assert done.code == 0, done.err
    assert message(world).startswith(f"Revert {target[:10]}: its rollout is aborted")
    assert world.repo.git("diff", "--name-only", "HEAD~1", "HEAD").split() == [FILE]
    world.sync()
    assert holders(world) == []
    assert "is not under way" in world.run("rollout", "abort").err

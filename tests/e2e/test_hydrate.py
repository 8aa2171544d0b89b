"""Hydrated branches, by the command: in the same repository and in another one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import World, config, document, policy, selector
from tests.support.gitrepo import GitRepo
from tests.support.servers import eventually


def member(name: str, target: str) -> str:
    text = document(
        "Cluster", name, "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push", "apiEndpoint": f"file:{name}"}
    )
    parsed = json.loads(text)
    parsed["metadata"]["annotations"] = {"reconciler.dev/hydrate": target}
    return json.dumps(parsed)


@pytest.fixture
def world(tmp_path: Path) -> World:
    files = {
        "m1.yaml": member("m1", "site"),
        "m2.yaml": member("m2", "site"),
        "settings.yaml": config("settings", value="1"),
        "policy.yaml": policy("settings", selector("ConfigMap"), "m1"),
    }
    return World(tmp_path, files)


def files(repo: GitRepo, branch: str) -> list[str]:
    return repo.git("ls-tree", "-r", "--name-only", branch).splitlines()


def test_the_manifests_are_in_the_branch_and_the_second_time_nothing_is_written(world: World) -> None:
    done = world.run("hydrate")
    assert (done.code, done.out) == (0, "site: 2 files written, 0 removed (m1, m2)\n"), done.err
    assert files(world.repo, "site") == ["m1/.reconciler.json", "m1/shop/ConfigMap/settings.yaml"]
    assert "reconciler.dev/" not in world.repo.git("show", "site:m1/shop/ConfigMap/settings.yaml")
    head = world.repo.git("rev-parse", "HEAD")
    assert (
        world.repo.git("log", "-1", "--format=%B", "site") == f"Hydrate m1, m2 from {head[:10]}\n\nReconciler-Revision: {head}\n"
    )
    world.commit({"unrelated.md": "x"})
    assert world.run("hydrate").out == "site: unchanged (m1, m2)\n"
    assert world.repo.git("rev-list", "--count", "site") == "1"


def test_a_move_moves_the_file_and_files_of_others_stay(world: World) -> None:
    world.run("hydrate")
    world.repo.git("checkout", "--quiet", "site")
    world.repo.write({"m1/README.md": "theirs\n", "m2/shop/ConfigMap/settings.yaml": "theirs\n"}).commit()
    world.repo.git("checkout", "--quiet", "main")
    world.commit({"policy.yaml": policy("settings", selector("ConfigMap"), "m2")})
    done = world.run("hydrate")
    assert done.out == "site: 0 files written, 2 removed (m1, m2)\n"
    assert "m2/shop/ConfigMap/settings.yaml" in done.err
    assert files(world.repo, "site") == ["m1/README.md", "m2/shop/ConfigMap/settings.yaml"]
    assert world.repo.git("show", "site:m2/shop/ConfigMap/settings.yaml") == "theirs"


def test_another_repository_gets_it(world: World, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other").write({"README.md": "x"})
    other.commit()
    other.git("config", "receive.denyCurrentBranch", "ignore")
    target = f"file://{other.path}#manifests"
    world.commit({"m1.yaml": member("m1", target), "m2.yaml": member("m2", target)})
    done = world.run("hydrate", "--cache", str(tmp_path / "cache"))
    assert done.code == 0, done.err
    assert files(other, "manifests") == ["m1/.reconciler.json", "m1/shop/ConfigMap/settings.yaml"]
    assert world.run("hydrate", "--cache", str(tmp_path / "cache")).out == f"{target}: unchanged (m1, m2)\n"


def test_a_dry_run_writes_nothing(world: World) -> None:
    assert world.run("hydrate", "--dry-run").out == "site: 2 files written, 0 removed (m1, m2) (dry run)\n"
    assert "site" not in world.repo.git("branch", "--list", "site")


def test_the_status_branch_is_never_written(world: World) -> None:
    world.commit({"m1.yaml": member("m1", "reconciler/status")})
    done = world.run("hydrate")
    assert done.code == 3
    assert "cannot be written to the branch reconciler/status, which is read" in done.err


def test_an_annotation_that_names_no_branch_is_an_error_with_a_place(world: World) -> None:
    world.commit({"m1.yaml": member("m1", "no branch")})
    done = world.run("validate")
    assert done.code == 1
    assert (
        "m1.yaml:1: error: Cluster m1: the annotation reconciler.dev/hydrate: 'no branch' names no branch" in done.out + done.err
    )


def test_run_writes_it_after_a_pass(world: World, tmp_path: Path) -> None:
    with daemon(tmp_path, "--repo", str(world.repo.path), "--no-push") as one:
        one.settle()
        assert files(world.repo, "site") == ["m1/.reconciler.json", "m1/shop/ConfigMap/settings.yaml"]


def test_run_changes_the_folder_of_a_member_when_it_has_its_turn(world: World, tmp_path: Path) -> None:
    groups = [{"name": "first", "clusters": ["m1"]}, {"name": "rest", "approval": {"commit": True}}]
    configuration = document("Configuration", "all", "", api="reconciler.dev/v1alpha1", spec={"rollout": {"groups": groups}})
    world.commit({"reconciler.yaml": configuration, "policy.yaml": policy("settings", selector("ConfigMap"))})

    def values() -> list[str]:
        paths = [f"site:{name}/shop/ConfigMap/settings.yaml" for name in ("m1", "m2")]
        return [world.repo.git("show", path).partition("value: ")[2].splitlines()[0] for path in paths]

    with daemon(tmp_path, "--repo", str(world.repo.path), "--no-push") as one:
        one.settle()
        assert values() == ["'1'", "'1'"] or values() == ['"1"', '"1"']
        before = values()[1]
        world.commit({"settings.yaml": config("settings", value="2")})
        eventually(lambda: values()[0] == before.replace("1", "2"), seconds=60)
        assert values()[1] == before


def test_the_command_writes_what_a_pass_would_bring_about(world: World) -> None:
    """A change that waits for its turn is not in the folder of a member before it is there."""
    groups = [{"name": "first", "clusters": ["m1"]}, {"name": "rest", "approval": {"commit": True}}]
    configuration = document("Configuration", "all", "", api="reconciler.dev/v1alpha1", spec={"rollout": {"groups": groups}})
    world.commit({"reconciler.yaml": configuration, "policy.yaml": policy("settings", selector("ConfigMap"))})
    world.sync()
    world.run("hydrate")
    world.commit({"settings.yaml": config("settings", value="2")})
    assert world.run("hydrate").out == "site: 1 file written, 0 removed (m1, m2)\n"
    values = [world.repo.git("show", f"site:{name}/shop/ConfigMap/settings.yaml") for name in ("m1", "m2")]
    assert ["2" in value for value in values] == [True, False]
    world.sync()
    assert world.run("hydrate").out == "site: unchanged (m1, m2)\n"

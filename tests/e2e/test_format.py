"""`format` writes files that declare something, and no others."""

from __future__ import annotations

from pathlib import Path

from tests.support.fleet import World, cluster, config
from tests.support.program import Ran

UGLY = "kind: {kind}\napiVersion: v1\nmetadata: {{namespace: shop, name: {name}}}\n{more}"
NICE = "apiVersion: v1\nkind: {kind}\nmetadata: {{namespace: shop, name: {name}}}\n{more}"
FILES = {
    "clusters/m1.yaml": cluster("m1"),
    "apps/one.yaml": UGLY.format(kind="ConfigMap", name="one", more=""),
    "apps/two.yaml": UGLY.format(kind="Secret", name="two", more="stringData: {password: hunter2}\n"),
    "notes.yaml": "kind: notes\nabout: nothing\n",
    "apps/broken.yaml": "kind: [\napiVersion: v1\n",
    "apps/json.json": config("three"),
}


def run(world: World, *arguments: str) -> Ran:
    return world.run("format", *arguments)


def test_only_what_declares_something_is_written(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    folder = world.repo.path
    before = {path: (folder / path).read_text() for path in FILES}
    checked = run(world, "--check")
    assert (checked.code, checked.out.split()) == (1, ["would", "format", "apps/one.yaml", "would", "format", "apps/two.yaml"])
    shown = run(world, "--diff")
    assert shown.code == 0
    assert "+apiVersion: v1" in shown.out
    assert "apps/two.yaml: it declares a Secret" in shown.out
    assert "hunter2" not in shown.out
    assert {path: (folder / path).read_text() for path in FILES} == before
    assert run(world, str(folder / "apps/one.yaml")).code == 0
    assert (folder / "apps/one.yaml").read_text() == NICE.format(kind="ConfigMap", name="one", more="")
    assert (folder / "apps/two.yaml").read_text() == before["apps/two.yaml"]
    assert run(world, str(folder)).code == 0
    assert run(world, "--check").code == 0
    unchanged = FILES.keys() - {"apps/one.yaml", "apps/two.yaml"}
    assert {path: (folder / path).read_text() for path in unchanged} == {path: before[path] for path in unchanged}


def test_a_path_elsewhere_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert run(world, str(tmp_path)).code == 2
    assert run(world, str(world.repo.path / "nowhere.yaml")).code == 2

"""A file that declared a running workload becomes something else; the workload stays, and the file and line are named."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest

from tests.e2e.hostile.harness import DONE, MEMORY, WEB, Fleet, remedy_of
from tests.support.fleet import World, config, contents, document, policy, selector, workload

WORKLOAD = workload("web")
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "a pointer to Git LFS": (POINTER, 1, "LfsPointer"),
    "a pointer with Windows line ends": (POINTER.replace("\n", "\r\n"), 1, "LfsPointer"),
    "a picture": (PICTURE, 1, "NotUtf8"),
    "noise": (random.Random(1).randbytes(100_000), 1, "NotUtf8"),  # noqa: S311 -- guards nothing
    "zeros": (bytes(4096), 1, "ControlCharacter"),
    "a zero in the middle": (WORKLOAD.replace("nginx", "ng\0nx"), 25, "ControlCharacter"),
    "Latin-1": (b"# caf\xe9\n" + WORKLOAD.encode(), 1, "NotUtf8"),
    "UTF-16": (WORKLOAD.encode("utf-16"), 1, "NotUtf8"),
    "half of a character": (WORKLOAD.encode() + b"# \xe2\x82", WORKLOAD.count("\n") + 1, "NotUtf8"),
    "half of a file": (WORKLOAD[: len(WORKLOAD) // 2], 17, "Syntax"),
    "a conflict": (f"<<<<<<< HEAD\n{WORKLOAD}=======\n{WORKLOAD}>>>>>>> theirs\n", 1, "Syntax"),
    "a list": ("- web\n", 1, "NotAnObject"),
}


@pytest.mark.parametrize("trouble", BROKEN)
def test_what_is_no_manifest(fleet: Fleet, trouble: str) -> None:
    content, line, reason = BROKEN[trouble]
    fleet.repo.write({WEB: content}).commit()
    fleet.assert_refused(fleet.runs(), f"{WEB}:{line}", reason)


def test_a_pointer_as_json_beside_a_file_that_moved_behind_it(fleet: Fleet) -> None:
    """Whoever lets Git LFS track manifests moves them, too: what cannot be looked into may hold what is gone."""
    fleet.repo.write({"apps/web.json": POINTER}).remove(WEB).commit()
    fleet.assert_refused(fleet.runs(), "apps/web.json:1", "LfsPointer")


def laughs(members: int, levels: int) -> str:
    """Each level names the one below `members` times: members ** levels words of a few lines."""
    lines = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * members)}]" for level in range(1, levels)]
    return "\n".join(["l0: &l0 [ha, ha, ha]", *lines]) + "\n"


def merges(levels: int) -> str:
    """The same by merging: every level holds all levels below it."""
    lines = [f"m{level}: &m{level} {{a: *m{level - 1}, b: *m{level - 1}, <<: *m{level - 1}}}" for level in range(1, levels)]
    return "\n".join(["m0: &m0 {x: y}", *lines]) + "\n"


def test_alias_bombs(fleet: Fleet) -> None:
    """None is ever unfolded, however many there are."""
    bombs = {
        WEB: (laughs(10, 10), 4),
        "bombs/aliases.yaml": (laughs(2, 64), 10),
        "bombs/merges.yaml": (merges(64), 7),
    }
    fleet.commit({path: text for path, (text, _) in bombs.items()} | {"bombs/itself.yaml": "a: &a [*a]\n"})
    ran = fleet.runs_within()
    for path, (_, line) in bombs.items():
        assert all(remedy_of(one, f"{path}:{line}", "AliasBomb") for one in ran)
    assert all(remedy_of(one, "bombs/itself.yaml:1", "UnknownAnchor") for one in ran)
    fleet.assert_refused(ran, f"{WEB}:4", "AliasBomb")


def chain(links: int, depth: int) -> str:
    """Lists within lists, the innermost of each an alias of the one before."""
    steps = [f"a{number}: &a{number} {'[' * depth}*a{number - 1}{']' * depth}\n" for number in range(1, links)]
    return "".join(["a0: &a0 x\n", *steps])


def test_deep_nesting(fleet: Fleet) -> None:
    """Nobody runs out of stack or time, whatever the brackets are."""
    deep = {
        WEB: ("[" * 1_000_000, 1),
        "deep/braces.yaml": ("a:\n  b: " + "{c: " * 1_000_000, 2),
        "deep/steps.yaml": ("- " * 100_000, 1),
        "deep/indentation.yaml": ("".join(f"{' ' * depth}a:\n" for depth in range(3_000)), 201),
        "deep/aliases.yaml": (chain(60, 150), 3),
        "deep/json.json": ('{"a":' * 1_000_000, 1),
    }
    fleet.commit({path: text for path, (text, _) in deep.items()})
    ran = fleet.runs_within()
    for path, (_, line) in deep.items():
        assert all(remedy_of(one, f"{path}:{line}", "TooDeep") for one in ran)
    fleet.assert_refused(ran, f"{WEB}:1", "TooDeep")


CRD = document(
    "CustomResourceDefinition", "nests.example.com", "", api="apiextensions.k8s.io/v1",
    spec={
        "group": "example.com", "scope": "Namespaced", "names": {"kind": "Nest", "plural": "nests"},
        "versions": [{"name": "v1", "served": True, "storage": True,
                      "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}],
    },
)  # fmt: skip


def nest(depth: int) -> str:
    inner = "leaf"
    for _ in range(depth - 1):
        inner = [inner]  # type: ignore[assignment]
    return json.dumps(
        {"apiVersion": "example.com/v1", "kind": "Nest", "metadata": {"name": "n", "namespace": "shop"}, "x": inner}
    )


def test_what_is_as_deep_as_it_may_be_passes_every_stage(tmp_path: Path) -> None:
    """A template, its rendering, the digest, the member's file and the way back: nobody on the way runs out of stack."""
    world = World(tmp_path, {
        "clusters/m1.yaml": document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1",
                                     spec={"syncMode": "Push", "apiEndpoint": "file:m1"}),
        "crd.yaml": CRD, "nest.yaml": nest(200),
        "p.yaml": policy("all", selector("Nest", api="example.com/v1")),
    })  # fmt: skip
    assert world.sync().code == DONE
    assert world.run("validate").code == DONE
    assert world.sync().err.endswith("nothing new to record\n")
    assert "example.com/v1" in str(world.live("m1")["shop/Nest.example.com/n"])
    world.commit({"nest.yaml": nest(201)})
    before = contents(world.members)
    assert remedy_of(world.sync(), "nest.yaml:1", "TooDeep")
    assert contents(world.members) == before


def huge(size: int) -> str:
    """A ConfigMap of about this many bytes in lines of 100."""
    return config("web") + "---\n" + "data:\n" + "".join(f"  k{number:08}: {'x' * 86}\n" for number in range(size // 100))


@pytest.mark.parametrize("content", ["manifests", "zeros"])
def test_a_file_of_50_mb(fleet: Fleet, content: str) -> None:
    """It never comes into memory: less is allowed than a parsed one would take, whatever is in it."""
    fleet.repo.write({WEB: huge(50_000_000) if content == "manifests" else bytes(50_000_000)}).commit()
    fleet.assert_refused(fleet.runs_within(MEMORY // 2), WEB, "TooLarge")


def test_everything_in_one_file_of_50_mb(fleet: Fleet) -> None:
    """Who gathers all manifests in one file removes the others with the same commit; none of their objects goes."""
    fleet.commit({"apps/web/policy.yaml": huge(12_000_000)}, WEB, "apps/api/workload.yaml", "apps/settings/config.yaml")
    fleet.assert_refused(fleet.runs(), "apps/web/policy.yaml", "TooLarge")

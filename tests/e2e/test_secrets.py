"""Secret values never appear in any output, log, diff or commit.

Canaries are put wherever a secret value can stand, every command is run in every format, and all that comes out is searched: what
the program and its children write, every object that the status branch ever held, the folder of `render --to`, the mirrors.
The members' folders are not: holding the values is what they are for.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.fleet import DEPLOYMENT, STATUS, World, document, fleet, override, placed, policy, secret, selector
from tests.support.githttp import serve
from tests.support.gitrepo import run_git
from tests.support.program import Ran, run_all

FORMATS: tuple[tuple[str, ...], ...] = ((), ("-o", "json"), ("-o", "yaml"))


def canary(place: str) -> str:
    """A value that nobody writes by accident, the same length for all (lengths are no secret that we keep)."""
    return f"CANARY{place.upper():_<10}7f3b"


CANARIES = {
    place: canary(place)
    for place in (
        "data", "data2", "string", "string2", "applied", "plaintext", "field", "infield", "annotate", "missing", "unread",
        "wrongtype", "unknown", "duplicate", "nobase64", "syntax", "nomapping", "noobject", "list", "number", "block", "member",
        "theirs", "password", "document", "alias", "tag", "test", "label", "policy",
    )
}  # fmt: skip


def spellings(value: str) -> set[bytes]:
    """A value as it is, and in base64 wherever in a longer text it begins."""
    raw = value.encode()
    shifted = [base64.b64encode(b"x" * offset + raw)[4 * (offset > 0) : -4].decode() for offset in range(3)]
    return {raw, base64.b64encode(raw).rstrip(b"="), *(text.encode() for text in shifted)}


NEEDLES = {needle: place for place, value in CANARIES.items() for needle in spellings(value)}


def found(text: bytes | str) -> set[str]:
    """The places whose canaries sing in a text."""
    data = text.encode() if isinstance(text, str) else text
    return {place for needle, place in NEEDLES.items() if needle in data}


def secrets(generation: str = "") -> dict[str, str]:
    applied = json.dumps({"kind": "Secret", "stringData": {"a": CANARIES["applied"]}})
    good = json.loads(secret("good", {"password": CANARIES[f"data{generation}"]}, token=CANARIES[f"string{generation}"]))
    good["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
    good["stringData"]["settings.yaml"] = f"inner:\n  value: {CANARIES['infield']}\n"
    return {"secrets/good.yaml": json.dumps(good)}


SECRET = selector("Secret", "good")
SET = {
    "overrides/plaintext.yaml": override(
        "plaintext", SECRET, "m1",
        plaintext=[
            {"path": "/data/added", "operator": "add", "value": base64.b64encode(CANARIES["plaintext"].encode()).decode()},
        ],
    ),
    "overrides/field.yaml": override(
        "sfield", SECRET, "m2",
        fieldOverrider=[
            {
                "fieldPath": "/stringData/settings.yaml",
                "yaml": [{"subPath": "/inner/value", "operator": "replace", "value": CANARIES["field"]}],
            }
        ],
    ),
    "overrides/annotations.yaml": override(
        "annotate", SECRET, annotationsOverrider=[{"operator": "add", "value": {"note": CANARIES["annotate"]}}]
    ),
}  # fmt: skip

CLEAN = {
    **fleet("m1", "m2"),
    **secrets(),
    **SET,
    **placed("web", "m1"),
    "secrets/policy.yaml": policy("secrets", selector("Secret")),
}


def lines(kind: str, name: str, *body: str) -> str:
    return "\n".join(
        ["apiVersion: v1", f"kind: {kind}", f"metadata: {{name: {name}, namespace: shop}}", "type: Opaque", *body, ""]
    )


BROKEN = {
    "broken/type.yaml": lines("Secret", "wrong-type", "data:", f"  - {CANARIES['wrongtype']}"),
    "broken/unknown.yaml": lines("Secret", "unknown-field", "spec:", f"  password: {CANARIES['unknown']}"),
    "broken/duplicate.yaml": lines("Secret", "twice", "stringData:", "  a: x", f"  a: {CANARIES['duplicate']}"),
    "broken/base64.yaml": lines("Secret", "no-base64", "data:", f"  a: '{CANARIES['nobase64']}!'"),
    "broken/syntax.yaml": lines("Secret", "no-yaml", "stringData:", f'  a: "begun {CANARIES["syntax"]}', "  b: ]["),
    "broken/block.yaml": lines("Secret", "no-block", "stringData:", "  a: |", f"    {CANARIES['block']}", "   b", " c: {"),
    "broken/mapping.yaml": lines("Secret", "no-mapping", f"stringData: {CANARIES['nomapping']}"),
    "broken/object.yaml": f"Secret: {CANARIES['noobject']}\n",
    "broken/text.yaml": f"{CANARIES['document']}\n",
    "broken/list.yaml": lines("Secret", "a-list", "stringData:", "  a:", f"    b: [{CANARIES['list']}]"),
    "broken/number.yaml": lines("Secret", "a-tag", "stringData:", f"  a: !!int {CANARIES['number']}"),
    "broken/alias.yaml": lines("Secret", "an-alias", "stringData:", f"  a: *{CANARIES['alias']}"),
    "broken/tag.yaml": lines("Secret", "tags", "stringData:", f"  a: !{CANARIES['tag']}", f"  b: &{CANARIES['tag']}", "  c: !x!"),
    "broken/label.yaml": document("Secret", "labelled", labels={"a": [CANARIES["label"]]}, data={}),
    "broken/missing.yaml": override(
        "missing", selector("Secret", "good"), "m1",
        plaintext=[{"path": "/data/nowhere/deep", "operator": "replace", "value": CANARIES["missing"]}],
    ),
    "broken/test.yaml": override(
        "test", selector("Secret", "good"), "m2",
        fieldOverrider=[
            {
                "fieldPath": "/stringData/token",
                "yaml": [{"subPath": "/x/y", "operator": "replace", "value": CANARIES["test"]}],
            }
        ],
    ),
    "broken/unread.yaml": override(
        "unread", selector("Secret", "good"),
        labelsOverrider=[{"operator": "add", "value": [CANARIES["unread"]]}],
        plaintext=[{"path": "/data/a", "operator": "set", "value": CANARIES["unread"]}],
    ),
    "broken/policy.yaml": override(
        "odd", selector("Deployment", api=DEPLOYMENT),
        argsOverrider=[{"containerName": "web", "operator": "add", "value": CANARIES["policy"]}],
        imageOverrider=[{"component": "Nothing", "operator": "add", "value": CANARIES["policy"]}],
    ),
}  # fmt: skip

MEMBER_FILES = {
    "m1/shop/Secret/theirs.yaml": secret("theirs", string=CANARIES["theirs"]),
    "m2/broken.yaml": lines("Secret", "broken", "stringData:", f'  a: "{CANARIES["member"]}', "  b: ]["),
}


def commands(world: World, remote: str = "") -> list[list[str]]:
    """Every command in every format; where `remote` is given, on that."""
    repo = ["--repo", remote or str(world.repo.path), "--cache", str(world.folder / "cache")]
    members = ["--member-root", str(world.members)]
    result: list[list[str]] = []
    for output in FORMATS:
        result += [
            ["validate", *output, *repo],
            ["render", *output, *repo],
            ["diff", "HEAD~1", "HEAD", *output, *repo],
            ["diff", "HEAD~1", "HEAD", "--live", *output, *members, *repo],
            ["explain", "secret/good", *output, *repo],
            ["explain", "secret/good", "--cluster", "m1", *output, *repo],
            ["sync", "HEAD~1", "--dry-run", *output, *members, *repo],
            ["sync", "HEAD~1", *output, *members, *repo],
            ["sync", "--dry-run", *output, *members, *repo],
            ["sync", *output, *members, *repo],
            ["status", *output, *repo],
            ["clusters", *output, *repo],
            ["get", "secret", "-A", *output, *members, *repo],
            ["get", "secret/good", "-n", "shop", *output, *members, *repo],
            ["simulate", "--lose", "m1", *output, *repo],
            ["simulate", "--label", "m2:a=b", "--taint", "m1:a:NoExecute", *output, *repo],
        ]
    result += [["render", "--to", str(world.folder / "rendered"), *repo], ["diff", "HEAD", "HEAD~1", *repo]]
    return result


def everything_in_git(repository: Path, revision: str) -> bytes:
    """Every object and every commit message that one branch ever held."""
    names = run_git(repository, "rev-list", "--objects", revision).splitlines()
    batch = "".join(f"{name.split()[0]}\n" for name in names).encode()
    done = subprocess.run(["git", "cat-file", "--batch"], cwd=repository, input=batch, capture_output=True, check=True)
    return done.stdout


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def assert_silent(runs: Sequence[Ran], asked: Sequence[Sequence[str]]) -> None:
    leaks = {" ".join(command): found(run.out + run.err) for command, run in zip(asked, runs, strict=True)}
    assert {command: places for command, places in leaks.items() if places} == {}
    assert not any("Traceback" in run.err for run in runs)


def prepare(folder: Path, files: Mapping[str, str], in_members: Mapping[str, str] = MEMBER_FILES) -> World:
    """A world with two revisions: between them the values of one Secret change."""
    world = World(folder, files)
    world.commit(secrets("2"))
    for path, text in in_members.items():
        file = world.members / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return world


def test_the_search_finds_what_it_looks_for() -> None:
    encoded = base64.b64encode(f'{{"a": "{CANARIES["data"]}"}}'.encode()).decode()
    assert found(f"x {CANARIES['string']} y") == {"string"}
    assert found(encoded) == {"data"}


@pytest.mark.parametrize(
    ("files", "in_members", "healthy"),
    [(CLEAN, {}, True), (CLEAN, MEMBER_FILES, False), ({**CLEAN, **BROKEN}, {}, False)],
    ids=["clean", "broken member", "broken files"],
)
def test_nothing_is_told(tmp_path: Path, files: dict[str, str], in_members: dict[str, str], healthy: bool) -> None:
    world = prepare(tmp_path, files, in_members)
    asked = commands(world)
    runs = run_all(asked)
    assert_silent(runs, asked)
    assert found(everything_in_git(world.repo.path, STATUS)) == set()
    assert found(everything_below(tmp_path / "rendered")) == set()
    if healthy:
        assert {run.code for run in runs} == {0, 1}
        held = found(everything_below(world.members))
        assert held >= {"data2", "string2", "plaintext", "field", "annotate", "applied"}  # that is the members' job


def test_values_are_rendered_only_where_that_is_asked_for(tmp_path: Path) -> None:
    world = prepare(tmp_path, CLEAN, {})
    assert world.run("render", "--with-secrets").code == 2
    assert world.run("render", "--with-secrets", "--to", str(tmp_path / "rendered")).code == 0
    assert found(everything_below(tmp_path / "rendered")) >= {"data2", "string2", "plaintext", "field"}


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    """A world whose repository is behind a password, and the URL that holds it."""
    folder = tmp_path_factory.mktemp("remote")
    world = prepare(folder, CLEAN, {})
    world.repo.bare_clone(folder / "config.git")
    run_git(folder / "config.git", "config", "http.receivepack", "true")
    with serve(folder, "user", CANARIES["password"]) as host:
        yield world, f"http://user:{CANARIES['password']}@{host}/config.git"


def test_a_repository_at_a_url_with_a_password(remote: tuple[World, str], tmp_path: Path) -> None:
    world, url = remote
    asked = [
        [*command, "--repo", url, "--cache", str(tmp_path / "cache")]
        for command in (
            ["validate"], ["render", "-o", "json"], ["sync", "-o", "json", "--member-root", str(tmp_path / "members")],
            ["status"], ["clusters"], ["explain", "secret/good"], ["diff", "HEAD~1", "HEAD"],
        )
    ]  # fmt: skip
    runs = run_all(asked)
    assert_silent(runs, asked)
    assert [run.code for run in runs] == [0, 0, 0, 0, 0, 0, 0]
    assert found(everything_in_git(world.folder / "config.git", STATUS)) == set()
    mirror = next((tmp_path / "cache").iterdir())
    assert found((mirror / "config").read_bytes()) == set()


@pytest.mark.parametrize("place", ["nowhere.git", "config.git"])
def test_a_push_that_fails(remote: tuple[World, str], tmp_path: Path, place: str) -> None:
    """The remote is not there, or refuses the password."""
    _, url = remote
    world = prepare(tmp_path, CLEAN, {})
    wrong = url.replace("user:", "nobody:").replace("config.git", place)
    world.repo.git("remote", "add", "origin", wrong)
    asked = [["sync", "--repo", str(world.repo.path), *output] for output in FORMATS]
    asked += [["validate", "--repo", wrong, "--cache", str(tmp_path / "cache")]]
    runs = run_all(asked)
    assert_silent(runs, asked)
    assert {run.code for run in runs} == {3}
    assert found(everything_below(tmp_path / "cache")) == set()

"""What the commands say of files that the real sops encrypted, with a key and without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fleet import World, config, document, fleet, override, policy, selector
from tests.support.sops import AgeKey, age_key, encrypted

PLAIN = document("Secret", "keys", stringData={"a": "first value", "b": "second value"})
PLACED = {**fleet("m1", "m2"), "p.yaml": policy("p", selector("Secret")), "c.yaml": policy("c", selector("ConfigMap"))}


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> AgeKey:
    return age_key(tmp_path_factory.mktemp("key") / "age.txt")


@pytest.fixture
def world(tmp_path: Path, key: AgeKey) -> World:
    return World(tmp_path, {**PLACED, "keys.yaml": encrypted(PLAIN, key)})


def test_without_a_key_names_and_digests_are_known(world: World) -> None:
    assert world.run("validate").code == 0
    rendered = world.run("render", "--cluster", "m1")
    assert "name: keys" in rendered.out
    assert rendered.out.count("ENC[sha256:") == 2


@pytest.mark.parametrize("given", [False, True], ids=["without a key", "with a key"])
def test_diff_says_what_it_knows_of_a_file_that_was_encrypted_anew(world: World, key: AgeKey, given: bool) -> None:
    options = key.options if given else ()
    world.commit({"keys.yaml": encrypted(PLAIN, key)})
    same = world.run("diff", "HEAD~1", "HEAD", *options)
    assert same.code == 0
    assert ("No differences" in same.out) is given
    assert ("the values may be the same" in same.out) is not given
    world.commit({"keys.yaml": encrypted(PLAIN.replace("second", "third"), key)})
    other = world.run("diff", "HEAD~1", "HEAD", *options)
    assert other.out.count("+a: ENC[sha256:") == (0 if given else 1)
    assert other.out.count("+b: ENC[sha256:") == 1
    world.commit({"keys.yaml": encrypted(PLAIN.replace('"b"', '"c"'), key)})
    renamed = world.run("diff", "HEAD~1", "HEAD", *options)
    assert "the values may be the same" not in renamed.out  # A key is another one.
    assert all("value" not in line for run in (same, other, renamed) for line in run.out.splitlines() if line[:1] in "+-")


def test_encrypting_what_was_plain_changes_nothing(world: World, key: AgeKey) -> None:
    world.commit({"keys.yaml": PLAIN})
    plain = world.run("diff", "HEAD~1", "HEAD", *key.options)
    assert "No differences" in plain.out
    assert "PlainSecret" in plain.err
    world.commit({"keys.yaml": encrypted(PLAIN, key)})
    back = world.run("diff", "HEAD~1", "HEAD", *key.options)
    assert "No differences" in back.out
    assert "PlainSecret" not in back.err


def test_nothing_is_written_to_a_folder(world: World, key: AgeKey) -> None:
    world.commit({"config.yaml": config("settings", a="1")})
    synced = world.sync(*key.options)
    assert synced.code == 1
    assert "its member is a folder, and what was encrypted is never written to a disk" in synced.err
    assert "shop/ConfigMap/settings" in world.live("m1")
    assert "shop/Secret/keys" not in world.live("m1")


def test_an_object_stays_while_its_values_are_unknown(world: World, key: AgeKey) -> None:
    world.commit({"keys.yaml": PLAIN})
    assert world.sync().code == 0
    before = world.live("m1")
    world.commit({"keys.yaml": encrypted(PLAIN, key)})
    synced = world.sync()
    assert (synced.code, world.live("m1")) == (1, before)
    assert "Secret shop/keys" in synced.err
    world.commit({}, "keys.yaml")
    assert world.sync().code == 0
    assert "shop/Secret/keys" not in world.live("m1")


def test_an_override_cannot_look_into_an_encrypted_value(world: World, key: AgeKey) -> None:
    inner = [{"fieldPath": "/stringData/a", "yaml": [{"subPath": "/x", "operator": "replace", "value": "y"}]}]
    world.commit({"o.yaml": override("o", selector("Secret"), "m1", fieldOverrider=inner)})
    refused = world.run("validate")
    assert refused.code == 1
    assert "is encrypted with SOPS, so no part of it can be edited" in refused.err
    replaced = [{"path": "/stringData/a", "operator": "replace", "value": "plain now"}]
    world.commit({"o.yaml": override("o", selector("Secret"), "m1", plaintext=replaced)})
    assert world.run("validate").code == 0


def test_recipients_are_checked_without_a_key(world: World, key: AgeKey, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = age_key(tmp_path_factory.mktemp("other") / "age.txt")
    file = document(
        "Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push", "apiEndpoint": "file:m1"},
        annotations={"reconciler.dev/sops-recipients": other.recipient},
    )  # fmt: skip
    world.commit({"clusters/m1.yaml": file})
    found = world.run("validate")
    assert (found.code, "RecipientMissing" in found.err, "keys.yaml:1" in found.err) == (1, True, True)
    world.commit({"keys.yaml": encrypted(PLAIN, key, other)})
    assert world.run("validate").code == 0
    world.commit({"p.yaml": policy("p", selector("Secret"), "m2")})
    assert "RecipientNotPlaced" in world.run("validate").err


def test_format_leaves_a_file_of_sops_as_it_is(world: World) -> None:
    before = (world.repo.path / "keys.yaml").read_bytes()
    world.run("format")
    assert (world.repo.path / "keys.yaml").read_bytes() == before


def test_a_key_that_is_not_there_is_a_mistake_on_the_command_line(world: World) -> None:
    ran = world.sync("--sops-age-key-file", "/nowhere/age.txt")
    assert (ran.code, "/nowhere/age.txt does not exist" in ran.err) == (2, True)
    assert world.sync("--sops-env", "NOBODY_SETS_THIS").code == 2


def test_a_process_with_a_key_leaves_no_core_file(world: World, key: AgeKey) -> None:
    code = (
        "import resource, sys; from reconciler.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    command = [sys.executable, "-c", code, "sync", "--dry-run", "--repo", str(world.repo.path), *key.options]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1] in ("0", "1")


def test_a_file_in_json(world: World, key: AgeKey) -> None:
    world.commit({"keys.json": encrypted(PLAIN.replace("keys", "more"), key, form="json")})
    assert world.run("validate").code == 0
    world.commit({"keys.json": encrypted(PLAIN.replace("keys", "more"), key, form="json")})
    assert "No differences" in world.run("diff", "HEAD~1", "HEAD", *key.options).out

"""sops decrypts with keys of age inside a jail, by each means of isolation, and reaches nothing that a file names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.decrypt import run_sops
from reconciler.decrypt.decryptor import Decryptor
from reconciler.decrypt.keys import Keys
from reconciler.decrypt.run_sops import DecryptError, decrypt
from reconciler.decrypt.values import Plain
from reconciler.documents.reader import read_one
from reconciler.jail.isolation import Isolation, Means
from reconciler.load.encrypted import sealed_file
from reconciler.model.sealed import Sealed
from tests.e2e.jail.harness import BWRAP, ISOLATED, Canaries
from tests.parts.build import binary
from tests.support.sops import AgeKey, age_key, encrypted

PLAIN = json.dumps({"password": "hunter2", "port": 5432})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> AgeKey:
    return age_key(tmp_path_factory.mktemp("key") / "age.txt")


@pytest.fixture(autouse=True)
def _no_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sops that does not run in the jail runs nowhere."""

    async def refuse(*_: object) -> None:
        pytest.fail("sops was run outside of the jail")

    monkeypatch.setattr(run_sops, "run_sops", refuse)


def by(means: Means) -> Isolation:
    return Isolation(means, BWRAP)


def keys(key: AgeKey) -> Keys:
    return Keys(str(binary("sops")), key.file)


def file(key: AgeKey, text: str = PLAIN) -> Sealed:
    found = sealed_file("a.yaml", "blob", encrypted(text, key, fields="").encode())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def made(key: AgeKey) -> tuple[Keys, str]:
    """Before a test moves the home folder, in which the programs of the tests are."""
    return keys(key), file(key).data.decode()


@pytest.mark.parametrize("means", ISOLATED)
async def test_a_key_of_age_is_enough(means: Means, key: AgeKey) -> None:
    assert read_one((await decrypt(file(key), keys(key), by(means))).decode()) == json.loads(PLAIN)


@pytest.mark.parametrize("means", ISOLATED)
async def test_another_key_is_not(means: Means, key: AgeKey, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = age_key(tmp_path_factory.mktemp("other") / "age.txt")
    with pytest.raises(DecryptError, match="no key of this process decrypts it"):
        await decrypt(file(other), keys(key), by(means))


@pytest.mark.parametrize("means", ISOLATED)
async def test_a_file_that_names_a_service_and_gpg_reaches_neither(
    means: Means, made: tuple[Keys, str], around: Canaries
) -> None:
    """A Vault where somebody listens, and a key of PGP: sops would ask the one, and start gpg for the other."""
    own, text = made
    port, since = around.address(around.tcp)[1], 'created_at: "2024-01-01T00:00:00Z"'
    vault = f'{{vault_address: "http://127.0.0.1:{port}", engine_path: e, key_name: k, {since}, enc: "vault:v1:A"}}'
    pgp = f'{{fp: "85D77543B3D624B63CEA9E6DBC17301B491B3F21", {since}, enc: "AAAA"}}'
    text = text.replace("sops:\n", f"sops:\n    hc_vault: [{vault}]\n    pgp: [{pgp}]\n")
    assert b"hunter2" in await decrypt(Sealed("blob", "a.yaml", text.encode()), own, by(means))
    lost = Sealed("blob", "a.yaml", text.replace("BEGIN AGE", "BEGIN OLD").encode())
    with pytest.raises(DecryptError, match="no key of this process decrypts it"):
        await decrypt(lost, own, by(means))


async def test_a_process_finds_a_jail_by_itself(key: AgeKey) -> None:
    (plain,) = (await Decryptor(keys(key)).decrypted([file(key)])).values()
    assert isinstance(plain, Plain)
    assert sorted(map(str, plain.values.values())) == ["5432", "hunter2"]


@pytest.mark.parametrize(
    "other", [Keys(gnupg_home=Path("g")), Keys(environment={"A": "b"}), Keys(age_key_file=Path("a"), gnupg_home=Path("g"))]
)
def test_other_keys_need_more_than_a_jail_gives(other: Keys) -> None:
    assert not other.need_nothing_else

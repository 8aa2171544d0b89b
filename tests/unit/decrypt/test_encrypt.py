"""The text of a new file, encrypted by the rules of a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.decrypt.encrypt import EncryptError, encrypt
from reconciler.decrypt.keys import Keys
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.encrypted_secrets import encrypted_secrets
from reconciler.migrate.karmada.plan_import import plan_import
from tests.parts.build import binary
from tests.support.sops import age_key
from tests.unit.migrate.karmada.test_plan_import import selecting, stored

SOPS = Keys(str(binary("sops")))
SECRET = stored("Secret", "token", data={"key": "c2VjcmV0"}, type="Opaque")
PATH = "shop/secret-token.sops.yaml"


def rule(top: Path, choice: str = "encrypted_regex: ^(data|stringData)$") -> None:
    recipient = age_key(top / "keys" / "age.txt").recipient
    (top / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: \\.sops\\.yaml$\n    {choice}\n    age: {recipient}\n")


async def test_a_secret_is_encrypted_once_and_its_names_stay_readable(tmp_path: Path) -> None:
    rule(tmp_path)
    control = ControlPlane((selecting(("v1", "Secret")), SECRET))
    found = await encrypted_secrets(control, {}, tmp_path, SOPS)
    (text,) = found.encrypted.values()
    assert "c2VjcmV0" not in text
    assert all(word in text for word in ("kind: Secret", "name: token", "ENC[", "sops:"))
    imported = plan_import(control, found)
    assert PATH in imported.keys
    assert not any("plain text" in one.what for one in imported.imported.remarks)
    assert await encrypted_secrets(control, {PATH: text}, tmp_path, SOPS) == found


@pytest.mark.parametrize(
    ("rules", "path", "reason"),
    [
        ("", PATH, "there is no .sops.yaml"),
        ("creation_rules:\n- path_regex: other\n  age: x\n", PATH, "no rule of .sops.yaml is for this path"),
        ("creation_rules:\n- age: nonsense\n", PATH, "exit code"),
    ],
)
async def test_a_refusal_says_what_is_missing_and_no_value(tmp_path: Path, rules: str, path: str, reason: str) -> None:
    if rules:
        (tmp_path / ".sops.yaml").write_text(rules)
    with pytest.raises(EncryptError) as refused:
        await encrypt("kind: Secret\ndata: {key: c2VjcmV0}\n", path, tmp_path, SOPS)
    assert reason in str(refused.value)
    assert "c2VjcmV0" not in f"{refused.value} {refused.value.remedy}"
    assert ".sops.yaml" in refused.value.remedy


@pytest.mark.parametrize(
    ("choice", "annotations"),
    [("encrypted_regex: ^password$", {}), ("encrypted_regex: ^data$", {"kapp.k14s.io/original": '{"data":{"key":"c2VjcmV0"}}'})],
)
async def test_a_rule_that_leaves_a_value_readable_is_refused(tmp_path: Path, choice: str, annotations: dict[str, str]) -> None:
    rule(tmp_path, choice)
    secret = {**SECRET, "metadata": {**SECRET["metadata"], "annotations": annotations}}
    control = ControlPlane((selecting(("v1", "Secret")), secret))
    with pytest.raises(EncryptError, match="leaves values of the Secret readable") as refused:
        await encrypted_secrets(control, {}, tmp_path, SOPS)
    assert "c2VjcmV0" not in f"{refused.value} {refused.value.remedy}"

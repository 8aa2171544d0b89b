"""Credentials of registries in the form of Docker."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.sources.credential_folders import credentials_for, folder_for
from reconciler.sources.failures import SourceError


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def written(root: Path, name: str = ".dockerconfigjson", folder: str = "pull", **auths: Any) -> Path:
    (root / folder).mkdir(exist_ok=True)
    (root / folder / name).write_text(json.dumps({"auths": auths}))
    return root


AUTHS = {
    "registry.test": auth("ada", "one:more"),
    "registry.test/team-a": auth("ada", "team"),
    "https://registry.test:5000/v2/": {"username": "ada", "password": "port"},
    "https://index.docker.io/v1/": auth("ada", "hub"),
    "*.cloud.test": auth("ada", "cloud"),
    "token.test": {"registrytoken": "abc"},
    "helper.test": {},
}


@pytest.mark.parametrize("name", [".dockerconfigjson", "config.json"])
@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("oci://registry.test/web", "one:more"),
        ("oci://REGISTRY.test:443/web", "one:more"),
        ("oci://registry.test/team-a/web", "team"),
        ("oci://registry.test/team-ab", "one:more"),
        ("oci://registry.test:5000/web", "port"),
        ("oci://docker.io/library/web", "hub"),
        ("oci://registry-1.docker.io/library/web", "hub"),
        ("oci://eu.cloud.test/web", "cloud"),
        ("oci://a.eu.cloud.test/web", None),
        ("oci://cloud.test/web", None),
        ("oci://helper.test/web", None),
        ("oci://evil-registry.test/web", None),
        ("https://registry.test/charts", None),
    ],
)
def test_the_registry_decides(tmp_path: Path, name: str, url: str, password: str | None) -> None:
    found = credentials_for(written(tmp_path, name, **AUTHS), url)
    assert (found.password if found else None) == password
    assert password is None or (found is not None and found.username == "ada" and password not in repr(found))


def test_a_token(tmp_path: Path) -> None:
    found = credentials_for(written(tmp_path, **AUTHS), "oci://token.test/web")
    assert (found is not None and found.bearer_token) == "abc"


def test_the_name_of_its_folder_says_nothing(tmp_path: Path) -> None:
    written(tmp_path, folder="git.test", **AUTHS)
    assert folder_for(tmp_path, "https://git.test/shop.git") is None


def test_beside_other_folders(tmp_path: Path) -> None:
    written(tmp_path, **AUTHS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "url").write_text("oci://registry.test/team-a/mine")
    (tmp_path / "mine" / "username").write_text("bob")
    (tmp_path / "mine" / "password").write_text("secret")
    found = credentials_for(tmp_path, "oci://registry.test/team-a/mine/web")
    assert (found is not None and found.username) == "bob"
    (tmp_path / "registry.test").mkdir()
    with pytest.raises(SourceError, match=r"pull and registry\.test are for the same place"):
        credentials_for(tmp_path, "oci://registry.test/web")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "no object `auths`"),
        ("[]", "no object `auths`"),
        ('{"auths": 1}', "no object `auths`"),
        ('{"auths": {"a.test": {"auth": "hunter2!"}}}', "`auth` of a.test cannot be read"),
        ('{"auths": {"a.test": {"auth": "aHVudGVyMg=="}}}', "`auth` of a.test cannot be read"),
        ('{"auths": {"a.test": {"identitytoken": "hunter2"}}}', "identitytoken"),
        ('{"auths": {"a.test": {"username": "a", "password": "hunter2\\n"}}}', "line break"),
    ],
)
def test_what_cannot_be_read_is_not_quoted(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pull").mkdir()
    (tmp_path / "pull" / ".dockerconfigjson").write_text(text)
    with pytest.raises(SourceError, match=said) as raised:
        credentials_for(tmp_path, "oci://a.test/web")
    assert "hunter2" not in str(raised.value)

"""The settings of the process: the page about the dashboard shows some that can be used, and mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.dashboard.scope import EVERYTHING, NOTHING, Scope
from reconciler.dashboard.settings import DashboardSettings, SettingsError, check_address, read_settings

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "dashboard.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(), re.DOTALL)


def settings(folder: Path, text: str) -> DashboardSettings:
    for name in ("client-secret", "session-key", "proxy-secret"):
        (folder / name).write_text("0123456789abcdef0123456789abcdef\n")
    file = folder / "dashboard.yaml"
    file.write_text(text)
    return read_settings(file)


def test_the_examples_of_the_documentation_can_be_used(tmp_path: Path) -> None:
    with_oidc, with_proxy, with_members = (settings(tmp_path, text) for text in EXAMPLES)
    assert with_oidc.scope_of(frozenset({"platform"})) == EVERYTHING
    assert with_oidc.scope_of(frozenset({"team-shop"})) == Scope(("shop", "shop-*"))
    assert with_oidc.scope_of(frozenset({"team-us"})) == Scope(("shop",), ("us-*",))
    assert with_oidc.scope_of(frozenset({"somebody"})) == NOTHING
    assert with_oidc.oidc is not None
    assert with_oidc.oidc.client_secret == "0123456789abcdef0123456789abcdef"
    assert with_proxy.proxy is not None
    assert with_proxy.signs_in
    assert with_members.members["eu-central-1"].ca_file == str(tmp_path / "eu-central-1.crt")
    for one in (with_oidc, with_proxy):
        check_address("0.0.0.0:8090", one)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("url: [", "cannot be read"),
        ("hosts: fleet.example.com", "hosts"),
        ("groups: [{namespaces: [a]}]", "groups[0].name"),
        ("tokens: [{name: a, sha256: secret}]", "tokens[0].sha256"),
        ("sessionHours: 0", "sessionHours"),
        ("proxy: {addresses: [everywhere], secretFile: proxy-secret}", "proxy.addresses"),
        ("url: https://a.example.com\noidc: {issuer: 'http://sso.example.com', clientId: a}", "oidc.issuer"),
        (
            "url: https://a.example.com\noidc: {issuer: 'https://sso.example.com', clientId: a, clientSecretFile: no}",
            "oidc.clientSecretFile",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_a_remedy(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text)
    assert place in caught.value.message
    assert str(tmp_path / "dashboard.yaml") in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("address", ["0.0.0.0:1", ":1", "[::]:1", "10.0.0.1:1", "example.com:1", "127.0.0.1.example.com:1"])
def test_an_open_address_needs_a_sign_in(address: str) -> None:
    with pytest.raises(SettingsError):
        check_address(address, DashboardSettings())


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.8.0.1:1"])
def test_loopback_needs_none(address: str) -> None:
    check_address(address, DashboardSettings())

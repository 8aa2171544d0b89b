"""Patterns name the URLs that they seem to name, and no other."""

from __future__ import annotations

import pytest

from reconciler.model.url_patterns import url_matches

TEAM = "oci://registry.test/team-a/*"
FORGE = "https://git.test/team-a/*"


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("oci://registry.test/team-a/web", TEAM),
        ("oci://REGISTRY.test/team-a/web/charts", TEAM),
        ("oci://registry.test/anything", "oci://registry.test/*"),
        ("https://charts.test", "https://charts.test"),
        ("https://charts.test/", "https://charts.test"),
        ("https://a.charts.test/x", "https://*.charts.test/*"),
        ("https://charts.test:8443/x", "https://charts.test:8443/*"),
        ("ssh://git@git.test/team-a/shop.git", "ssh://git.test/team-a/*"),
        ("git@git.test:team-a/shop.git", "ssh://git.test/team-a/*"),
        ("git@git.test:team-a/shop.git", "git@git.test:team-a/shop.git"),
    ],
)
def test_it_names(url: str, pattern: str) -> None:
    assert url_matches(url, pattern)


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("oci://registry.test/team-ab", TEAM),
        ("oci://registry.test/team-b/web", TEAM),
        ("oci://registry.test.evil.test/team-a/web", "oci://registry.test*/team-b"),
        ("https://registry.test/team-a/web", TEAM),
        ("http://git.test/team-a/x", FORGE),
        ("https://evil.test/git.test/team-a/x", FORGE),
        ("https://git.test@evil.test/team-a/x", FORGE),
        ("https://git.test:443@evil.test/team-a/x", FORGE),
        ("https://git.test:8443/team-a/x", FORGE),
        ("https://git.test/team-a/../team-b/x", FORGE),
        ("https://git.test/team-a/%2e%2e/team-b/x", FORGE),
        ("https://git.test/team-a/..%2fteam-b/x", FORGE),
        ("https://git.test/team-a/..\\team-b/x", FORGE),
        ("https://git.test/TEAM-A/x", FORGE),
        ("https://a.evil.test/charts.test/x", "https://*.charts.test/*"),
        ("https://charts.test", "https://charts.test/*/x"),
        ("https://chartsXtest", "https://charts.test"),
        ("git@evil.test:git.test/team-a/x", "ssh://git.test/team-a/*"),
        ("file:///etc", "*"),
    ],
)
def test_it_does_not_name(url: str, pattern: str) -> None:
    assert not url_matches(url, pattern)

"""Ranges of versions, as Flux reads them."""

import pytest

from reconciler.model.semver import RangeError, parse_range, precedence


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 v1.2.3 1.2.3+build", "1.2.4 1.2.3-rc1"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("!=1.2.3", "1.2.4 1.2.2", "1.2.3"),
        ("!=1.2.x", "1.3.0 1.1.9", "1.2.0 1.2.9"),
        ("*", "0.0.1 9.9.9", "1.0.0-rc1 main"),
        (">=*", "0.0.1", "1.0.0-rc1"),
        (">*", "", "1.0.0"),
        ("1", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        ("1.x", "1.0.0 1.9.9", "2.0.0"),
        ("1.2", "1.2.0 1.2.9", "1.3.0"),
        ("1.2.*", "1.2.0 1.2.9", "1.3.0"),
        (">1.2.3", "1.2.4", "1.2.3"),
        (">1.2", "1.3.0", "1.2.9"),
        (">1", "2.0.0", "1.9.9"),
        (">=1.2", "1.2.0 9.0.0", "1.1.9"),
        ("=>1.2.3", "1.2.3", "1.2.2"),
        ("<2", "1.9.9", "2.0.0"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("<=1", "1.9.9", "2.0.0"),
        ("=<1.2.3", "1.2.3", "1.2.4"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~>1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.9", "2.0.0"),
        ("^1.2.3", "1.2.3 1.9.9", "1.2.2 2.0.0"),
        ("^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0"),
        ("^0.2", "0.2.0 0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.1.9 1.4.6"),
        ("1.2 - 1.4", "1.4.9", "1.5.0"),
        (">=1.2 <2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        (">= 1.2, < 2.0.0", "1.2.0 1.9.9", "2.0.0"),
        ("<1 || >=2.1", "0.9.0 2.1.0", "1.0.0 2.0.0"),
        (">=1.2.0-0", "1.2.0-alpha 1.3.0-rc.1 1.2.0", "1.1.9"),
        (">=1.2.0-0 <2", "1.9.0-rc1 2.0.0-rc1", "2.0.0"),
        ("^1.2.0-0", "1.2.0-alpha 1.9.9-rc1", "2.0.0-alpha 2.0.0"),
        ("~1.2.3-beta.2", "1.2.3-beta.10 1.2.4-alpha", "1.2.3-beta.1 1.3.0-alpha"),
        ("1.2.3-rc1", "1.2.3-rc1", "1.2.3 1.2.3-rc2"),
        (">1.2.3-rc.1", "1.2.3-rc.2 1.2.3-rc.1.1 1.2.3-rc.x 1.2.3", "1.2.3-rc.1 1.2.3-alpha"),
        ("1.2.3-rc1 || >=2", "1.2.3-rc1 2.0.0", "2.0.1-rc1"),
        ("v1.2.x", "v1.2.9", "v1.3.0"),
    ],
)
def test_what_is_in_a_range(text: str, inside: str, outside: str) -> None:
    wanted = parse_range(text)
    assert [version for version in inside.split() if not wanted.holds(version)] == []
    assert [version for version in outside.split() if wanted.holds(version)] == []


@pytest.mark.parametrize("text", ["", " ", "latest", ">=", "1.2.3.4", "1..2", "01.2.3", "1.2-rc1", "||", ">=1 ||", ">=1 && <2"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(RangeError):
        parse_range(text)


def test_the_order_of_semver_org() -> None:
    versions = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.1.0 2.0.0"
    )
    keys = [precedence(version) for version in versions.split()]
    assert None not in keys
    assert sorted(keys) == keys  # type: ignore[type-var]
    assert len(set(keys)) == len(keys)
    for text in ("1.0", "1.0.0.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", "release-1.0.0", "vv1.0.0"):
        assert precedence(text) is None

"""Ranges of versions, as Flux reads them."""

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.semver import RangeError, parse_range, precedence
from tests.support.gitrepo import GitRepo


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


async def test_the_newest_tag_of_a_range_is_followed(repo: GitRepo) -> None:
    commits = {}
    for tag in ("v1.9.0", "v1.10.0", "v2.0.0-rc.1", "1.10.1", "v1.8.5", "latest"):
        commits[tag] = repo.write({"a": tag}).commit(tag)
        repo.git("tag", "--annotate", f"--message={tag}", tag)
    async with await Repository.open(str(repo.path)) as repository:
        for text, tag in (("1.x", "1.10.1"), ("<1.9", "v1.8.5"), (">=1.10.0-0", "v2.0.0-rc.1"), ("v1.10.0", "v1.10.0")):
            assert (await repository.resolve(f"semver:{text}")).sha == commits[tag]
        with pytest.raises(RepositoryError, match="no tag is in the range >=3") as caught:
            await repository.resolve("semver:>=3")
        assert "v2.0.0-rc.1, 1.10.1, v1.10.0" in caught.value.remedy
        with pytest.raises(RepositoryError, match="'newest' is no range of versions"):
            await repository.resolve("semver:newest")
        for tag in ("v3.0.0+b", "v3.0.0+a"):
            commits[tag] = repo.write({"a": tag}).commit(tag)
            repo.git("tag", tag)
        assert (await repository.resolve("semver:3")).sha == commits["v3.0.0+a"]  # of one version, the later tag

"""Which folder of credentials is for a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.repo.failures import RepositoryError
from reconciler.sources.credential_folders import credentials_for, folder_for
from reconciler.sources.failures import SourceError


def folders(root: Path, **named: str) -> Path:
    """Name of the folder → the content of its file `url`; empty for none."""
    for name, url in named.items():
        (root / name).mkdir()
        (root / name / "username").write_text("ada\n")
        (root / name / "password").write_text(f"of {name}\n")
        if url:
            (root / name / "url").write_text(f"{url}\n")
    return root


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("oci://registry.test/web", "registry.test"),
        ("https://registry.test:443/charts", "registry.test"),
        ("https://REGISTRY.test/charts", "registry.test"),
        ("oci://registry.test:5000/web", "registry.test_5000"),
        ("oci://registry.test/team-a/web", "team"),
        ("oci://registry.test/team-a", "team"),
        ("oci://registry.test/team-ab", "registry.test"),
        ("https://registry.test/team-a/web", "registry.test"),
        ("https://registry.test/git/shop.git", "shop"),
        ("https://registry.test/git/shop/more", "shop"),
        ("oci://other.test/web", None),
        ("oci://evil-registry.test/web", None),
        ("oci://registry.test.evil.test/web", None),
        ("ssh://git@git.test/shop", "git.test"),
        ("git@git.test:shop", "git.test"),
    ],
)
def test_the_longest_place_counts(tmp_path: Path, url: str, name: str | None) -> None:
    root = folders(
        tmp_path,
        **{
            "registry.test": "",
            "registry.test_5000": "",
            "team": "oci://registry.test/team-a",
            "shop": "https://registry.test/git/shop",
            "git.test": "",
        },
    )
    found = folder_for(root, url)
    assert (found.name if found else None) == name


def test_they_are_read_as_those_of_git(tmp_path: Path) -> None:
    found = credentials_for(folders(tmp_path, **{"registry.test": ""}), "oci://registry.test/web")
    assert found is not None
    assert (found.username, found.password) == ("ada", "of registry.test")
    assert "of registry.test" not in repr(found)
    (tmp_path / "registry.test" / "password").unlink()
    with pytest.raises(RepositoryError, match="username needs password"):
        credentials_for(tmp_path, "oci://registry.test/web")


def test_without_a_folder_there_are_none() -> None:
    assert credentials_for(None, "oci://registry.test/web") is None


def test_two_for_one_place(tmp_path: Path) -> None:
    root = folders(tmp_path, a="oci://registry.test/team", b="oci://registry.test/team/")
    with pytest.raises(SourceError, match="a and b are for the same place"):
        folder_for(root, "oci://registry.test/team/web")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: the credentials of sources cannot be read: No such file"):
        folder_for(tmp_path / "nowhere", "oci://registry.test/web")
    with pytest.raises(SourceError, match="url: this is no URL"):
        folder_for(folders(tmp_path, a="registry.test"), "oci://registry.test/web")

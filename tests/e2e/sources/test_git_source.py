"""Other Git repositories as sources, over HTTP from real git."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.model.source_lock import LockedSource, SourceKind, WantedSource
from reconciler.repo.failures import RepositoryError
from reconciler.sources.client import Sources
from reconciler.sources.failures import ArchiveError, SourceError
from reconciler.sources.options import Limits, SourceOptions
from tests.support.githttp import serve
from tests.support.gitrepo import GitRepo
from tests.support.ociregistry import SECRET, USER


@dataclass
class Other:
    """A repository that belongs to somebody else."""

    repo: GitRepo
    url: str
    options: SourceOptions

    async def resolve(self, version: str, options: SourceOptions | None = None) -> LockedSource:
        async with Sources(options or self.options) as sources:
            return await sources.resolve(WantedSource(SourceKind.GIT, self.url, "", version))

    async def files(self, locked: LockedSource, options: SourceOptions | None = None) -> dict[str, bytes]:
        async with Sources(options or self.options) as sources:
            return dict(await sources.files(locked))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    repo = GitRepo(tmp_path / "served" / "shop")
    repo.write({"deploy.yaml": "kind: Deployment\n", "sub/cm.yaml": "kind: ConfigMap\n"}).commit()
    repo.git("tag", "v1.0.0")
    repo.write({"deploy.yaml": "kind: Deployment # newer\n"}).commit()
    repo.git("tag", "v1.2.0")
    folder = tmp_path / "credentials" / "shop"
    folder.mkdir(parents=True)
    with serve(tmp_path / "served", USER, SECRET) as host:
        url = f"http://{host}/shop/.git"
        for name, text in {"username": USER, "password": SECRET, "url": url}.items():
            (folder / name).write_text(text)
        yield Other(repo, url, SourceOptions(tmp_path / "cache", tmp_path / "credentials", frozenset({urlsplit(url).netloc})))


async def test_branches_tags_commits_and_ranges(other: Other) -> None:
    head, first = other.repo.git("rev-parse", "HEAD"), other.repo.git("rev-parse", "v1.0.0")
    assert (await other.resolve("branch:main")).digest == head
    assert (await other.resolve("tag:v1.0.0")).digest == first
    assert (await other.resolve(f"commit:{first}")).digest == first
    newest = await other.resolve("1.x")
    assert (newest.resolved, newest.digest) == ("v1.2.0", head)
    assert await other.files(newest) == {"deploy.yaml": b"kind: Deployment # newer\n", "sub/cm.yaml": b"kind: ConfigMap\n"}


async def test_what_is_pinned_stays(other: Other, tmp_path: Path) -> None:
    locked = await other.resolve("branch:main")
    other.repo.write({"deploy.yaml": "kind: Other\n"}).commit()
    assert (await other.files(locked))["deploy.yaml"] == b"kind: Deployment # newer\n"
    elsewhere = replace(other.options, cache=tmp_path / "another")
    assert (await other.files(locked, elsewhere))["deploy.yaml"] == b"kind: Deployment # newer\n"
    assert (await other.resolve("branch:main")).digest == other.repo.git("rev-parse", "HEAD")


async def test_a_commit_that_is_newer_than_the_mirror(other: Other) -> None:
    locked = await other.resolve("branch:main")
    commit = other.repo.write({"new.yaml": "x"}).commit()
    assert "new.yaml" in await other.files(replace(locked, digest=commit))


async def test_what_is_not_there(other: Other) -> None:
    locked = await other.resolve("branch:main")
    with pytest.raises(SourceError, match="the repository has no such commit any more"):
        await other.files(replace(locked, digest="0" * 40))
    for version in ("branch:none", "tag:none", "9.x", f"commit:{'0' * 40}"):
        with pytest.raises(RepositoryError):
            await other.resolve(version)


async def test_a_branch_is_not_taken_for_a_tag(other: Other) -> None:
    other.repo.git("branch", "v1.0.0")
    first = other.repo.git("rev-parse", "refs/tags/v1.0.0")
    assert (await other.resolve("tag:v1.0.0")).digest == first
    assert (await other.resolve("branch:v1.0.0")).digest != first


async def test_links_are_left_out_and_sizes_are_limited(other: Other) -> None:
    (other.repo.path / "link").symlink_to("/etc/passwd")
    other.repo.write({"large": "x" * 5000}).commit()
    locked = await other.resolve("branch:main")
    assert "link" not in await other.files(locked)
    for limits, message in ((Limits(files=2), "more than 2 files"), (Limits(unpacked=4000), "more than 4,000 bytes")):
        with pytest.raises(ArchiveError, match=message):
            await other.files(locked, replace(other.options, limits=limits))


async def test_without_credentials_and_without_leave(other: Other) -> None:
    with pytest.raises(RepositoryError) as caught:
        await other.resolve("branch:main", replace(other.options, credentials=None))
    assert SECRET not in str(caught.value)
    with pytest.raises(SourceError, match="is at plain http"):
        await other.resolve("branch:main", replace(other.options, plain_http=frozenset()))


@pytest.mark.parametrize("url", ["/etc", "file:///etc", "."])
async def test_nothing_of_this_machine_is_read(other: Other, url: str) -> None:
    other.url = url
    with pytest.raises(SourceError, match="is no URL of a Git repository elsewhere"):
        await other.resolve("branch:main")

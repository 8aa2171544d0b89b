"""The newest tag of a range of versions."""

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from tests.support.gitrepo import GitRepo


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

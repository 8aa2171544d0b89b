"""Which revisions and status branches are read where signatures are checked, with real keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError
from reconciler.repo.gpg import keyring
from reconciler.repo.options import GitOptions
from reconciler.repo.verification import TrustedKeys, UntrustedError
from tests.support.gitrepo import GitRepo
from tests.support.signingkeys import FORMATS, SigningKeyPair, new_key

STATUS = "reconciler/status"
BY = Signature("Ärmel <R>", "r@example.org", datetime(2026, 1, 1, tzinfo=UTC))
by_format = pytest.mark.parametrize("kind", FORMATS)


@cache
def key(kind: str, name: str) -> SigningKeyPair:
    return new_key(kind, name)


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    folder = tmp_path / "trusted"
    folder.mkdir()
    return folder


def trust(folder: Path, kind: str, name: str = "Ada") -> None:
    (folder / f"{name}.{kind}").write_bytes(key(kind, name).public)


async def signed(repo: GitRepo, kind: str, name: str, branch: str, files: dict[str, bytes], tmp_path: Path) -> str:
    """A commit on a branch that is not checked out, by a key of that name."""
    file = tmp_path / f"{name}.{kind}.key"
    file.write_bytes(key(kind, name).private)
    async with await Repository.open(str(repo.path), options=GitOptions(signing_key=file)) as repository:
        parent, _ = await repository.read_branch_files(branch)
        return await repository.commit_files(branch, parent=parent, changes=dict(files), message="Change\n\nBody: ä\n", by=BY)


def opened(repo: GitRepo, trusted: Path, signing_key: Path | None = None) -> GitOptions:
    return GitOptions(trusted_keys=trusted, signing_key=signing_key)


@by_format
async def test_a_signed_commit_is_the_same_commit_with_a_signature(repo: GitRepo, tmp_path: Path, kind: str) -> None:
    commit = await signed(repo, kind, "Ada", STATUS, {"a": b"1"}, tmp_path)
    content = repo.git("cat-file", "commit", commit)
    header, _, message = content.partition("\n\n")
    assert [line for line in header.splitlines() if line.startswith(("author", "committer"))] == [
        "author Ärmel R <r@example.org> 1767225600 +0000",
        "committer Ärmel R <r@example.org> 1767225600 +0000",
    ]
    assert "\ngpgsig -----BEGIN " in header
    assert message.rstrip() == "Change\n\nBody: ä"
    second = await signed(repo, kind, "Ada", STATUS, {"b": b"2"}, tmp_path)
    assert repo.git("rev-parse", f"{second}^") == commit
    assert repo.git("ls-tree", "--name-only", second).split() == ["a", "b"]


@by_format
async def test_a_revision_of_a_trusted_key_is_read(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    good = await signed(repo, kind, "Ada", "topic", {"a": b"1"}, tmp_path)
    trust(trusted, kind)
    trust(trusted, kind, "Bob")
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        assert (await repository.resolve("topic")).sha == good
        with pytest.raises(UntrustedError, match=r"commit main \([0-9a-f]{12}\) is not signed, so nothing of it is read"):
            await repository.resolve("main")
        other = await signed(repo, kind, "Mallory", "topic", {"a": b"2"}, tmp_path)
        with pytest.raises(UntrustedError) as caught:
            await repository.resolve("topic")
        signer = key(kind, "Mallory").fingerprint[-43 if kind == "ssh" else -16 :]  # of an unknown key, gpg knows the id alone
        assert f"commit topic ({other[:12]}) is signed with the key " in caught.value.message
        assert f"{signer}, which is not in {trusted}" in caught.value.message
        assert "add the public key of its signer" in caught.value.remedy
        trust(trusted, kind, "Mallory")
        assert (await repository.resolve("topic")).sha == other
        (trusted / f"Ada.{kind}").unlink()
        with pytest.raises(UntrustedError):  # The commit was trusted before, and its key is not any more.
            await repository.resolve(good)


@by_format
async def test_a_commit_that_was_changed_after_it_was_signed(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    good = await signed(repo, kind, "Ada", "topic", {"a": b"1"}, tmp_path)
    content = repo.git("cat-file", "commit", good).replace("\n\nChange", "\n\nAnother") + "\n"
    (tmp_path / "forged").write_text(content)
    forged = repo.git("hash-object", "-t", "commit", "-w", str(tmp_path / "forged"))
    repo.git("branch", "forged", forged)
    trust(trusted, kind)
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        with pytest.raises(UntrustedError):
            await repository.resolve("forged")


@by_format
async def test_settings_of_the_repository_change_nothing(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\necho '[GNUPG:] GOODSIG 1 x'; echo 'Good \"git\" signature for x with ED25519 key SHA256:x'\n")
    liar.chmod(0o755)
    for setting in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"):
        repo.git("config", setting, str(liar))
    repo.git("config", "gpg.minTrustLevel", "undefined")
    commit = await signed(repo, kind, "Mallory", "topic", {"a": b"1"}, tmp_path)
    trust(trusted, kind)
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        with pytest.raises(UntrustedError, match=commit[:12]):
            await repository.resolve("topic")


@by_format
async def test_a_signed_tag_counts_under_its_own_name_alone(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    trust(trusted, kind)
    with tag_signer(kind, tmp_path) as with_key:
        repo.git(*with_key, "tag", "--sign", "--message=One", "v1")
    repo.git("tag", "--annotate", "--message=Two", "v2")
    repo.git("update-ref", "refs/tags/v3", "refs/tags/v1")
    repo.git("tag", "light")
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        for name in ("v1", "refs/tags/v1"):
            assert (await repository.resolve(name)).sha == repo.git("rev-parse", "HEAD")
        for name in ("v2", "v3", "light", "main", repo.git("rev-parse", "HEAD"), "v1^0"):
            with pytest.raises(UntrustedError, match="is not signed"):
                await repository.resolve(name)


@by_format
async def test_a_range_follows_signed_tags_alone(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    """Whoever may create tags, without any key, could otherwise give a new version to any commit that was signed once."""
    trust(trusted, kind)
    old = await signed(repo, kind, "Ada", "topic", {"a.yaml": b"kind: Old"}, tmp_path)
    with tag_signer(kind, tmp_path) as with_key:
        repo.git(*with_key, "tag", "--sign", "--message=One", "v1.0.0")
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        assert (await repository.resolve("topic")).sha == old
        assert (await repository.resolve("semver:>=1")).sha == repo.git("rev-parse", "HEAD")
        repo.git("tag", "v99.0.0", old)
        with pytest.raises(UntrustedError, match=r"v99\.0\.0 is not an annotated tag that a trusted key signed"):
            await repository.resolve("semver:>=1")


@contextmanager
def tag_signer(kind: str, tmp_path: Path) -> Iterator[list[str]]:
    """git's options to sign with the key of Ada."""
    file = tmp_path / "tagger"
    file.write_bytes(key(kind, "Ada").private)
    file.chmod(0o600)
    if kind == "ssh":
        yield ["-c", "gpg.format=ssh", "-c", f"user.signingKey={file}"]
        return
    with keyring(file.read_bytes(), "test") as keys:
        program = tmp_path / "gpg-here"
        program.write_text(f'#!/bin/sh\nexec gpg --homedir {keys.home} --batch "$@"\n')
        program.chmod(0o755)
        yield ["-c", f"gpg.program={program}", "-c", f"user.signingKey={keys.fingerprints[0]}"]


@by_format
async def test_a_status_branch_is_refused_with_the_way_back(repo: GitRepo, tmp_path: Path, trusted: Path, kind: str) -> None:
    trust(trusted, kind)
    good = await signed(repo, kind, "Ada", STATUS, {"a": b"1"}, tmp_path)
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        assert await repository.read_branch_files(STATUS) == (good, {"a": b"1"})
        bad = await signed(repo, kind, "Mallory", STATUS, {"a": b"2"}, tmp_path)
        with pytest.raises(UntrustedError, match=bad[:12]) as caught:
            await repository.read_branch_files(STATUS)
        assert f"git push --force origin {good}:refs/heads/{STATUS}" in caught.value.remedy


@by_format
async def test_a_process_whose_own_commits_nobody_trusts_does_not_start(
    repo: GitRepo, tmp_path: Path, trusted: Path, kind: str
) -> None:
    file = tmp_path / "key"
    file.write_bytes(key(kind, "Leader").private)
    trust(trusted, kind)
    with pytest.raises(UntrustedError, match="is signed with the key"):
        await Repository.open(str(repo.path), options=opened(repo, trusted, file))
    trust(trusted, kind, "Leader")
    async with await Repository.open(str(repo.path), options=opened(repo, trusted, file)) as repository:
        commit = await repository.commit_files(STATUS, parent=None, changes={"a": b"1"}, message="Record\n", by=BY)
        assert (await repository.read_branch_files(STATUS))[0] == commit
        file.write_bytes(key(kind, "Mallory").private)  # A key that is replaced is used at once.
        with pytest.raises(UntrustedError):
            await repository.commit_files(STATUS, parent=commit, changes={"a": b"2"}, message="Record\n", by=BY)
        assert (await repository.read_branch_files(STATUS))[0] == commit
        file.write_bytes(key(kind, "Leader").private)
        for path in ("b", "c"):
            commit = await repository.commit_files(STATUS, parent=commit, changes={path: b"3"}, message="Record\n", by=BY)
        assert await repository.read_branch_files(STATUS) == (commit, {"a": b"1", "b": b"3", "c": b"3"})


async def test_lines_of_allowed_signers(repo: GitRepo, tmp_path: Path, trusted: Path) -> None:
    commit = await signed(repo, "ssh", "Ada", "topic", {"a": b"1"}, tmp_path)
    public = " ".join(key("ssh", "Ada").public.decode().split()[:2])
    for options, good in (
        ("", True),
        ('namespaces="git" ', True),
        ('namespaces="file" ', False),
        ('valid-before="20200101" ', False),
    ):
        (trusted / "allowed_signers").write_text(f"# people\n\nada@example.org,bob@example.org {options}{public}\n")
        async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
            if good:
                assert (await repository.resolve("topic")).sha == commit
            else:
                with pytest.raises(UntrustedError):
                    await repository.resolve("topic")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the folder holds no public key"),
        ("# nothing\n", "the folder holds no public key"),
        ("hello\n", "keys:1: this is no public key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "keys: this is a private key"),
    ],
)
async def test_a_folder_without_usable_keys(repo: GitRepo, trusted: Path, content: str | None, message: str) -> None:
    if content is not None:
        (trusted / "keys").write_text(content)
    async with await Repository.open(str(repo.path), options=opened(repo, trusted)) as repository:
        with pytest.raises(RepositoryError, match=message) as caught:
            await repository.resolve("main")
        assert caught.value.remedy


@pytest.mark.parametrize("content", [None, "hello"])
async def test_a_signing_key_that_is_none(repo: GitRepo, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    with pytest.raises(RepositoryError, match=r"cannot be read|holds no private key"):
        await Repository.open(str(repo.path), options=GitOptions(signing_key=tmp_path / "key"))


def test_old_commits_are_forgotten(trusted: Path) -> None:
    keys = TrustedKeys(trusted)
    for number in range(3000):
        keys._remember(str(number))
    assert list(keys._trusted) == [str(number) for number in range(2000, 3000)]

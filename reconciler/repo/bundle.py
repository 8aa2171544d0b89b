"""Carries one branch from repository to repository as a file, a Git bundle: where no network leads.

What comes from a bundle is first put where no branch is (`refs/reconciler/incoming`), with every object checked, and becomes a
branch only when the caller has judged it.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from reconciler.repo import revision
from reconciler.repo.branch import branch_state, move_branch
from reconciler.repo.client import NO_OPTIONS, Repository
from reconciler.repo.command import REMOTE, GitCommand
from reconciler.repo.failures import ConflictError, InterruptedGitError, RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.revision import Commit

_INCOMING = "refs/reconciler/incoming"
_HEADER = re.compile(rb"# v[23] git bundle\n(?:@[^\n]*\n)*")
_LONGEST_HEADER = 4096
_SHA256 = b"@object-format=sha256\n"
_CHECKING = (("fetch.fsckObjects", "true"), ("core.bigFileThreshold", "16m"), ("maintenance.auto", "false"))
"""Somebody else may have made the bundle: each object is checked, and one that unpacks to gigabytes does not fill the memory."""
_MEMBER = "reconciler.member"
"""In the configuration of a repository that `create` made: the name of the branch that it follows."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The one branch of a bundle. No branch of the repository has its commit yet."""

    branch: str
    commit: Commit


class BundleRepository(Repository):
    """A repository to which branches are carried, or from which."""

    @classmethod
    async def create(cls, folder: Path, bundle: Path, branch: str, options: GitOptions = NO_OPTIONS) -> Self:
        """A new bare repository that follows one branch, for what a bundle holds. Raises RepositoryError."""
        await asyncio.to_thread(_create, folder, bundle, branch)
        return await cls.open(str(folder), options=options)

    async def followed_branch(self) -> str:
        """The branch that `create` named; empty where this repository was not made by it."""
        return (await self._run(GitCommand.try_run, "config", "--get", _MEMBER) or b"").decode().strip()

    async def write_bundle(self, branch: str, file: Path) -> None:
        """Writes a branch with its history to a file that only this user can read. Raises RepositoryError."""
        await self._run(_write, branch, file)

    async def receive(self, file: Path, prefix: str) -> Incoming:
        """Takes the one branch of a bundle, whose name begins with the prefix. `forget_incoming` undoes it.

        Raises RepositoryError where it is no such bundle, or is damaged; UntrustedError where signatures are checked and no
        trusted key signed its newest commit.
        """
        branch = await self._run(_only_branch, file, prefix)
        commit = await self._run(_fetch, file, branch)
        await self._run(lambda _: self._check(commit.sha))
        return Incoming(branch, commit)

    async def forget_incoming(self) -> None:
        await self._run(GitCommand.run, "update-ref", "-d", _INCOMING)

    async def advance(self, branch: str, old: str | None, new: str) -> None:
        """Moves a local branch. old: where it is; None: it must not exist. Raises ConflictError."""
        await self._run(move_branch, branch, old, new, "reconciler: carried")

    async def publish_commit(self, branch: str, old: str | None, new: str) -> None:
        """Puts a commit in place of `old` on a branch: at the remote, and in a clone on what it knows of it; without a remote on
        the local branch. Raises ConflictError where the branch is not at `old`, UnreachableError."""
        has_remote = REMOTE in await self.remotes()
        await self._run(_publish, branch, old, new, has_remote=has_remote, mirrored=self.is_mirror)


def only_branch(file: Path, prefix: str) -> str:
    """As `BundleRepository.receive` finds it, without a repository. Raises RepositoryError."""
    return _only_branch(GitCommand(Path.cwd()), file, prefix)


def _create(folder: Path, bundle: Path, branch: str) -> None:
    """Whole or not at all: a folder without the mark would never be taken for one of ours."""
    name = "sha256" if _SHA256 in _header(bundle) else "sha1"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            git = GitCommand(temporary)
            git.run("init", "--quiet", "--bare", "--template=", f"--object-format={name}", f"--initial-branch={branch}", ".")
            git.run("config", _MEMBER, branch)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise RepositoryError(f"{folder}: {error.strerror}", remedy="Name another folder with --repo.") from error


def _header(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            found = _HEADER.match(content.read(_LONGEST_HEADER))
    except OSError as error:
        raise RepositoryError(f"{file}: {error.strerror}", remedy="Name the file that was carried here.") from error
    if found is None:
        raise RepositoryError(f"{file}: this is no Git bundle", remedy="Name the file that was carried here.")
    return found[0]


def _only_branch(git: GitCommand, file: Path, prefix: str) -> str:
    _header(file)
    try:
        listing = git.run("bundle", "list-heads", str(file.absolute())).decode("utf-8", "surrogateescape")
    except InterruptedGitError:
        raise
    except RepositoryError as error:
        raise _damaged(file, error) from None
    names = [line.partition(" ")[2] for line in listing.splitlines()]
    if len(names) != 1 or not names[0].startswith(f"refs/heads/{prefix}"):
        raise RepositoryError(
            f"{file}: the bundle holds {', '.join(names) or 'nothing'}, and not one branch {prefix}NAME",
            remedy="Name the file that was made for this command.",
        )
    return names[0].removeprefix("refs/heads/")


def _fetch(git: GitCommand, file: Path, branch: str) -> Commit:
    checking = replace(git, settings=(*git.settings, *_CHECKING))
    options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    try:
        git.run("bundle", "verify", "--quiet", str(file.absolute()))
        checking.run("fetch", *options, "--", str(file.absolute()), f"+refs/heads/{branch}:{_INCOMING}")
    except InterruptedGitError:
        raise
    except RepositoryError as error:
        raise _damaged(file, error) from None
    return revision.resolve(git, _INCOMING)


def _damaged(file: Path, error: RepositoryError) -> RepositoryError:
    said = error.message.partition("(git: ")[2].removesuffix(")") or error.message
    return RepositoryError(
        f"{file}: the bundle is damaged, or something was changed in it (git: {said})",
        remedy="Copy it again from where it was made. Nothing of it was taken.",
    )


def _write(git: GitCommand, branch: str, file: Path) -> None:
    """The history may hold Secrets of earlier exports, so nobody else may read the file."""
    place = file.absolute()
    unfinished = place.with_name(f".{place.name}.{secrets.token_hex(4)}.reconciler-tmp")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        # Git would make a file of its own, which others can read, in place of this one: so it writes to a pipe.
        with unfinished.open("wb") as target, git.stream("bundle", "create", "--quiet", "-", f"refs/heads/{branch}") as content:
            while block := content.read(1 << 20):
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(place)
    except OSError as error:
        raise RepositoryError(f"{file}: {error.strerror}", remedy="Name a file in a folder that is writable.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _publish(git: GitCommand, branch: str, old: str | None, new: str, *, has_remote: bool, mirrored: bool) -> None:
    local, tracked = f"refs/heads/{branch}", f"refs/remotes/{REMOTE}/{branch}"
    if not has_remote:
        move_branch(git, branch, old, new, "reconciler: carried")
        return
    options = ("--quiet", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", f"--force-with-lease={local}:{old or ''}")
    try:
        git.ask_remote("push", *options, REMOTE, f"{new}:{local}")
    except ConflictError as error:
        raise ConflictError(f"{git.place}: branch {branch} moved in the meantime", remedy="Run the command again.") from error
    if mirrored:
        move_branch(git, branch, branch_state(git, branch).local, new, "reconciler: carried")
    else:
        git.run("update-ref", tracked, new)

"""Opens a repository: a local one in place, a remote one through a bare mirror in a cache folder.

In a mirror, every branch and tag is that of the remote, including the status branch. HEAD is what the remote's default branch is
now, however old the mirror is. `fetch` drops a local commit that could not be pushed (the next pass records its facts again). A
mirror is cloned into a temporary folder next to its final place and then renamed, so a killed process, or two processes that
start together, never leave a partial mirror.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reconciler.model.member_report import BRANCHES
from reconciler.repo import partial
from reconciler.repo.command import NETWORK_TIMEOUT, REMOTE, GitCommand, Interruption
from reconciler.repo.credentials import clean_url
from reconciler.repo.failures import RepositoryError
from reconciler.repo.remote_access import RemoteCredentials
from reconciler.repo.remote_url import read_access

_CLEANING = (
    ("gc.pruneExpire", "1.hour.ago"),
    ("gc.cruftPacks", "true"),
    ("core.logAllRefUpdates", "true"),
    ("gc.reflogExpireUnreachable", "2.weeks.ago"),
    (f"gc.refs/heads/{BRANCHES}*.reflogExpire", "now"),
    (f"gc.refs/heads/{BRANCHES}*.reflogExpireUnreachable", "now"),
)
"""A fetch cleans up by itself, now and then, in the background. Each report that an agent replaces leaves a commit that no branch
has. Git keeps these for two weeks, each object in a file of its own, which takes gigabytes in a large fleet. So they are deleted
after an hour: what a running process has just written is younger. What other branches had before stays for two weeks by their
reflogs: `run` must recognize a branch that was set back."""
_FETCH_OPTIONS = ("--quiet", "--prune", "--no-recurse-submodules", "--no-write-fetch-head")
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def open_local(path: Path, interruption: Interruption) -> tuple[GitCommand, Path | None]:
    """git for the repository that contains a folder, and the top folder of its work tree; None for a bare repository."""
    if not path.is_dir():
        raise RepositoryError(f"{path}: there is no such folder", remedy="Name a folder inside a Git repository with --repo.")
    # One path for each command: a command with several values prints one on each line, and paths may contain line breaks.
    finder = GitCommand(path.absolute(), interruption=interruption)
    inside, _, found = finder.run("rev-parse", "--is-inside-work-tree", "--absolute-git-dir").partition(b"\n")
    git_dir = _path(found)
    if inside != b"true":
        return GitCommand(git_dir, git_dir, interruption=interruption), None
    work_tree = _path(finder.run("rev-parse", "--show-toplevel"))
    return GitCommand(work_tree, git_dir, interruption=interruption), work_tree


def _path(output: bytes) -> Path:
    return Path(output.removesuffix(b"\n").decode("utf-8", "surrogateescape"))


def open_mirror(
    url: str,
    cache: Path,
    interruption: Interruption,
    credentials: RemoteCredentials | None = None,
    *,
    blobless: bool = False,
    offline: bool = False,
) -> GitCommand:
    """git for an up-to-date mirror of a remote repository. Raises RepositoryError, UnreachableError.

    blobless: whether a new mirror is a partial one (`partial.py`). One that exists stays as it is. offline: whether one that
    exists is not brought up to date, so that the remote is not needed.
    """
    access = credentials.plain(url) if credentials is not None else read_access(url)
    place = cache.absolute() / _folder_name(access.url)
    git = GitCommand(place, place, access, access.url, interruption, credentials)
    if place.is_dir():
        if not offline:
            fetch_mirror(git)
    else:
        _clone(git, place, partial.CLONE_OPTIONS if blobless else ())
    return git


def _folder_name(url: str) -> str:
    """A readable folder name that is different for each URL."""
    readable = re.sub(r"[^a-z0-9]+", "-", url.lower().removesuffix(".git").rpartition("://")[2]).strip("-")[-60:]
    return f"{readable}-{hashlib.sha256(url.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}.git"


def _clone(mirror: GitCommand, place: Path, options: tuple[str, ...]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".cloning-", dir=place.parent))
    except OSError as error:
        raise RepositoryError(
            f"{place.parent}: a mirror cannot be created there: {error.strerror}",
            remedy="Use a cache folder that is writable.",
        ) from error
    try:
        git = replace(mirror, folder=temporary, git_dir=None)
        git.ask_remote("clone", "--quiet", "--bare", "--template=", *options, "--", mirror.access.url, "mirror.git")
        # Renaming fails if the folder exists: another process was faster, and its mirror can be used.
        with suppress(OSError):
            (temporary / "mirror.git").rename(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def fetch_mirror(git: GitCommand, *, head: bool = True, without: str = "", pushed: bool = False) -> None:
    """Updates every branch and tag to those of the remote, deletes those that it no longer has, and points HEAD to its default
    branch.

    head: False leaves HEAD as it is, which saves a request to the remote. without: branches below this prefix stay as they are.
    pushed: whether somebody waits for what was pushed: HEAD stays as it is, which no push changes, and another fetch cleans up.
    """
    _drop_stale_locks(git)
    refspecs = (*_REFSPECS, f"^refs/heads/{without}*") if without else _REFSPECS
    fetcher = replace(git, settings=_CLEANING)
    default = _default_branch(git) if head and not pushed else ""  # Asked first: its commits are then part of the fetch.
    options = (*_FETCH_OPTIONS, *(("--no-auto-gc",) if pushed else ()))
    fetcher.ask_remote("fetch", *options, REMOTE, *refspecs)
    if default and default != head_branch(git):
        git.run("symbolic-ref", "HEAD", f"refs/heads/{default}")


def _drop_stale_locks(git: GitCommand) -> None:
    """Deletes old lock files in a mirror. A git process that is killed while it holds the lock of a ref, of `packed-refs`, or of
    HEAD leaves one.

    A lock that is not old may belong to a running process: git waits for it for a second, and the next fetch tries again. In
    other repositories nothing is deleted: there the error tells the user to do it.
    """
    long_ago = time.time() - NETWORK_TIMEOUT
    for lock in (*git.folder.glob("*.lock"), *(git.folder / "refs").rglob("*.lock")):
        with suppress(FileNotFoundError):
            if lock.stat().st_mtime < long_ago:
                lock.unlink()


def _default_branch(git: GitCommand) -> str:
    """The remote's default branch; empty where it has none, or where that has no commits."""
    output = git.ask_remote("ls-remote", "--symref", REMOTE, "HEAD").decode("utf-8", "surrogateescape")
    target = re.match(r"ref: refs/heads/(\S+)\tHEAD$", output, re.MULTILINE)
    return target[1] if target else ""


def head_branch(git: GitCommand) -> str:
    """The branch that HEAD is; empty where it is a commit without a branch."""
    target = (git.try_run("symbolic-ref", "--quiet", "HEAD") or b"").decode("utf-8", "surrogateescape").strip()
    return target.removeprefix("refs/heads/")


def remotes(git: GitCommand) -> dict[str, str]:
    """Name → URL, without secrets."""
    urls: dict[str, str] = {}
    for record in (git.try_run("config", "--null", "--get-regexp", r"^remote\..*\.url$") or b"").split(b"\0")[:-1]:
        key, _, url = record.decode("utf-8", "surrogateescape").partition("\n")
        urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), clean_url(url))
    return urls

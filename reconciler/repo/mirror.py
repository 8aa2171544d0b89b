"""Finding the repository: one on this machine is used in place, a remote one through a bare mirror in a cache folder.

In a mirror the remote is the truth for every branch and tag, the status branch among them: `fetch` drops a commit
that was made here and could not be pushed (its facts are recorded again in the next pass). A mirror is cloned beside
its place and then renamed into it, so a process killed on the way, or two that start together, never leave half a
mirror.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from reconciler.repo.branch import REMOTE
from reconciler.repo.command import NETWORK_TIMEOUT, GitCommand, Interruption
from reconciler.repo.credentials import Access, clean_url, read_url
from reconciler.repo.failures import RepositoryError

_PROTOCOLS = ("https", "ssh", "file", "http")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://.*|[a-z0-9+.-]+::.*", re.IGNORECASE | re.DOTALL)
_SCP_LIKE = re.compile(r"(?:[^\s/@:]+@)?(?:\[[^\]\s]+\]|[^\s/@:]{2,}):.+")  # host:path; one letter would be a Windows drive
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def is_url(path_or_url: str) -> bool:
    """Whether this names a repository elsewhere. `host:path` does, as in git, unless there is such a path here."""
    if _URL.fullmatch(path_or_url):
        return True
    return _SCP_LIKE.fullmatch(path_or_url) is not None and not Path(path_or_url).exists()


def open_local(path: Path, interruption: Interruption) -> tuple[GitCommand, Path | None]:
    """git for the repository around a folder, and the top of the work tree that the folder is in, if any."""
    if not path.is_dir():
        raise RepositoryError(f"{path}: there is no such folder", remedy="Name a folder inside a Git repository with --repo.")
    # One question a command: together they are answered line by line, and a folder's name may hold a line break.
    finder = GitCommand(path.absolute(), interruption=interruption)
    inside = finder.ask("rev-parse", "--is-inside-work-tree").strip() == b"true"
    git_dir = _path(finder.ask("rev-parse", "--absolute-git-dir"))
    if not inside:
        return GitCommand(git_dir, git_dir, interruption=interruption), None
    work_tree = _path(finder.ask("rev-parse", "--show-toplevel"))
    return GitCommand(work_tree, git_dir, interruption=interruption), work_tree


def _path(answer: bytes) -> Path:
    return Path(answer.removesuffix(b"\n").decode("utf-8", "surrogateescape"))


def open_mirror(url: str, cache: Path, interruption: Interruption) -> GitCommand:
    """git for an up-to-date mirror of a remote repository. Raises RepositoryError, UnreachableError."""
    access = read_access(url)
    place = cache.absolute() / _folder_name(access.url)
    git = GitCommand(place, place, access, access.url, interruption)
    if place.is_dir():
        fetch_mirror(git)
    else:
        _clone(access, place, interruption)
    return git


def read_access(url: str) -> Access:
    """Raises RepositoryError for a URL that git must not be given."""
    scheme = re.match(r"[a-z0-9+.-]*(?=:)", url, re.IGNORECASE)
    spoken = scheme is not None and scheme[0].lower() in _PROTOCOLS and url[scheme.end() :].startswith("://")
    if not spoken and _URL.fullmatch(url):
        raise RepositoryError(f"{clean_url(url)}: this protocol is not used here", remedy="Use https, ssh, or a path.")
    try:
        return read_url(url)
    except ValueError as problem:
        raise RepositoryError(
            f"{clean_url(url)}: {problem}", remedy="Percent-encode it, or leave it to a credential helper."
        ) from None


def _folder_name(url: str) -> str:
    """Readable, and different for different URLs."""
    readable = re.sub(r"[^a-z0-9]+", "-", url.lower().removesuffix(".git").rpartition("://")[2]).strip("-")[-60:]
    return f"{readable}-{hashlib.sha256(url.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}.git"


def _clone(access: Access, place: Path, interruption: Interruption) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".cloning-", dir=place.parent))
    except OSError as error:
        raise RepositoryError(
            f"{place.parent}: no mirror can be put there: {error.strerror}",
            remedy="Name a cache folder that can be written to.",
        ) from error
    try:
        git = GitCommand(beside, None, access, access.url, interruption)
        git.ask("clone", "--quiet", "--bare", "--template=", "--", access.url, "mirror.git", timeout=NETWORK_TIMEOUT)
        # Renaming onto a folder that is not empty fails: another process was faster, and its mirror is as good.
        with suppress(OSError):
            (beside / "mirror.git").rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def fetch_mirror(git: GitCommand) -> None:
    """Bring every branch and tag to where the remote has it; what it no longer has goes."""
    _drop_stale_locks(git)
    git.ask(
        "fetch", "--quiet", "--prune", "--no-recurse-submodules", "--no-write-fetch-head", REMOTE, *_REFSPECS,
        timeout=NETWORK_TIMEOUT,
    )  # fmt: skip
    if git.asks("rev-parse", "--verify", "--quiet", "HEAD") is None:
        _follow_default_branch(git)


def _drop_stale_locks(git: GitCommand) -> None:
    """A git killed within the millisecond in which it holds a ref's lock leaves that behind, and nobody tends a mirror.

    In a repository that is not our own nothing is ever deleted: there the error asks the user to.
    """
    long_ago = time.time() - NETWORK_TIMEOUT
    for lock in (git.folder / "refs").rglob("*.lock"):
        with suppress(FileNotFoundError):
            if lock.stat().st_mtime < long_ago:
                lock.unlink()


def _follow_default_branch(git: GitCommand) -> None:
    """The remote's default branch was renamed, or got its first commit."""
    answer = git.ask("ls-remote", "--symref", REMOTE, "HEAD", timeout=NETWORK_TIMEOUT).decode("utf-8", "surrogateescape")
    target = re.match(r"ref: (refs/heads/\S+)\tHEAD$", answer, re.MULTILINE)
    if target:
        git.ask("symbolic-ref", "HEAD", target[1])


def remotes(git: GitCommand) -> dict[str, str]:
    """Name → URL, without any secret."""
    found: dict[str, str] = {}
    for record in (git.asks("config", "--null", "--get-regexp", r"^remote\..*\.url$") or b"").split(b"\0")[:-1]:
        key, _, url = record.decode("utf-8", "surrogateescape").partition("\n")
        found.setdefault(key.removeprefix("remote.").removesuffix(".url"), clean_url(url))
    return found

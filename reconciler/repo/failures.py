"""What git complains about → our errors.

Git tells most failures apart only by their text, so every command runs in the C locale and the table below reads what
it wrote to stderr; the first row that matches decides. A text that nobody has met before is passed on as git put it,
scrubbed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.repo.credentials import scrub


class RepositoryError(ReconcilerError):
    """Git could not do it. Neither message nor remedy ever holds a credential."""


class UnreachableError(RepositoryError, TemporaryError):
    """The remote did not answer, or broke off."""


class LockedError(RepositoryError, TemporaryError):
    """Another git process holds a lock, or left one behind."""


class InterruptedGitError(RepositoryError, TemporaryError):
    """Git was stopped before it was done: by a signal, a time-out, or because nobody waits for its answer any more."""


class DamagedError(RepositoryError):
    """Objects, or files of the repository's own, are missing or damaged."""


class ConflictError(RepositoryError, TemporaryError):
    """The branch moved since it was read. Read it again, decide again, and try again."""


@dataclass(frozen=True, slots=True)
class _Complaint:
    pattern: re.Pattern[str]
    error: type[RepositoryError]
    message: str
    remedy: str

    def remedy_in(self, mirror: Path | None) -> str:
        """Nobody tends a mirror: where it is damaged, or no repository at all, it is made anew."""
        return remedy_of_damage(mirror) if mirror and issubclass(self.error, DamagedError) else self.remedy


def remedy_of_damage(mirror: Path | None = None) -> str:
    """mirror: its folder, where what is damaged is a mirror, or what that is fetched from."""
    if mirror is None:
        return "See `git fsck --full`; then fetch them again, or make a fresh clone."
    return f"Delete {mirror}: it is only a copy, and is made anew. If that does not help, see `git fsck --full` at the remote."


def _row(pattern: str, error: type[RepositoryError], message: str, remedy: str) -> _Complaint:
    return _Complaint(re.compile(pattern, re.IGNORECASE), error, message, remedy)


# More particular rows first: a refused login also says "could not read from remote repository".
_COMPLAINTS = (
    _row(
        r"^env: .{0,3}git.{0,3}: (no such file|permission denied)",
        RepositoryError,
        "git is not installed, or not on the PATH",
        "Install git 2.31 or newer.",
    ),
    _row(
        r"detected dubious ownership",
        RepositoryError,
        "git refuses to read this repository because its folder belongs to another user",
        "Run as its owner, or trust it: git config --global --add safe.directory <folder>",
    ),
    _row(
        r"is at \w+ but expected \w+|reference already exists|unable to resolve reference|\(non-fast-forward\)"
        r"|\(fetch first\)|\(stale info\)|\(incorrect old value provided\)",
        ConflictError,
        "the branch moved in the meantime",
        "Read it again and retry.",
    ),
    _row(
        r"' exists; cannot create|directory file conflict",
        RepositoryError,
        "a branch cannot be created: another branch has the name of one of its folders",
        "Rename or delete the other branch, or configure another status branch.",
    ),
    _row(
        r"Unable to create '.*\.lock'|another git process|\(failed to update ref\)|cannot lock ref",
        LockedError,
        "another git process holds a lock on this repository",
        "Try again; if no git is running there, a crashed one left the .lock file behind: delete it.",
    ),
    _row(
        r"terminal prompts disabled|could not read (username|password)|authentication failed|permission denied \("
        r"|requested URL returned error: 40[137]|host key verification failed|access denied|permission to .* denied",
        RepositoryError,
        "the remote refused the credentials, or needs some",
        "Give a token or key that may read the repository and write the status branch; git asks nobody here.",
    ),
    _row(
        r"bad config|key does not contain a section",
        DamagedError,
        "the repository's configuration cannot be read",
        "Mend its file config: `git config --list` names the line.",
    ),
    _row(
        r"repository .* not found|requested URL returned error: 404|does not appear to be a git repository"
        r"|repository .* does not exist",
        RepositoryError,
        "there is no repository at the remote's address, or the credentials may not see it",
        "Check the URL and what the credentials may read.",
    ),
    _row(
        r"not a git repository|cannot change to",
        DamagedError,
        "this is not a Git repository",
        "Name a folder inside one with --repo, or run `git init` there.",
    ),
    _row(
        r"permission denied|insufficient permission|read-only file system|no space left|quota exceeded",
        RepositoryError,
        "this user cannot read or write the repository's files",
        "See to the permissions and the free space of its folder.",
    ),
    _row(
        r"certificate (verification|problem)",
        RepositoryError,
        "the remote's certificate could not be trusted",
        "Give git the authority's certificate: git config http.sslCAInfo, or GIT_SSL_CAINFO.",
    ),
    _row(
        r"transport '.*' not allowed|protocol .* is not supported|unable to find remote helper",
        RepositoryError,
        "git does not speak this URL's protocol, or may not",
        "Use https, ssh, or a path.",
    ),
    _row(
        r"not our ref|expected '\w+'",
        UnreachableError,
        "the remote did not give what it had offered: its history was rewritten just then, or it lacks objects",
        "Try again; if it stays so, see `git fsck --full` at the remote.",
    ),
    _row(
        r"corrupt loose object|is corrupt\b|repository corruption|does not match index|object file .* is empty|packed-refs:",
        DamagedError,
        "the repository lacks objects, or holds damaged ones",
        remedy_of_damage(),
    ),
    _row(
        r"could not resolve|unable to (access|look up)|connection (refused|reset|closed)|timed out|failed to connect"
        r"|network is unreachable|no route to host|operation too slow|early EOF|unexpected disconnect|RPC failed"
        r"|hung up unexpectedly|could not read from remote",
        UnreachableError,
        "the remote did not answer",
        "Try again; if it stays so, check the URL, the network and the proxy.",
    ),
    _row(
        r"corrupt|(bad|invalid|missing|unknown|garbage|read|open|unpack|get|wrong) (\S+ ){0,4}object"
        r"|(bad|missing) (blob|tree|commit)|inflate|hash mismatch"
        r"|(unable to (read|stream)|could not read) [0-9a-f]{40}"
        r"|not a (valid object|tree)|in tree entry|too-short tree|bad pack header|unresolved deltas",
        DamagedError,
        "the repository lacks objects, or holds damaged ones",
        remedy_of_damage(),
    ),
    _row(
        r"remote rejected|pre-receive hook declined|protected branch",
        RepositoryError,
        "the remote does not accept the push",
        "Let this user push to the branch (branch protection, hooks), or configure another status branch.",
    ),
)


def explain(complaint: str, place: str, secrets: tuple[str, ...] = (), mirror: Path | None = None) -> RepositoryError:
    """The error for what git wrote to stderr; `place` is the repository's path or clean URL, `mirror` the folder of its mirror.

    Git's own last words are kept, scrubbed, for they name the object, file or host.
    """
    said = scrub(" ".join(complaint.split()), secrets)
    for row in _COMPLAINTS:
        if row.pattern.search(said):
            return row.error(f"{place}: {row.message} (git: {_shorten(said)})", remedy=row.remedy_in(mirror))
    return RepositoryError(f"{place}: git failed: {_shorten(said) or 'without a word'}")


def _shorten(said: str, limit: int = 600) -> str:
    return said if len(said) <= limit else f"…{said[-limit:]}"

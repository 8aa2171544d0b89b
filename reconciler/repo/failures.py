"""Error messages of git → our errors.

Git distinguishes most failures only by their message. So every command runs in the C locale, and the rules below match what it
wrote to stderr; the first rule that matches decides. An unknown message is passed on, without secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.repo.credentials import scrub


class RepositoryError(ReconcilerError):
    """A git command failed. Message and remedy never contain a credential."""


class NoSuchRevisionError(RepositoryError):
    """A name that means no commit here."""


class UnreachableError(RepositoryError, TemporaryError):
    """The remote did not answer, or closed the connection."""


class LockedError(RepositoryError, TemporaryError):
    """Another git process holds a lock, or has left one."""


class InterruptedGitError(RepositoryError, TemporaryError):
    """Git was stopped before it finished: by a signal, a time-out or a cancellation."""


class DamagedError(RepositoryError):
    """Objects or internal files of the repository are missing or damaged."""


class ConflictError(RepositoryError, TemporaryError):
    """The branch moved since it was read. Read it, decide and write again."""


@dataclass(frozen=True, slots=True)
class _FailureRule:
    pattern: re.Pattern[str]
    error: type[RepositoryError]
    message: str
    remedy: str

    def remedy_in(self, mirror: Path | None) -> str:
        """The remedy. For a damaged mirror it is to delete the folder, because the next run creates it again."""
        return remedy_of_damage(mirror) if mirror and issubclass(self.error, DamagedError) else self.remedy


def remedy_of_damage(mirror: Path | None = None) -> str:
    """The remedy for damaged objects. mirror: its folder, if the damage is in a mirror or in its remote."""
    if mirror is None:
        return "Run `git fsck --full`. Then fetch the objects again, or clone the repository again."
    return f"Delete {mirror}: it is a copy that is created again. If that does not help, run `git fsck --full` at the remote."


def _failure_rule(pattern: str, error: type[RepositoryError], message: str, remedy: str) -> _FailureRule:
    return _FailureRule(re.compile(pattern, re.IGNORECASE), error, message, remedy)


# More specific rules come first: a refused login also prints "could not read from remote repository".
_FAILURE_RULES = (
    _failure_rule(
        r"^env: .{0,3}git.{0,3}: (no such file|permission denied)",
        RepositoryError,
        "git is not installed, or not in PATH",
        "Install git 2.31 or newer.",
    ),
    _failure_rule(
        r"detected dubious ownership",
        RepositoryError,
        "git refuses to read this repository because its folder belongs to another user",
        "Run this program as the owner, or trust the folder: git config --global --add safe.directory <folder>",
    ),
    _failure_rule(
        r"is at \w+ but expected \w+|reference already exists|unable to resolve reference|\(non-fast-forward\)"
        r"|\(fetch first\)|\(stale info\)|\(incorrect old value provided\)",
        ConflictError,
        "the branch moved in the meantime",
        "Read it again and retry.",
    ),
    _failure_rule(
        r"' exists; cannot create|directory file conflict",
        RepositoryError,
        "a branch cannot be created: another branch has the name of one of its folders",
        "Rename or delete the other branch, or configure another status branch.",
    ),
    _failure_rule(
        r"Unable to create '.*\.lock'|another git process|\(failed to update ref\)|cannot lock ref",
        LockedError,
        "another git process holds a lock on this repository",
        "Try again; if no git is running there, a crashed one left the .lock file behind: delete it.",
    ),
    _failure_rule(
        r"host key verification failed|remote host identification has changed|no .* host key is known",
        RepositoryError,
        "the host of the remote is not one of its known hosts, or has another key now",
        "Compare the keys that `ssh-keyscan HOST` prints with those that the operator of the host publishes. Then put them into "
        "the known_hosts of --git-credentials, or of this user (~/.ssh/known_hosts).",
    ),
    _failure_rule(
        r"terminal prompts disabled|could not read (username|password)|authentication failed|permission denied \("
        r"|requested URL returned error: 40[137]|access denied|permission to .* denied",
        RepositoryError,
        "the remote refused the credentials, or requires credentials",
        "Give git a credential that may read the repository and push the status branch: a folder in --git-credentials, or "
        "what git of this machine uses; git does not ask here. For https: a credential helper (`git config credential.helper "
        "store`), or a program in GIT_ASKPASS. For ssh: a key of the agent (`ssh-add FILE`), or GIT_SSH_COMMAND='ssh -i FILE'. "
        "`git ls-remote URL` shows whether git accepts it.",
    ),
    _failure_rule(
        r"bad config|key does not contain a section",
        DamagedError,
        "the repository's configuration cannot be read",
        "Correct its file `config`: `git config --list` shows the line.",
    ),
    _failure_rule(
        r"repository .* not found|requested URL returned error: 404|does not appear to be a git repository"
        r"|repository .* does not exist",
        RepositoryError,
        "there is no repository at the URL, or the credentials may not read it",
        "Check the URL, which `git remote -v` shows. A private repository is shown only to a credential that may read it.",
    ),
    _failure_rule(
        r"not a git repository|cannot change to",
        DamagedError,
        "this is not a Git repository",
        "Name a folder inside one with --repo, or run `git init` there.",
    ),
    _failure_rule(
        r"permission denied|insufficient permission|read-only file system|no space left|quota exceeded",
        RepositoryError,
        "this user cannot read or write the repository's files",
        "Check the permissions and the free space of its folder.",
    ),
    _failure_rule(
        r"certificate (verification|problem)",
        RepositoryError,
        "the certificate of the remote is not trusted",
        "Give git the certificate of the authority: ca.crt in the folder of --git-credentials, git config http.sslCAInfo, or "
        "GIT_SSL_CAINFO.",
    ),
    _failure_rule(
        r"transport '.*' not allowed|protocol .* is not supported|unable to find remote helper",
        RepositoryError,
        "git does not support the protocol of this URL, or may not use it",
        "Use https, ssh, or a path.",
    ),
    _failure_rule(
        r"not our ref|expected '\w+'",
        UnreachableError,
        "the remote did not send the objects that it had offered: its history was just rewritten, or it lacks objects",
        "Try again. If that does not help, run `git fsck --full` at the remote.",
    ),
    _failure_rule(
        r"corrupt loose object|is corrupt\b|repository corruption|does not match index|object file .* is empty|packed-refs:",
        DamagedError,
        "the repository lacks objects, or holds damaged ones",
        remedy_of_damage(),
    ),
    _failure_rule(
        r"connection refused|couldn.t connect to server",
        UnreachableError,
        "nothing answers at the address of the remote",
        "Check host and port in the URL, and that the server is up. `git remote -v` shows the URL.",
    ),
    _failure_rule(
        r"could not resolve host(name)?|name or service not known",
        UnreachableError,
        "the host of the remote has no address",
        "Check the name of the host in the URL, and DNS. `git remote -v` shows the URL.",
    ),
    _failure_rule(
        r"could not resolve|unable to (access|look up)|connection (refused|reset|closed)|timed out|failed to connect"
        r"|network is unreachable|no route to host|operation too slow|early EOF|unexpected disconnect|RPC failed"
        r"|hung up unexpectedly|could not read from remote",
        UnreachableError,
        "the remote did not answer",
        "Try again. If that does not help, check the URL, the network and the proxy.",
    ),
    _failure_rule(
        r"corrupt|(bad|invalid|missing|unknown|garbage|read|open|unpack|get|wrong) (\S+ ){0,4}object"
        r"|(bad|missing) (blob|tree|commit)|inflate|hash mismatch"
        r"|(unable to (read|stream)|could not read) [0-9a-f]{40}"
        r"|not a (valid object|tree)|in tree entry|too-short tree|bad pack header|unresolved deltas",
        DamagedError,
        "the repository lacks objects, or holds damaged ones",
        remedy_of_damage(),
    ),
    _failure_rule(
        r"remote rejected|pre-receive hook declined|protected branch",
        RepositoryError,
        "the remote does not accept the push",
        "Allow this user to push to the branch (branch protection, hooks), or configure another status branch.",
    ),
)


def explain(stderr: str, place: str, secrets: tuple[str, ...] = (), mirror: Path | None = None) -> RepositoryError:
    """The error for what git wrote to stderr. place: the path or clean URL of the repository. mirror: the folder of its mirror.

    The message contains the end of git's own message, without secrets, because it names the object, file or host.
    """
    text = scrub(" ".join(stderr.split()), secrets)
    for rule in _FAILURE_RULES:
        if rule.pattern.search(text):
            told = _ADVICE.sub("", text).strip() or text
            return rule.error(f"{place}: {rule.message} (git: {_shorten(told)})", remedy=rule.remedy_in(mirror))
    return RepositoryError(f"{place}: git failed: {_shorten(text) or 'without a message'}")


_ADVICE = re.compile(
    r"(fatal: Could not read from remote repository\. )?"
    r"Please make sure you have the correct access rights and the repository exists\."
)
"""What git adds to every failure of ssh and of local paths, whatever the cause."""


def _shorten(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else f"…{text[-limit:]}"

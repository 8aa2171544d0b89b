"""Which commits are trusted: those that a trusted key signed. The keys are in a folder outside the repository.

Only a commit itself counts, or the annotated tag by which it is named: a signature covers everything below a commit, its whole
history included, so commits before it need none. A tag counts under its own name alone; otherwise a signed tag of an old release
could be pushed as a new one. git checks the signatures, by gpg and ssh-keygen, with settings that no repository can change.

A file of the folder holds armored GPG public keys, SSH public keys, or lines of ssh-keygen's ALLOWED SIGNERS; its name is free.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.failures import InterruptedGitError, RepositoryError
from reconciler.repo.gpg import keyring
from reconciler.repo.openssh import require_openssh
from reconciler.repo.remote_access import file_in_memory
from reconciler.repo.tree import read_objects

_GPG_BLOCK = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_SSH_TYPE = r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+"
_PROGRAMS = (
    "gpg.program=gpg", "gpg.openpgp.program=gpg", "gpg.ssh.program=ssh-keygen", "gpg.x509.program=false",
    "gpg.ssh.revocationFile=", "gpg.minTrustLevel=fully",
)  # fmt: skip
_REASONS = {
    "N": "is not signed",
    "B": "has a bad signature",
    "X": "has a signature that expired",
    "Y": "is signed with the key {key}, which expired",
    "R": "is signed with the key {key}, which was revoked",
}
"""By git's letter for the state of a signature (git-log(1), %G?)."""
_UNKNOWN_KEY = "is signed with the key {key}, which is not in {folder}"
_REMEMBERED = 1000
"""Commits whose good signatures are remembered."""
_SEARCHED = 100
"""How many commits to look at for the newest trusted one."""


class UntrustedError(RepositoryError):
    """A commit that no trusted key signed. Nothing of it is read."""


@dataclass(frozen=True, slots=True)
class _Keys:
    gpg: bytes
    ssh: bytes
    """Lines of ALLOWED SIGNERS (ssh-keygen(1))."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.gpg + b"\0" + self.ssh).hexdigest()


@dataclass(slots=True)
class TrustedKeys:
    """The keys of a folder, which is read for each check. Not thread-safe."""

    folder: Path
    _digest: str = ""
    _trusted: dict[str, None] = field(default_factory=dict)
    """Commits that the keys with this digest signed, oldest first."""

    def check(self, git: GitCommand, commit: str, name: str = "", *, by_tag: bool = False) -> None:
        """Raises UntrustedError where neither the commit is signed with one of the keys, nor the annotated tag `name` that is it.

        name: the name of the revision. by_tag: only the tag counts. Where a range chooses the newest of all tags, a signed commit
        proves nothing: whoever may create tags could name any old one.
        """
        keys = _read_keys(self.folder)
        if keys.digest != self._digest:
            self._digest, self._trusted = keys.digest, {}
        if commit in self._trusted and not by_tag:
            return
        with _settings(keys, str(self.folder)) as (options, environment):
            tag = _tag_of(git, commit, name)
            if by_tag:
                if not (tag and _is_good(git, options, environment, "verify-tag", tag)):
                    raise _untrusted_tag(git, name, self.folder)
            elif _is_good(git, options, environment, "verify-commit", commit):
                self._remember(commit)
            elif not (tag and _is_good(git, options, environment, "verify-tag", tag)):
                raise self._untrusted(git, options, environment, commit, name)

    def _remember(self, commit: str) -> None:
        self._trusted[commit] = None
        if len(self._trusted) > _REMEMBERED:
            del self._trusted[next(iter(self._trusted))]

    def newest_trusted(self, git: GitCommand, commit: str) -> str:
        """The newest commit at or before this one, by first parents, that is trusted; empty where none of the last ones is."""
        ids = git.run("rev-list", "--first-parent", f"--max-count={_SEARCHED}", commit, "--").decode("ascii").split()
        with _settings(_read_keys(self.folder), str(self.folder)) as (options, environment):
            return next((one for one in ids if _is_good(git, options, environment, "verify-commit", one)), "")

    def _untrusted(
        self, git: GitCommand, options: tuple[str, ...], environment: dict[str, str], commit: str, name: str
    ) -> UntrustedError:
        described = f"{name} ({commit[:12]})" if name and not commit.startswith(name) else commit[:12]
        log = (*options, "log", "--max-count=1", "--no-show-signature", "--format=%G?%n%GF%n%GK", commit)
        shown = git.run(*log, environment=environment).decode(errors="replace").splitlines()
        state, fingerprint, key = [*shown, "", "", ""][:3]
        reason = _REASONS.get(state, _UNKNOWN_KEY if fingerprint or key else "has a signature that cannot be checked")
        reason = reason.format(key=fingerprint or key, folder=self.folder)
        return UntrustedError(
            f"{git.place}: commit {described} {reason}, so nothing of it is read",
            remedy=f"Sign it with a key of {self.folder}, or add the public key of its signer there.",
        )


def _untrusted_tag(git: GitCommand, name: str, folder: Path) -> UntrustedError:
    short = name.removeprefix("refs/tags/")
    return UntrustedError(
        f"{git.place}: tag {short} is not an annotated tag that a trusted key signed, so nothing of it is read",
        remedy=f"Sign it with a key of {folder}: git tag --sign {short}. Or delete it.",
    )


def _is_good(git: GitCommand, options: tuple[str, ...], environment: dict[str, str], command: str, name: str) -> bool:
    try:
        git.run(*options, command, name, environment=environment)
    except InterruptedGitError:
        raise
    except RepositoryError:
        return False
    return True


def _tag_of(git: GitCommand, commit: str, name: str) -> str:
    """The id of the annotated tag that is meant by a name of this commit; empty where it is not one."""
    if not name:
        return ""
    full = git.try_run("rev-parse", "--verify", "--quiet", "--symbolic-full-name", "--end-of-options", name) or b""
    ref = full.decode("utf-8", "surrogateescape").removeprefix("--end-of-options").strip()
    if not ref.startswith("refs/tags/"):
        return ""
    for item in read_objects(git, [ref]):
        if item.kind == "tag" and isinstance(item.content, bytes):
            header = item.content.partition(b"\n\n")[0].split(b"\n")
            own_name = ref.removeprefix("refs/tags/").encode("utf-8", "surrogateescape")
            if f"object {commit}".encode() in header and b"tag " + own_name in header:
                return item.id
    return ""


@contextmanager
def _settings(keys: _Keys, source: str) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """git's options and environment to check signatures with these keys and no others."""
    if keys.ssh:
        require_openssh("ssh-keygen", source)
    with ExitStack() as stack:
        signers = stack.enter_context(file_in_memory(keys.ssh))
        environment = {"GNUPGHOME": "/dev/null"}
        if keys.gpg:
            environment = stack.enter_context(keyring(keys.gpg, source)).environment
        settings = (*_PROGRAMS, f"gpg.ssh.allowedSignersFile={signers}")
        yield tuple(word for setting in settings for word in ("-c", setting)), environment


def _read_keys(folder: Path) -> _Keys:
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
        contents = [(path, path.read_bytes()) for path in files]
    except OSError as error:
        raise RepositoryError(
            f"{error.filename or folder}: the trusted keys cannot be read: {error.strerror}",
            remedy="Name a folder with public keys, SSH or GPG: --verify-keys FOLDER.",
        ) from None
    gpg = [content for _, content in contents if _GPG_BLOCK in content]
    ssh = [line for path, content in contents if _GPG_BLOCK not in content for line in _signers(path, content)]
    if not (gpg or ssh):
        raise RepositoryError(
            f"{folder}: the folder holds no public key, so no revision could be trusted",
            remedy="Put public keys there, SSH or GPG: `cat ~/.ssh/id_ed25519.pub`, `gpg --armor --export KEY`.",
        )
    return _Keys(b"\n".join(gpg), "".join(f"{line}\n" for line in ssh).encode())


def _signers(path: Path, content: bytes) -> Iterator[str]:
    if b"PRIVATE KEY" in content:
        raise RepositoryError(f"{path}: this is a private key", remedy="The folder of --verify-keys holds public keys alone.")
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if re.match(rf"{_SSH_TYPE} [A-Za-z0-9+/=]+(\s|$)", text):
            yield f'* namespaces="git" {text}'
        elif re.match(rf"\S+ (?:.* )?{_SSH_TYPE} [A-Za-z0-9+/=]+(\s|$)", text):
            yield text
        else:
            raise RepositoryError(
                f"{path}:{number}: this is no public key",
                remedy="A file holds armored GPG keys, SSH public keys, or allowed signers: PRINCIPALS ssh-ed25519 AAAA….",
            )

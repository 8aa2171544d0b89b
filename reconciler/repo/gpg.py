"""A keyring of gpg for one operation, in a folder of its own: the keys of this machine's user are neither used nor changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from reconciler.repo.failures import RepositoryError

_TIMEOUT = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Keyring:
    home: str
    fingerprints: tuple[str, ...]
    """Of its primary keys."""

    @property
    def environment(self) -> dict[str, str]:
        """For a git command that uses this keyring."""
        return {"GNUPGHOME": self.home}


@contextmanager
def keyring(keys: bytes, source: str) -> Iterator[Keyring]:
    """A keyring with these armored keys, all of them trusted. source: of the keys, for messages. Raises RepositoryError."""
    if shutil.which("gpg") is None:
        raise RepositoryError(
            f"{source}: there are GPG keys, and gpg is not installed, or not in PATH", remedy="Install gnupg, or use SSH keys."
        )
    with tempfile.TemporaryDirectory(prefix="reconciler-gpg-") as home:
        try:
            if _gpg(home, "--import", stdin=keys) is None:
                raise RepositoryError(f"{source}: gpg cannot read the keys", remedy="`gpg --show-keys FILE` shows what they are.")
            listing = (_gpg(home, "--with-colons", "--list-keys") or b"").decode(errors="replace").splitlines()
            primary = [after for line, after in pairwise(listing) if line.startswith("pub:")]
            fingerprints = tuple(line.split(":")[9] for line in primary)
            _gpg(home, "--import-ownertrust", stdin="".join(f"{one}:6:\n" for one in fingerprints).encode())
            yield Keyring(home, fingerprints)
        finally:
            _run(["gpgconf", "--homedir", home, "--kill", "all"], b"")


def _gpg(home: str, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """stdout; None where gpg fails."""
    done = _run(["gpg", "--homedir", home, "--batch", "--quiet", "--no-autostart", *arguments], stdin)
    if done is None or done.returncode:
        # A private key is imported by an agent, which the first attempt must not start for public keys.
        done = _run(["gpg", "--homedir", home, "--batch", "--quiet", *arguments], stdin)
    return done.stdout if done is not None and done.returncode == 0 else None


def _run(command: list[str], stdin: bytes) -> subprocess.CompletedProcess[bytes] | None:
    try:
        return subprocess.run(  # noqa: S603 - constant programs, and keys on stdin alone
            command, input=stdin, capture_output=True, check=False, timeout=_TIMEOUT, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None

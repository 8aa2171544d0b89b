"""Signs the commits of this process with a key from a file, SSH or GPG, whatever git's configuration says.

A signature is part of a commit, so a signed commit is made from the unsigned one, which nothing refers to. The file is read for
each commit: a key that is replaced is used at once.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError
from reconciler.repo.gpg import keyring
from reconciler.repo.openssh import require_openssh
from reconciler.repo.remote_access import file_in_memory
from reconciler.repo.secret_folder import private_key
from reconciler.repo.tree import read_objects

_PERSON = re.compile(rb"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<time>-?\d+ [+-]\d+)")


@dataclass(frozen=True, slots=True)
class SigningKey:
    file: Path

    def sign(self, git: GitCommand, commit: str) -> str:
        """The id of a new commit: this one, signed. Raises RepositoryError."""
        (found,) = read_objects(git, [commit])
        content = found.content
        assert isinstance(content, bytes)  # noqa: S101 - for mypy: there is no limit
        header, _, message = content.partition(b"\n\n")
        fields = [line.partition(b" ")[::2] for line in header.split(b"\n")]
        people = {role: value for role, value in fields if role in (b"author", b"committer")}
        parents = [word for name, value in fields if name == b"parent" for word in ("-p", value.decode("ascii"))]
        tree = next(value for name, value in fields if name == b"tree").decode("ascii")
        with self._usable() as (options, environment), tempfile.TemporaryFile() as stdin:
            stdin.write(message)
            stdin.seek(0)
            arguments = (*options, "-c", "i18n.commitEncoding=utf-8", "commit-tree", "-S", *parents, tree)
            signed = git.run(*arguments, stdin=stdin, environment={**_identities(people), **environment})
        return signed.decode("ascii").strip()

    @contextmanager
    def _usable(self) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
        """git's options and environment to sign with this key."""
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise RepositoryError(
                f"{self.file}: the key that signs commits cannot be read: {error.strerror}",
                remedy="Name a private key, SSH or GPG, that the user of this process can read: --signing-key FILE.",
            ) from None
        if b"-----BEGIN PGP PRIVATE KEY BLOCK-----" in content:
            with keyring(content, str(self.file)) as keys:
                key = next(iter(keys.fingerprints), "")
                yield ("-c", "gpg.format=openpgp", "-c", "gpg.program=gpg", "-c", f"user.signingKey={key}"), keys.environment
            return
        key_text = private_key(str(self.file), content)
        require_openssh("ssh-keygen", str(self.file))
        with file_in_memory(key_text) as path:
            yield ("-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", f"user.signingKey={path}"), {}


def _identities(people: dict[bytes, bytes]) -> dict[str, str]:
    environment: dict[str, str] = {}
    for role, value in people.items():
        person = _PERSON.fullmatch(value)
        if person is not None:
            texts = {name: text.decode("utf-8", "surrogateescape") for name, text in person.groupdict().items()}
            prefix = f"GIT_{role.decode().upper()}"
            environment |= {
                f"{prefix}_NAME": texts["name"],
                f"{prefix}_EMAIL": texts["email"],
                f"{prefix}_DATE": f"@{texts['time']}",
            }
    return environment

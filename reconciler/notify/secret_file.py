"""Secrets that forges and chats share with this process. They are read each time they are needed, so that a rotation needs no
restart; never from the command line, which every user of the machine can read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ReconcilerError

_MOST = 64 * 1024
"""Bytes of a file of secrets."""


class SecretError(ReconcilerError):
    """A secret cannot be read."""


@dataclass(frozen=True, slots=True)
class SecretFile:
    """Where one secret is, or several of which each is valid, one on each line."""

    path: Path | None
    """None for the text."""
    text: str = field(default="", repr=False)
    """The content in place of a file: the value of an environment variable."""
    at_least: int = 1
    """Characters that a secret must have."""

    def read(self) -> tuple[str, ...]:
        """The secrets, at least one. Raises SecretError, which names the file and never a secret."""
        place = str(self.path) if self.path is not None else "the environment"
        secrets = tuple(filter(None, (line.strip() for line in self._content().splitlines())))
        if not secrets:
            raise SecretError(f"{place}: there is no secret in it", remedy="Write one secret on each line.")
        if min(map(len, secrets)) < self.at_least:
            remedy = "Generate one, for example with: openssl rand -hex 32."
            raise SecretError(f"{place}: a secret of fewer than {self.at_least} characters can be guessed", remedy=remedy)
        return secrets

    def _content(self) -> str:
        if self.path is None:
            return self.text
        try:
            with self.path.open(encoding="utf-8") as file:
                return file.read(_MOST)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SecretError(f"{self.path}: the secret cannot be read: {why}", remedy="Mount or write the file.") from None

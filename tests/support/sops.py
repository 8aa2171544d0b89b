"""Files that the real sops encrypts, and keys for them that exist for one test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.parts.build import binary

VALUES = "^(data|stringData)$"
"""The fields that are encrypted by default."""


@dataclass(frozen=True)
class AgeKey:
    """An identity of age, in a file, and its recipient."""

    file: Path
    recipient: str

    @property
    def options(self) -> tuple[str, ...]:
        """Of the program: this key, and sops."""
        return ("--sops-age-key-file", str(self.file), *program())

    @property
    def secret(self) -> str:
        return next(line for line in self.file.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-"))


def program() -> tuple[str, ...]:
    return ("--sops", str(binary("sops")))


def age_key(file: Path) -> AgeKey:
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([binary("age-keygen"), "-o", file], check=True, capture_output=True)
    shown = subprocess.run([binary("age-keygen"), "-y", file], check=True, capture_output=True, text=True)
    return AgeKey(file, shown.stdout.strip())


def encrypted(text: str, *keys: AgeKey, fields: str = VALUES, form: str = "yaml", **variables: str) -> str:
    """The text as sops encrypts it. fields: a regular expression of the fields; empty for all. variables: for sops."""
    command = [binary("sops"), "encrypt", "--input-type", form, "--output-type", form]
    command += ["--age", ",".join(key.recipient for key in keys)] if keys else []
    command += ["--encrypted-regex", fields] if fields else []
    environment = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run([*command, "/dev/stdin"], input=text, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout

"""Encrypts the text of a new file, by the rules of `.sops.yaml` at the top of a repository. The plain text touches no disk."""

from __future__ import annotations

from pathlib import Path

from reconciler.decrypt.keys import Keys
from reconciler.decrypt.run_sops import run_sops
from reconciler.errors import ReconcilerError

RULES = ".sops.yaml"


class EncryptError(ReconcilerError):
    """A file could not be encrypted. The message has nothing of its text."""


async def encrypt(text: str, path: str, top: Path, keys: Keys) -> str:
    """The encrypted text, as YAML.

    path: of the file, from the top of the repository: the rules are chosen by it. Raises EncryptError, DecryptError.
    """
    rules = top / RULES
    if not rules.is_file():
        raise EncryptError(f"there is no {RULES} at the top of the repository", remedy=_WRITE_A_RULE)
    form = ("--input-type", "yaml", "--output-type", "yaml")
    command = (keys.program, "--config", str(rules), "encrypt", "--filename-override", path, *form, "/dev/stdin")
    code, out, said = await run_sops(command, text.encode(), keys.for_sops())
    if code != 0:
        raise EncryptError(f"{path}: {_reason(code, said)}", remedy=_WRITE_A_RULE)
    return out.decode()


def _reason(code: int, said: str) -> str:
    if "no matching creation rules" in said:
        return f"no rule of {RULES} is for this path"
    return f"sops ended with exit code {code}"


_WRITE_A_RULE = (
    r"Write a rule with path_regex: \.sops\.yaml$, encrypted_regex: ^(data|stringData)$ and recipients into .sops.yaml "
    "(docs/how-to/sops.md), and import again."
)

"""Keys that sign commits and tags, as OpenSSH and GnuPG make them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

FORMATS = ("ssh", *(("gpg",) if shutil.which("gpg") else ()))
"""Every machine with git has OpenSSH's ssh-keygen; where gpg is missing, nothing can make or check its signatures."""


@dataclass(frozen=True)
class SigningKeyPair:
    private: bytes
    public: bytes
    fingerprint: str


def new_key(kind: str, name: str = "Ada") -> SigningKeyPair:
    """A new key without passphrase. kind: one of `FORMATS`."""
    with tempfile.TemporaryDirectory(prefix="key-") as folder:
        return _ssh(Path(folder) / "key", name) if kind == "ssh" else _gpg(folder, name)


def _ssh(file: Path, name: str) -> SigningKeyPair:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(file)], check=True)
    public = file.with_suffix(".pub")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True).stdout
    return SigningKeyPair(file.read_bytes(), public.read_bytes(), shown.split()[1])


def _gpg(home: str, name: str) -> SigningKeyPair:
    def gpg(*arguments: str) -> bytes:
        command = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run([*command, *arguments], check=True, capture_output=True, env=environment).stdout

    try:
        gpg("--quick-generate-key", f"{name} <{name.lower()}@example.org>", "ed25519", "sign")
        listing = gpg("--with-colons", "--list-keys").decode()
        fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
        return SigningKeyPair(gpg("--armor", "--export-secret-keys"), gpg("--armor", "--export"), fingerprint)
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)

"""The folder of `--git-credentials`, or one below `--source-credentials`: a mounted Secret, or any folder with such
file names.

Every way to reach a repository is in this one folder, and the names of its files say which way it is: one option is enough. The
names are those of Flux, of Argo CD and of Kubernetes' own types `basic-auth`, `ssh-auth` and `tls`, so that their Secrets can be
mounted as they are. Files with other names are left alone, unless they look like a misspelt key.

The folder is read anew for each request to the remote: a Secret that is replaced is used at once. A kubelet replaces all files of
a Secret together, by moving the link `..data`; `_snapshot` never mixes two versions.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.model.spelling import did_you_mean
from reconciler.repo.failures import RepositoryError

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "username": ("username",),
    "password": ("password",),
    "bearerToken": ("bearerToken",),
    "ca.crt": ("ca.crt", "caFile"),
    "tls.crt": ("tls.crt", "certFile", "tlsClientCertData"),
    "tls.key": ("tls.key", "keyFile", "tlsClientCertKey"),
    "identity": ("identity", "ssh-privatekey", "sshPrivateKey"),
    "known_hosts": ("known_hosts",),
    "githubAppID": ("githubAppID",),
    "githubAppInstallationID": ("githubAppInstallationID",),
    "githubAppPrivateKey": ("githubAppPrivateKey",),
    "githubAppBaseURL": ("githubAppBaseURL", "githubAppEnterpriseBaseUrl"),
    "proxy": ("proxy",),
    "noProxy": ("noProxy",),
}
"""Key → the names that its file may have."""

_KEYS = {name: key for key, names in SPELLINGS.items() for name in names}
_OTHERS = frozenset({"identity.pub", "ssh-publickey", "url", "type", "name", "project"})
"""Keys of such Secrets that say nothing about access."""
_LONGEST = 1024 * 1024
"""Bytes: a Secret is not larger."""
_TOGETHER = (
    ("username", "password"),
    ("tls.crt", "tls.key"),
    ("identity", "known_hosts"),
    ("githubAppID", "githubAppInstallationID", "githubAppPrivateKey"),
)
"""Keys of which none has a meaning without the others."""
_ONE_OF = ("password", "bearerToken", "githubAppID")
_NEEDS = {"githubAppBaseURL": "githubAppID", "noProxy": "proxy"}
_CERTIFICATES = ("ca.crt", "tls.crt")
_FILES = frozenset({*_CERTIFICATES, "tls.key", "identity", "githubAppPrivateKey", "known_hosts"})
"""Keys with more than one line."""
_REMEDIES = {
    "known_hosts": "`ssh-keyscan HOST` prints the keys that the host has now; compare them with those that its operator "
    "publishes. An unknown host is never trusted.",
    "identity": "Add the private key, as identity or ssh-privatekey.",
    "username": "With a token as password, most forges accept any username, such as git.",
}
"""Missing key → what to do."""


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """A GitHub App that is installed for the repository."""

    app: str
    installation: str
    private_key: bytes = field(repr=False)
    api: str = "https://api.github.com"
    """Without `/` at its end."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a folder holds, checked. Empty values: the folder does not have the key."""

    folder: Path
    username: str = ""
    password: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    app: GitHubApp | None = None
    authorities: bytes = b""
    """PEM certificates of the authorities that the remote's certificate is checked with."""
    certificate: bytes = b""
    """PEM certificate of this client, with `certificate_key`."""
    certificate_key: bytes = field(default=b"", repr=False)
    identity: bytes = field(default=b"", repr=False)
    """SSH private key, with `known_hosts`."""
    known_hosts: bytes = b""
    proxy: str = field(default="", repr=False)
    """URL; it may contain user and password."""
    no_proxy: str = ""
    """Hosts without proxy, separated by commas."""

    @property
    def is_for_ssh_alone(self) -> bool:
        return not any((self.password, self.bearer_token, self.app, self.certificate, self.authorities, self.proxy))


def read_credentials(folder: Path) -> Credentials:
    """The credentials in a folder. Raises RepositoryError, without a value, where keys are missing or contradict each other."""
    values = _by_key(folder, _snapshot(folder))
    _check(folder, values)
    texts = {key: _text(folder, key, value) for key, value in values.items() if key not in _FILES}
    app = None
    if "githubAppID" in values:
        key = private_key(f"{folder}: githubAppPrivateKey", values["githubAppPrivateKey"])
        app = GitHubApp(texts["githubAppID"], texts["githubAppInstallationID"], key)
        if url := texts.get("githubAppBaseURL"):
            app = GitHubApp(app.app, app.installation, key, url.rstrip("/"))
        if texts.get("proxy", "").startswith("socks"):
            message = f"{folder}: proxy is a SOCKS proxy, through which the API of a GitHub App is not reached"
            raise RepositoryError(message, remedy="Name an HTTP proxy, such as http://proxy.example.com:3128.")
    return Credentials(
        folder,
        username=texts.get("username", ""),
        password=texts.get("password", ""),
        bearer_token=texts.get("bearerToken", ""),
        app=app,
        authorities=values.get("ca.crt", b""),
        certificate=values.get("tls.crt", b""),
        certificate_key=private_key(f"{folder}: tls.key", values["tls.key"]) if "tls.key" in values else b"",
        identity=private_key(f"{folder}: identity", values["identity"]) if "identity" in values else b"",
        known_hosts=values.get("known_hosts", b""),
        proxy=texts.get("proxy", ""),
        no_proxy=texts.get("noProxy", ""),
    )


def secret_data(folder: Path) -> dict[str, bytes]:
    """The files of a folder that are credentials, as the data of a Secret that can be mounted in its place. Raises
    RepositoryError, as `read_credentials` does."""
    read_credentials(folder)
    return {name: content for name, content in _snapshot(folder).items() if name in _KEYS}


def _snapshot(folder: Path) -> dict[str, bytes]:
    """File name → content, of one version of the Secret."""
    try:
        while True:
            version = (folder / "..data").resolve()
            files = {path.name: path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()}
            names = sorted(name for name in files if name in _KEYS or _guess(name))
            contents = {name: files[name].read_bytes() if name in _KEYS else b"" for name in names}
            if version == (folder / "..data").resolve():
                return contents
    except OSError as error:
        raise RepositoryError(
            f"{error.filename or folder}: the credentials cannot be read: {error.strerror}",
            remedy="Mount the Secret there, readable for the user of this process, or name another folder: --git-credentials, or "
            "--source-credentials.",
        ) from None


def _guess(name: str) -> str:
    return "" if name in _KEYS or name in _OTHERS else did_you_mean(name, _KEYS)


def _by_key(folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Key → content. An empty file is no key: a Secret of Argo CD may hold empty values."""
    values: dict[str, bytes] = {}
    found: dict[str, str] = {}
    for name, content in files.items():
        if name not in _KEYS:
            raise RepositoryError(f"{folder}: {name} is not a key of credentials", remedy=_guess(name))
        key = _KEYS[name]
        if not content.strip():
            continue
        if len(content) > _LONGEST:
            raise RepositoryError(f"{folder}: {name} is too large: {len(content):,} bytes", remedy="A Secret has at most 1 MiB.")
        if key in found and values[key] != content:
            raise RepositoryError(f"{folder}: {found[key]} and {name} mean the same and differ", remedy="Remove one of them.")
        values[key], found[key] = content, name
    return values


def _check(folder: Path, values: Mapping[str, bytes]) -> None:
    if not values:
        raise RepositoryError(f"{folder}: the folder holds no credentials", remedy=f"It reads the keys {', '.join(SPELLINGS)}.")
    groups = [*_TOGETHER, *((key, needed) for key, needed in _NEEDS.items() if key in values)]
    for group in groups:
        present, missing = [key for key in group if key in values], [key for key in group if key not in values]
        if present and missing:
            remedy = _REMEDIES.get(missing[0], f"Add {' and '.join(missing)}, or remove {' and '.join(present)}.")
            raise RepositoryError(f"{folder}: {present[0]} needs {' and '.join(missing)}, which the folder lacks", remedy=remedy)
    several = [key for key in _ONE_OF if key in values]
    if len(several) > 1:
        raise RepositoryError(
            f"{folder}: {' and '.join(several)} contradict each other: each is a way to log in", remedy="Keep one of them."
        )
    for key in _CERTIFICATES:
        if key in values and b"-----BEGIN CERTIFICATE-----" not in values[key]:
            raise RepositoryError(
                f"{folder}: {key} holds no certificate in PEM form",
                remedy="Its text begins with -----BEGIN CERTIFICATE-----; it is not encoded a second time as base64.",
            )


def _text(folder: Path, key: str, value: bytes) -> str:
    """A value on one line. Files that an editor or `echo` wrote end with a line break, which is not part of it."""
    try:
        text = value.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise RepositoryError(f"{folder}: {key} is not text", remedy="Store it as UTF-8.") from None
    if not text.isprintable():
        raise RepositoryError(f"{folder}: {key} holds a line break or a control character", remedy="Write it on one line.")
    if key.startswith("githubApp") and key.endswith("ID") and not re.fullmatch(r"[A-Za-z0-9._-]+", text):
        raise RepositoryError(
            f"{folder}: {key} is not an id", remedy="The page of the App, and that of its installation, show it."
        )
    if key == "githubAppBaseURL" and not re.fullmatch(r"https://[^\s@?#]+", text):
        raise RepositoryError(f"{folder}: {key} is not an https URL", remedy="Such as https://github.example.com/api/v3.")
    if key == "proxy" and not re.fullmatch(r"(https?|socks5h?)://\S+", text):
        raise RepositoryError(f"{folder}: {key} is not the URL of a proxy", remedy="Such as http://proxy.example.com:3128.")
    return text


def private_key(place: str, value: bytes) -> bytes:
    """A private key as programs read it: with Unix line breaks, and one at the end. place: of the key, for messages.

    Raises RepositoryError where it is none, or is encrypted.
    """
    if not re.search(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----", value):
        raise RepositoryError(
            f"{place} holds no private key",
            remedy="Its text begins with -----BEGIN … PRIVATE KEY-----; it is not encoded a second time as base64.",
        )
    if b"ENCRYPTED" in value or _openssh_cipher(value) not in (b"", b"none"):
        raise RepositoryError(
            f"{place} is protected with a passphrase, and nobody is there to type it",
            remedy="Store a key without passphrase: ssh-keygen -p -N '' -f FILE.",
        )
    return value.replace(b"\r\n", b"\n").strip() + b"\n"


def _openssh_cipher(pem: bytes) -> bytes:
    """The cipher of a key in OpenSSH's own form (PROTOCOL.key: magic, then a length and the name); empty for another form."""
    match = re.search(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END", pem, re.DOTALL)
    try:
        body = base64.b64decode(match[1]) if match else b""
    except ValueError:
        return b""
    magic = b"openssh-key-v1\0"
    length = int.from_bytes(body[len(magic) : len(magic) + 4])
    return body[len(magic) + 4 :][:length] if body.startswith(magic) else b""

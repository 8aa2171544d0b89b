"""Users and passwords of registries as `docker login` and `kubectl create secret docker-registry` write them.

The file is `.dockerconfigjson` (a mounted Secret of the type kubernetes.io/dockerconfigjson) or `config.json`, and has an entry
for each registry, or for one part of it. `*` in a host stands for any text without a dot, as a kubelet reads it. Programs that
the file names (`credsStore`, `credHelpers`) are not run.

Source: docker/cli, cli/config/configfile; Kubernetes, pkg/credentialprovider (keyring.go).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import SourceError

NAMES = (".dockerconfigjson", "config.json")
_LONGEST = 1024 * 1024
_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_API = frozenset({"v1", "v2"})
"""Paths that Docker writes after the host, such as `https://index.docker.io/v1/`."""


@dataclass(frozen=True, slots=True)
class RegistryPlace:
    """A registry, or one part of it."""

    host: str
    """With the port, where it has one that is not that of https."""
    path: tuple[str, ...] = ()

    def holds(self, other: RegistryPlace) -> bool:
        labels, others = self.host.split("."), other.host.split(".")
        same = len(labels) == len(others) and all(fnmatchcase(one, two) for two, one in zip(labels, others, strict=True))
        return same and other.path[: len(self.path)] == self.path


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says of one registry."""

    place: RegistryPlace
    credentials: Credentials = field(repr=False)


def place_in_registry(host: str, path: str) -> RegistryPlace:
    """host: with the port, where it has one."""
    host = host.lower().removesuffix(":443")
    parts = tuple(part for part in path.split("/") if part)
    if host in _HUB:
        host = "docker.io"
    return RegistryPlace(host, () if len(parts) == 1 and parts[0] in _API else parts)


def docker_config_in(folder: Path) -> Path | None:
    """The file in a folder; None where it has none."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def entries_of(file: Path) -> list[Entry]:
    """Of all registries in a file, in its order. Raises SourceError, without a value."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LONGEST + 1)
    except OSError as error:
        raise SourceError(f"{file}: the credentials of registries cannot be read: {error.strerror}") from None
    try:
        auths = json.loads(content)["auths"] if len(content) <= _LONGEST else None
    except (ValueError, KeyError, TypeError, RecursionError):
        auths = None
    if not isinstance(auths, dict):
        raise SourceError(
            f"{file}: this is no file of credentials of registries: it has no object `auths`",
            remedy="Make it with `kubectl create secret docker-registry`, or `docker login`.",
        )
    return list(_entries(file, auths))


def _entries(file: Path, auths: Mapping[str, Any]) -> Iterator[Entry]:
    for name, entry in auths.items():
        host, _, path = name.strip().removeprefix("https://").removeprefix("http://").partition("/")
        values = entry if isinstance(entry, dict) else {}
        user, password, token = _login(file, name, values)
        if host and (password or token):
            credentials = Credentials(file.parent, username=user, password=password, bearer_token=token)
            yield Entry(place_in_registry(host, path), credentials)


def _login(file: Path, name: str, entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """User, password, token. A registry whose password a program keeps has none here."""
    user, password, token = (_text(entry, key) for key in ("username", "password", "registrytoken"))
    if encoded := _text(entry, "auth"):
        try:
            decoded = base64.b64decode(encoded, validate=True).decode("utf-8").rstrip("\0")
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        user, colon, password = decoded.partition(":")
        if not colon:
            remedy = "It is base64 of USER:PASSWORD. Make the file again with `kubectl create secret docker-registry`."
            raise SourceError(f"{file}: `auth` of {name} cannot be read", remedy=remedy)
    if _text(entry, "identitytoken") and not (password or token):
        remedy = "Write a user and a password, or a token as its password, for it."
        raise SourceError(f"{file}: {name} has an identitytoken, which is not used here", remedy=remedy)
    if not (user + password + token).isprintable():
        raise SourceError(f"{file}: the login of {name} has a line break or a control character", remedy="Write it anew.")
    return user, password, token


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""

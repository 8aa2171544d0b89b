"""Which folder of `--source-credentials` is for a URL.

The folder has one folder for each place, such as a mounted Secret each. The files in them are those of `--git-credentials`
(`repo/secret_folder.py`). A place is named by the folder (`registry.example.com`, with a port `registry.example.com_5000`), or by
the file `url` in it, for one part of a host (`oci://registry.example.com/team-a`). A folder with the file of `docker login`
(`docker_config.py`) is for the registries that the file names. The longest place that holds the URL counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reconciler.repo.remote_url import RemoteAddress, parse_address
from reconciler.repo.secret_folder import Credentials, read_credentials
from reconciler.sources.docker_config import docker_config_in, entries_of, place_in_registry
from reconciler.sources.failures import SourceError

_PORTS = {"https": "443", "oci": "443", "http": "80", "ssh": "22"}
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class _Place:
    scheme: str
    """Empty: any."""
    host: str
    port: str
    """Empty: the usual one of the scheme."""
    path: tuple[str, ...]

    def holds(self, other: _Place) -> bool:
        return (
            self.scheme in ("", other.scheme)
            and (self.host, self.port) == (other.host, other.port)
            and other.path[: len(self.path)] == self.path
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Credentials that are for a URL."""

    length: int
    """Of the place that they are for."""
    folder: Path
    entry: Credentials | None = field(default=None, repr=False)
    """Of one registry in the folder; None for all that is in it."""


def credentials_for(folder: Path | None, url: str) -> Credentials | None:
    """What is in the folder for this URL, read anew; None where nothing is. Raises SourceError, RepositoryError."""
    found = _found(folder, url)
    return None if found is None else found.entry or read_credentials(found.folder)


def folder_for(folder: Path | None, url: str) -> Path | None:
    """None where none is for this URL, which is no registry's. Raises SourceError where two are, or where they cannot be read."""
    found = _found(folder, url)
    return None if found is None else found.folder


def _found(folder: Path | None, url: str) -> _Found | None:
    if folder is None:
        return None
    address, found = parse_address(url), list[_Found]()
    wanted = _place_of(address)
    in_registry = None
    if address.scheme == "oci":
        in_registry = place_in_registry(address.host + (f":{address.port}" if address.port else ""), address.path)
    try:
        for one in sorted(folder.iterdir()):
            if not one.is_dir() or one.name.startswith("."):
                continue
            if (file := docker_config_in(one)) is not None:
                for entry in entries_of(file) if in_registry is not None else ():
                    if in_registry is not None and entry.place.holds(in_registry):
                        found.append(_Found(len(entry.place.path), one, entry.credentials))
            elif (place := _named_place(one)).holds(wanted):
                found.append(_Found(len(place.path) + bool(place.scheme), one))
    except OSError as error:
        raise SourceError(
            f"{error.filename or folder}: the credentials of sources cannot be read: {error.strerror}",
            remedy="Name the folder that has a folder for each host: --source-credentials FOLDER.",
        ) from None
    if not found:
        return None
    longest = max(one.length for one in found)
    chosen = [one for one in found if one.length == longest]
    if len(chosen) > 1:
        first, other = (one.folder for one in chosen[:2])
        message = f"{first} and {other.name} are for the same place, so nobody can say which one counts for {url}"
        raise SourceError(message, remedy="Remove one of them.")
    return chosen[0]


def _named_place(folder: Path) -> _Place:
    named = folder / "url"
    if named.is_file():
        with named.open("rb") as file:
            text = file.read(_LONGEST).decode("utf-8", "replace").strip()
        address = parse_address(text)
        if not address.scheme or not address.host:
            raise SourceError(
                f"{named}: this is no URL", remedy="Write where the credential is for, such as oci://registry.example.com/team-a."
            )
        return _place_of(address)
    host, _, port = folder.name.replace("_", ":").rpartition(":") if "_" in folder.name else (folder.name, "", "")
    return _Place("", host.lower(), "" if port == "443" else port, ())


def _place_of(address: RemoteAddress) -> _Place:
    port = "" if address.port == _PORTS.get(address.scheme, "") else address.port
    path = tuple(part for part in address.path.removesuffix(".git").split("/") if part)
    return _Place(address.scheme, address.host.lower(), port, path)

"""Which folder of `--source-credentials` is for a URL.

The folder has one folder for each place, such as a mounted Secret each. The files in them are those of `--git-credentials`
(`repo/secret_folder.py`). A place is named by the folder (`registry.example.com`, with a port `registry.example.com_5000`), or by
the file `url` in it, for one part of a host (`oci://registry.example.com/team-a`). The longest place that holds the URL counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.repo.remote_url import RemoteAddress, parse_address
from reconciler.repo.secret_folder import Credentials, read_credentials
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


def credentials_for(folder: Path | None, url: str) -> Credentials | None:
    """What is in the folder for this URL, read anew; None where nothing is. Raises SourceError, RepositoryError."""
    found = folder_for(folder, url)
    return read_credentials(found) if found is not None else None


def folder_for(folder: Path | None, url: str) -> Path | None:
    """None where none is for this URL. Raises SourceError where two are, or where they cannot be read."""
    if folder is None:
        return None
    wanted, found = _place_of(parse_address(url)), list[tuple[int, Path]]()
    try:
        for one in sorted(folder.iterdir()):
            if one.is_dir() and not one.name.startswith(".") and (place := _named_place(one)).holds(wanted):
                found.append((len(place.path) + bool(place.scheme), one))
    except OSError as error:
        raise SourceError(
            f"{error.filename or folder}: the credentials of sources cannot be read: {error.strerror}",
            remedy="Name the folder that has a folder for each host: --source-credentials FOLDER.",
        ) from None
    if not found:
        return None
    longest = max(length for length, _ in found)
    chosen = [one for length, one in found if length == longest]
    if len(chosen) > 1:
        message = f"{chosen[0]} and {chosen[1].name} are for the same place, so nobody can say which one counts for {url}"
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

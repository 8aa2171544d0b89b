"""Sources: what a revision wants from outside of its repository, and what `reconciler.lock` pins of it.

A source is a Helm chart or an artifact in a registry (OCI), a chart in a chart repository, or another Git repository. Nothing is
taken from outside that the lock file does not name by its digest: the same revision then gives the same result on every machine,
whatever a registry serves today. `reconciler update` resolves what is wanted and writes the file.

What is wanted of a source is one text:

    1.2.3, ^1.2, >=1 <2      the newest version in a range (`semver.py`); of a Git repository, the newest tag
    tag:NAME                 a tag that is no version
    branch:NAME, commit:ID   of a Git repository
    sha256:DIGEST            of a registry: the digest of the manifest, or of the archive
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.semver import RangeError, parse_range, precedence

LOCK_FILE = "reconciler.lock"
"""At the top of the repository."""
FOLDER = ".reconciler/sources"
"""Below it, each chart from elsewhere is in a folder with its digest. Hidden: nothing there is read as a manifest."""
TAG, BRANCH, COMMIT, DIGEST = "tag:", "branch:", "commit:", "sha256:"
_WORDS = (TAG, BRANCH, COMMIT)


Place: TypeAlias = tuple["SourceKind", str, str, str, str]


class SourceKind(StrEnum):
    """Where a source is."""

    OCI = "oci"
    """A registry: `oci://HOST/PATH`."""
    HELM = "helm"
    """A chart repository: the https URL of the folder with its `index.yaml`."""
    GIT = "git"
    """A Git repository."""


@dataclass(frozen=True, slots=True, order=True)
class WantedSource:
    """What a file asks for. Two that differ only in their origin are equal, and have one entry in the lock file."""

    kind: SourceKind
    url: str
    """Without user and password, and without `/` at its end."""
    name: str
    """Of the chart in a chart repository; empty for the other kinds."""
    version: str
    """What is wanted of it: see the top of this module."""
    path: str = ""
    """The folder in the source whose files are wanted; empty for all."""
    into: str = ""
    """The folder of this repository below which they appear; empty for charts, which appear in `LockedSource.folder`."""
    origin: Origin = field(default=NOWHERE, compare=False)
    """The field that asks for it."""

    def __str__(self) -> str:
        return f"{described(self.url, self.name)} {self.version}"

    @property
    def place(self) -> Place:
        """What has versions, and where its files go."""
        return self.kind, self.url, self.name, self.path, self.into


@dataclass(frozen=True, slots=True, order=True)
class LockedSource:
    """What one wanted source is: an entry of the lock file."""

    kind: SourceKind
    url: str
    name: str
    version: str
    """What was wanted when it was resolved."""
    resolved: str
    """The version, tag or branch that it is; for a commit or digest that is wanted itself, that."""
    digest: str
    """`sha256:` and 64 hexadecimal digits: of the archive. For a Git repository, the id of the commit."""
    size: int = 0
    """Bytes of the archive; 0 for a Git repository."""
    archive: str = ""
    """The URL of the archive of a chart repository; empty for the other kinds."""
    manifest: str = ""
    """The digest of the manifest in a registry, as `helm pull` and `cosign` print it; empty for the other kinds."""
    path: str = ""
    into: str = ""
    """As in `WantedSource`."""
    origin: Origin = field(default=NOWHERE, compare=False)
    """The entry in the lock file."""

    def __str__(self) -> str:
        return f"{described(self.url, self.name)} {self.resolved}"

    def satisfies(self, version: str) -> bool:
        """Whether it is what a file wants of this source."""
        if version.startswith(DIGEST):
            return version in (self.digest, self.manifest)
        if version.startswith(COMMIT):
            return self.digest == version.removeprefix(COMMIT)
        if version.startswith((TAG, BRANCH)):
            return self.version == version and self.resolved == version.partition(":")[2]
        try:
            return parse_range(version).holds(self.resolved)
        except RangeError:
            return False

    @property
    def place(self) -> Place:
        """What has versions, and where its files go."""
        return self.kind, self.url, self.name, self.path, self.into

    @property
    def folder(self) -> str:
        """The folder of a revision in which the files of the source are."""
        return self.into or f"{FOLDER}/{self.digest.removeprefix(DIGEST)}"


@dataclass(frozen=True, slots=True)
class SourceLock:
    """What the lock file pins, sorted."""

    sources: tuple[LockedSource, ...] = ()

    def find(self, wanted: WantedSource) -> LockedSource | None:
        """The entry that a wanted source uses: its own, else the newest other one of this place that is what it wants, so that a
        wider range needs no new lock. None where there is none."""
        fitting = [one for one in self.of_place(wanted) if one.satisfies(wanted.version)]
        own = next((one for one in fitting if one.version == wanted.version), None)
        return own or max(fitting, key=lambda one: (precedence(one.resolved) or _NO_VERSION, one), default=None)

    def of_place(self, wanted: WantedSource) -> list[LockedSource]:
        """The entries of the place of a wanted source, whatever their version."""
        return [one for one in self.sources if one.place == wanted.place]

    @property
    def folders(self) -> frozenset[str]:
        """The folders of this repository below which files from elsewhere appear."""
        return frozenset(one.into for one in self.sources if one.into)

    def unused(self, wanted: Iterable[WantedSource]) -> list[LockedSource]:
        """The entries that none of the wanted sources uses."""
        used = {self.find(one) for one in wanted}
        return [one for one in self.sources if one not in used]


NO_LOCK = SourceLock()
_NO_VERSION = ((-1, -1, -1), 0, ())


def described(url: str, name: str) -> str:
    """`podinfo of https://charts.example.com`, `oci://registry.example.com/charts/podinfo`."""
    return f"{name} of {url}" if name else url


def url_mistake(url: str, kind: SourceKind) -> str:
    """Why nothing can be at this URL, as a clause; empty where something can. The clause does not repeat the URL, which may hold
    a password."""
    scheme, colons, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if not url.isprintable() or any(letter.isspace() for letter in url):
        return "has a space or a character that cannot be printed"
    if kind is SourceKind.GIT and not colons:
        return "" if _SCP_LIKE.fullmatch(url) else "is no URL of a Git repository elsewhere"
    if kind is SourceKind.GIT and scheme == "ssh":
        return "holds a password" if ":" in authority.rpartition("@")[0] else ""
    if "@" in authority:
        return "holds a user or password"
    if not (colons and authority) or scheme not in _SCHEMES[kind] or set("?#") & set(url):
        return f"is no URL of {_PLACES[kind]}"
    return "" if url.rstrip("/") == url else "ends with /"


def url_remedy(kind: SourceKind) -> str:
    """What to write in place of a URL with a mistake."""
    form = {SourceKind.OCI: "oci://HOST/PATH", SourceKind.HELM: "https://HOST/PATH", SourceKind.GIT: "https://HOST/PATH.git"}[
        kind
    ]
    return f"Write {form}. Credentials are in the folder of --source-credentials, never in the repository."


_SCHEMES = {SourceKind.OCI: ("oci",), SourceKind.HELM: ("https", "http"), SourceKind.GIT: ("https", "http")}
"""Nothing of this machine is read: no `file://`."""
_PLACES = {
    SourceKind.OCI: "a registry",
    SourceKind.HELM: "a chart repository",
    SourceKind.GIT: "a Git repository elsewhere",
}
_SCP_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:]+")


def version_mistake(version: str, kind: SourceKind) -> str:
    """Why nothing can be wanted with this text, as a clause; empty where it can."""
    if version.startswith(DIGEST):
        is_digest = len(version) == 71 and set(version.removeprefix(DIGEST)) <= set("0123456789abcdef")
        return "" if is_digest and kind is SourceKind.OCI else "is no sha256 digest of something in a registry"
    for word in _WORDS:
        if version.startswith(word):
            return _word_mistake(word, version.removeprefix(word), kind)
    try:
        parse_range(version)
    except RangeError:
        return "is no version, such as 1.2.3, and no range of versions, such as ^1.2"
    return ""


def _word_mistake(word: str, name: str, kind: SourceKind) -> str:
    if not name or any(letter.isspace() or not letter.isprintable() for letter in name):
        return "names nothing"
    if kind is SourceKind.HELM or (kind is SourceKind.OCI and word != TAG):
        return f"means a {word[:-1]}, and there are none"
    if word == COMMIT and not (len(name) in (40, 64) and set(name) <= set("0123456789abcdef")):
        return "is not the whole id of a commit"
    return ""

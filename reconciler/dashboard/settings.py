"""The settings of the process (`--settings FILE`): who may see what, how people sign in, and where members are.

They are a file of whoever runs the process, never one of the config repository: a commit must not let its author see more, nor
send anybody's token elsewhere. Secrets are in files of their own, which the settings name; relative to the settings' folder.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reconciler.dashboard.forge_pages import ForgePages, pages_of
from reconciler.dashboard.protection import is_loopback
from reconciler.dashboard.scope import NOTHING, Scope, union
from reconciler.documents.reader import read_stream
from reconciler.errors import ReconcilerError
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import one_of
from reconciler.notify.forge_api import ForgeKind

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_EVERY = "*"
_SCOPES = ("openid", "profile", "email", "groups")
_FIELDS = {"url", "hosts", "forge", "forgeKind", "oidc", "proxy", "tokens", "groups", "sessionKeyFile", "sessionHours", "members"}
_SHORTEST_SECRET = 16
"""Characters of a secret between the proxy and this process, and bytes of a key for sessions."""


class SettingsError(ReconcilerError):
    """The settings cannot be used as they are."""


@dataclass(frozen=True, slots=True)
class Oidc:
    issuer: str
    client_id: str
    client_secret: str
    """Empty for a public client."""
    scopes: tuple[str, ...] = _SCOPES
    name_claim: str = "email"
    groups_claim: str = "groups"
    ca_file: str = ""
    """Whom to trust when the issuer is asked; empty: whom this machine trusts."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A reverse proxy that signs people in."""

    addresses: tuple[Network, ...]
    """From which it connects."""
    secret: str
    secret_header: str = "X-Dashboard-Secret"  # noqa: S105 - the name of a header
    user_header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that reads: of a program, or of a screen on a wall."""

    name: str
    digest: str
    """SHA-256 of the token, in hexadecimal digits: the settings do not hold the token itself."""
    scope: Scope


@dataclass(frozen=True, slots=True)
class MemberServer:
    """Where the API server of a member is, for requests with the token of the person who asks."""

    server: str
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class DashboardSettings:
    url: str = ""
    """What people type, without a slash at its end; empty on loopback."""
    hosts: frozenset[str] = frozenset()
    """Further names by which it may be asked for."""
    oidc: Oidc | None = None
    proxy: Proxy | None = None
    tokens: tuple[Token, ...] = ()
    groups: Mapping[str, Scope] = field(default_factory=dict)
    session_key: bytes = b""
    """Signs sessions; empty: a key of this process, so that sessions end with it."""
    session_hours: int = 12
    members: Mapping[str, MemberServer] = field(default_factory=dict)
    forge: ForgePages | None = None
    """The pages of the forge about the repository; None where the settings name none."""

    @property
    def signs_in(self) -> bool:
        """Whether anybody has to say who he is."""
        return self.oidc is not None or self.proxy is not None or bool(self.tokens)

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    def scope_of(self, groups: frozenset[str]) -> Scope:
        """What someone may see who is in these groups."""
        return union(scope for name, scope in self.groups.items() if name in groups or name == _EVERY)


def read_settings(path: Path) -> DashboardSettings:
    """Raises SettingsError, with file, field and remedy."""
    try:
        documents, errors = read_stream(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", remedy=_NAME_IT) from error
    if errors or len(documents) != 1 or not isinstance(documents[0].value, dict):
        reason = f"line {errors[0].line}: {errors[0].message}" if errors else "it is not one mapping"
        raise SettingsError(f"{path} cannot be read: {reason}", remedy=_NAME_IT)
    return _Reader(path).settings(documents[0].value)


_NAME_IT = "Name a YAML file with --settings; docs/how-to/dashboard.md shows one."


@dataclass(frozen=True, slots=True)
class _Reader:
    """Of one file. Its methods raise SettingsError."""

    path: Path

    def settings(self, found: Mapping[str, Any]) -> DashboardSettings:
        known = {
            "url",
            "hosts",
            "forge",
            "forgeKind",
            "oidc",
            "proxy",
            "tokens",
            "groups",
            "sessionKeyFile",
            "sessionHours",
            "members",
        }
        self._known(found, "", known)
        url = self._text(found, "", "url").rstrip("/")
        if url and not self._is_safe(url):
            raise self._error("url", f"{url} is not https", "Write https://NAME; http is for loopback alone.")
        oidc = self._oidc(found["oidc"]) if "oidc" in found else None
        if oidc is not None and not url:
            raise self._error("url", "it is missing, and people come back to it from the sign-in", "Write url: https://NAME.")
        hours = found.get("sessionHours", 12)
        if type(hours) is not int or not 1 <= hours <= 24 * 30:
            raise self._error("sessionHours", f"{hours!r} is not a number of hours", "Write 1 to 720.")
        return DashboardSettings(
            url=url,
            hosts=frozenset(one.lower() for one in self._texts(found, "", "hosts")),
            oidc=oidc,
            proxy=self._proxy(found["proxy"]) if "proxy" in found else None,
            tokens=tuple(self._token(f"tokens[{place}]", one) for place, one in enumerate(self._list(found, "tokens"))),
            groups=dict(self._group(f"groups[{place}]", one) for place, one in enumerate(self._list(found, "groups"))),
            session_key=self._key(found),
            session_hours=hours,
            members={name: self._member(f"members.{name}", one) for name, one in self._mapping(found, "members").items()},
            forge=self._forge(found),
        )

    def _forge(self, found: Mapping[str, Any]) -> ForgePages | None:
        url, kind = self._text(found, "", "forge"), self._text(found, "", "forgeKind")
        if url and urlsplit(url).scheme not in ("https", "http"):
            raise self._error("forge", f"{url} is no page", "Write what people open: https://git.example.com/acme/config.")
        if kind and kind not in list(ForgeKind):
            known = one_of([str(one) for one in ForgeKind])
            raise self._error("forgeKind", f"{kind} is not known", f"Write {known}; Forgejo is gitea.")
        return pages_of(url, ForgeKind(kind) if kind else None)

    def _oidc(self, found: Any) -> Oidc:
        self._is_mapping(found, "oidc")
        names = {"issuer", "clientId", "clientSecretFile", "scopes", "nameClaim", "groupsClaim", "caFile"}
        self._known(found, "oidc", names)
        issuer = self._needed(found, "oidc", "issuer")
        if not self._is_safe(issuer):
            raise self._error("oidc.issuer", f"{issuer} is not https", "Write the issuer as its discovery document names it.")
        scopes = self._texts(found, "oidc", "scopes")
        return Oidc(
            issuer=issuer,
            client_id=self._needed(found, "oidc", "clientId"),
            client_secret=self._secret(found, "oidc", "clientSecretFile"),
            scopes=("openid", *(one for one in scopes if one != "openid")) if scopes else _SCOPES,
            name_claim=self._text(found, "oidc", "nameClaim") or "email",
            groups_claim=self._text(found, "oidc", "groupsClaim") or "groups",
            ca_file=self._file(self._text(found, "oidc", "caFile")),
        )

    def _proxy(self, found: Any) -> Proxy:
        self._is_mapping(found, "proxy")
        self._known(found, "proxy", {"addresses", "secretFile", "secretHeader", "userHeader", "groupsHeader"})
        addresses = self._texts(found, "proxy", "addresses")
        if not addresses:
            raise self._error("proxy.addresses", "it is empty", "Name those of the proxy, such as 10.0.3.0/24.")
        try:
            networks = tuple(map(ipaddress.ip_network, addresses))
        except ValueError as error:
            raise self._error("proxy.addresses", str(error), "Write addresses or networks, such as 10.0.3.0/24.") from error
        secret = self._secret(found, "proxy", "secretFile")
        if len(secret) < _SHORTEST_SECRET:
            remedy = f"Put {_SHORTEST_SECRET} characters or more into the file, and have the proxy send them."
            raise self._error("proxy.secretFile", "the secret is missing or too short", remedy)
        return Proxy(
            networks,
            secret,
            self._text(found, "proxy", "secretHeader") or "X-Dashboard-Secret",
            self._text(found, "proxy", "userHeader") or "X-Forwarded-User",
            self._text(found, "proxy", "groupsHeader") or "X-Forwarded-Groups",
        )

    def _token(self, place: str, found: Any) -> Token:
        self._is_mapping(found, place)
        self._known(found, place, {"name", "sha256", "namespaces", "clusters"})
        digest = self._needed(found, place, "sha256").lower()
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            remedy = "Write what `printf %s TOKEN | sha256sum` prints, of a random token: `openssl rand -hex 32`."
            raise self._error(f"{place}.sha256", "it is no SHA-256", remedy)
        return Token(self._needed(found, place, "name"), digest, self._scope(found, place))

    def _group(self, place: str, found: Any) -> tuple[str, Scope]:
        self._is_mapping(found, place)
        self._known(found, place, {"name", "namespaces", "clusters"})
        return self._needed(found, place, "name"), self._scope(found, place)

    def _scope(self, found: Mapping[str, Any], place: str) -> Scope:
        """Without `clusters`: all members. Without `namespaces`: nothing."""
        namespaces = self._texts(found, place, "namespaces")
        clusters = self._texts(found, place, "clusters") if "clusters" in found else (_EVERY,)
        if not namespaces:
            return NOTHING
        return Scope(*(None if _EVERY in names else tuple(sorted(names)) for names in (namespaces, clusters)))

    def _member(self, place: str, found: Any) -> MemberServer:
        self._is_mapping(found, place)
        self._known(found, place, {"server", "caFile"})
        server = self._needed(found, place, "server").rstrip("/")
        if not self._is_safe(server):
            raise self._error(f"{place}.server", f"{server} is not https", "Tokens are sent there; write https://HOST:PORT.")
        return MemberServer(server, self._file(self._text(found, place, "caFile")))

    def _key(self, found: Mapping[str, Any]) -> bytes:
        key = self._secret(found, "", "sessionKeyFile").encode()
        if key and len(key) < _SHORTEST_SECRET:
            raise self._error("sessionKeyFile", "the key is too short", "Use `openssl rand -hex 32`.")
        return hashlib.sha256(b"dashboard session " + key).digest() if key else b""

    def _secret(self, found: Mapping[str, Any], place: str, name: str) -> str:
        """The content of a file that the settings name, without white space around it."""
        written = self._text(found, place, name)
        if not written:
            return ""
        try:
            return Path(self._file(written)).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            what = f"{written} cannot be read: {reason}"
            raise self._error(_within(place, name), what, "Name a file with the secret.") from error

    def _file(self, written: str) -> str:
        return str(self.path.parent / written) if written else ""

    @staticmethod
    def _is_safe(url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))

    def _needed(self, found: Mapping[str, Any], place: str, name: str) -> str:
        value = self._text(found, place, name)
        if not value:
            raise self._error(_within(place, name), "it is missing", "Write it.")
        return value

    def _text(self, found: Mapping[str, Any], place: str, name: str) -> str:
        value = found.get(name, "")
        if not isinstance(value, str):
            raise self._error(_within(place, name), f"{value!r} is no text", "Put it into quotes.")
        return value

    def _texts(self, found: Mapping[str, Any], place: str, name: str) -> tuple[str, ...]:
        values = found.get(name, [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self._error(_within(place, name), f"{values!r} is no list of texts", 'Write ["one", "another"].')
        return tuple(values)

    def _list(self, found: Mapping[str, Any], name: str) -> list[Any]:
        values = found.get(name, [])
        if not isinstance(values, list):
            raise self._error(name, "it is no list", "Write one item for each.")
        return values

    def _mapping(self, found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        values = found.get(name, {})
        self._is_mapping(values, name)
        return values  # type: ignore[no-any-return]

    def _is_mapping(self, found: Any, place: str) -> None:
        if not isinstance(found, dict):
            raise self._error(place, "it is no mapping", "Write fields with values.")

    def _known(self, found: Mapping[str, Any], place: str, names: set[str]) -> None:
        """A field that is misspelt must not look like one that holds."""
        for name in found:
            if name not in names:
                raise self._error(_within(place, str(name)), "there is no such field", did_you_mean(str(name), names) or _NAME_IT)

    def _error(self, place: str, what: str, remedy: str) -> SettingsError:
        return SettingsError(f"{self.path}: {place}: {what}", remedy=remedy)


def _within(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def check_address(address: str, settings: DashboardSettings) -> None:
    """address: `host:port`, to listen on. Raises SettingsError where others could reach it, and nobody would ask who they are."""
    host = address.rpartition(":")[0]
    if is_loopback(host):
        return
    if not settings.signs_in:
        remedy = "Listen on 127.0.0.1, or say with --settings how people sign in: oidc, proxy or tokens."
        raise SettingsError(f"others than this machine could read the dashboard on {address}, without signing in", remedy=remedy)
    if not settings.url:
        remedy = "Write url: https://NAME into the settings: what people type."
        raise SettingsError(f"the dashboard on {address} does not know its own name", remedy=remedy)

"""One context of a kubeconfig file: the server and the credential for it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cluster.member_protocol import MemberError
from reconciler.documents.reader import read_stream
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few


@dataclass(frozen=True, slots=True)
class Context:
    """The `cluster` and `user` of a context."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    @property
    def runs_program(self) -> bool:
        """Whether a program or an auth provider supplies the credential."""
        return "exec" in self.user or "auth-provider" in self.user

    @property
    def is_insecure(self) -> bool:
        """Whether the connection uses plain http, or skips the check of the server's certificate."""
        return get(self.cluster, "insecure-skip-tls-verify") is True or not text(self.cluster, "server").startswith("https:")

    @property
    def named_files(self) -> list[str]:
        """The fields that name files of this machine, sorted."""
        return sorted(_OF_FILES & {*self.cluster, *self.user})

    @property
    def impersonation(self) -> dict[str, Any]:
        """The fields that say as whom the user acts; empty where it acts as itself."""
        return {name: value for name, value in self.user.items() if name in _OF_THE_IMPERSONATED}

    def server(self, folder: Path) -> dict[str, Any]:
        """The fields of `cluster` that identify the server, with the CA as data instead of a file. folder: of the kubeconfig.

        Raises OSError.
        """
        fields = {name: value for name, value in self.cluster.items() if name in _OF_THE_SERVER}
        file = text(self.cluster, "certificate-authority")
        if file and _AUTHORITY not in fields:
            fields[_AUTHORITY] = base64.b64encode((folder / file).read_bytes()).decode()
        return fields

    def with_files(self, folder: Path) -> dict[str, Any]:
        """A kubeconfig with only this context, with certificates and key in files in `folder`. Raises ValueError, OSError."""
        entries = {"cluster": dict(self.cluster), "user": dict(self.user)}
        for entry in entries.values():
            for key in ("certificate-authority", "client-certificate", "client-key"):
                if data := entry.pop(f"{key}-data", None):
                    file = folder / key
                    file.touch(mode=0o600)
                    file.write_bytes(base64.b64decode(str(data)))
                    entry[key] = str(file)
        return {
            "current-context": _ONLY,
            "contexts": [{"name": _ONLY, "context": {"cluster": _ONLY, "user": _ONLY}}],
            **{f"{section}s": [{"name": _ONLY, section: entry}] for section, entry in entries.items()},
        }


def read_kubeconfig(name: str, place: Path, context: str) -> Context:
    """One context of a kubeconfig file. context: its name; empty for the current context of the file. Raises MemberError.

    The files of directory members may be below the same folder, and pull requests decide their content. So a file with a
    Kubernetes object is not accepted as a kubeconfig, whatever else is in it.
    """
    try:
        content = place.read_bytes()
    except OSError as error:
        raise MemberError(
            f"{name}: the kubeconfig {place} cannot be read: {error.strerror}",
            remedy="Name another file, or make this one readable for this process.",
        ) from error
    return parse_kubeconfig(name, str(place), content, context)


def parse_kubeconfig(name: str, place: str, content: bytes, context: str) -> Context:
    """As `read_kubeconfig`. place: where the content is, in words."""
    documents, errors = read_stream(content)
    document = documents[0].value if len(documents) == 1 and not errors else None
    if not isinstance(document, Mapping) or document.get("kind", "Config") != "Config" or "metadata" in document:
        raise MemberError(f"{name}: {place} is not a kubeconfig", remedy=_USABLE)
    context = context or text(document, "current-context")
    selected = next((item for item in sequence(document, "contexts") if text(item, "name") == context), None)
    if selected is None:
        raise MemberError(
            f"{name}: {place} has no {f'context {context!r}' if context else 'current context'}",
            remedy=_which(document, context),
        )
    return Context(
        _named(document, "cluster", text(selected, "context", "cluster")),
        _named(document, "user", text(selected, "context", "user")),
    )


def _which(document: Mapping[str, Any], context: str) -> str:
    """The remedy for a context that does not exist."""
    names = sorted(filter(None, (text(item, "name") for item in sequence(document, "contexts"))))
    if not names:
        return f"It has no contexts at all. {_USABLE}"
    return f"{did_you_mean(context, names)} Name one of its contexts: {first_few(names, 10)}.".lstrip()


def _named(document: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    return next((mapping(item, section) for item in sequence(document, f"{section}s") if text(item, "name") == name), {})


_USABLE = "Name a file that kubectl can use."
_ONLY = "only"
_AUTHORITY = "certificate-authority-data"
_OF_THE_SERVER = frozenset({"server", _AUTHORITY, "tls-server-name", "proxy-url", "insecure-skip-tls-verify"})
_OF_FILES = frozenset({"certificate-authority", "client-certificate", "client-key", "tokenFile"})
_OF_THE_IMPERSONATED = frozenset({"as", "as-uid", "as-groups", "as-user-extra"})

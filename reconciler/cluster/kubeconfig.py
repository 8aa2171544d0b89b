"""One context of a kubeconfig file: the server, and what is presented to it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cluster.client import MemberError
from reconciler.documents.reader import read_stream
from reconciler.model.manifest import get, mapping, sequence, text


@dataclass(frozen=True, slots=True)
class Context:
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    @property
    def runs_program(self) -> bool:
        """Whether a credential comes from a program, or from a library that acts for one."""
        return "exec" in self.user or "auth-provider" in self.user

    @property
    def trusts_anyone(self) -> bool:
        return get(self.cluster, "insecure-skip-tls-verify") is True or not text(self.cluster, "server").startswith("https:")

    def server(self, folder: Path) -> dict[str, Any]:
        """How the server is found and told from others, with nothing left in files beside. folder: the kubeconfig's own.

        Raises OSError.
        """
        kept = {name: value for name, value in self.cluster.items() if name in _OF_THE_SERVER}
        beside = text(self.cluster, "certificate-authority")
        if beside and _AUTHORITY not in kept:
            kept[_AUTHORITY] = base64.b64encode((folder / beside).read_bytes()).decode()
        return kept

    def with_files(self, folder: Path) -> dict[str, Any]:
        """As a kubeconfig of this one context, its certificates and key in files of `folder`. Raises ValueError, OSError."""
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
    """context: its name; empty for the file's current one. Raises MemberError.

    What we write into directory members may lie below the same folder, and a pull request decides what that is: so a file
    that is an object is no kubeconfig, whatever else is in it.
    """
    try:
        documents, errors = read_stream(place.read_bytes())
    except OSError as error:
        raise MemberError(
            f"{name}: the kubeconfig {place.name} cannot be read: {error.strerror}",
            remedy="Put it below the member root, readable for this process.",
        ) from error
    document = documents[0].value if len(documents) == 1 and not errors else None
    if not isinstance(document, Mapping) or document.get("kind", "Config") != "Config" or "metadata" in document:
        raise MemberError(f"{name}: {place.name} is no kubeconfig", remedy="Name a file that kubectl can use.")
    wanted = context or text(document, "current-context")
    chosen = next((item for item in sequence(document, "contexts") if text(item, "name") == wanted), None)
    if chosen is None:
        raise MemberError(f"{name}: {place.name} has no context {wanted!r}", remedy="Name one that it has.")
    return Context(
        _named(document, "cluster", text(chosen, "context", "cluster")), _named(document, "user", text(chosen, "context", "user"))
    )


def _named(document: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    return next((mapping(item, section) for item in sequence(document, f"{section}s") if text(item, "name") == name), {})


_ONLY = "only"
_AUTHORITY = "certificate-authority-data"
_OF_THE_SERVER = frozenset({"server", _AUTHORITY, "tls-server-name", "proxy-url", "insecure-skip-tls-verify"})

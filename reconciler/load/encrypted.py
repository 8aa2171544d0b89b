"""Files that SOPS encrypted (https://github.com/getsops/sops): templates whose values are seals (`model/sealed.py`).

SOPS writes a mapping `sops` with the field `mac` at the top of each document of a file. No kind of Kubernetes has it. Where
somebody removed it, the values still look like `ENC[AES256_GCM,data:...,iv:...,tag:...,type:str]` and would be sent as they are.

What an object is and what decides about it must be readable for everyone: apiVersion, kind and metadata, and all objects of
Karmada's kinds and ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import Document, read_stream
from reconciler.load.schemas.explain_violations import UNKNOWN_FIELD, Violation
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import Manifest, get, mapping
from reconciler.model.origin import Origin
from reconciler.model.sealed import BEGINNING, SECTION, Sealed, has_encrypted, has_seal, recipients_in, with_seals
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP

REASON = "EncryptedFile"


def unsealed_documents(
    path: str, blob: str, data: bytes, documents: list[Document]
) -> tuple[list[Document], Sealed | None, Issue | None]:
    """The documents with seals in place of encrypted values and without SOPS's own section; the file, where anything in it is
    encrypted; and the error because of which nothing of the file counts."""
    if BEGINNING not in data and not any(map(_has_section, documents)):
        return documents, None, None
    encrypted = [one for one in documents if _has_section(one) or has_encrypted(one.value)]
    if not encrypted:
        return documents, None, None
    lacking = next((one for one in documents if not _has_section(one)), None)
    if lacking is not None:
        return [], None, _without_section(Origin(path, lacking.line))
    return [replace(one, value=_opened(one.value)) for one in documents], _sealed(path, blob, data, documents), None


def sealed_file(path: str, blob: str, data: bytes) -> Sealed | None:
    """Any YAML or JSON file, such as the values of a chart; None where SOPS did not encrypt it."""
    documents, _ = read_json(data) if path.endswith(".json") else read_stream(data)
    return _sealed(path, blob, data, documents) if any(map(_has_section, documents)) else None


def _sealed(path: str, blob: str, data: bytes, documents: Iterable[Document]) -> Sealed:
    sections = [mapping(document.value, SECTION) for document in documents]
    recipients = tuple(sorted({one for section in sections for one in recipients_in(section)}))
    return Sealed(blob, path, data, recipients, any(get(section, "mac_only_encrypted") is True for section in sections))


def hidden_identity(manifest: Manifest) -> str:
    """The first of the fields that everyone must be able to read and that is encrypted here; empty if there is none. manifest:
    with seals."""
    for name in ("apiVersion", "kind", "metadata"):
        if has_seal(get(manifest, name)):
            return name
    return ""


def is_known(violation: Violation, manifest: Manifest) -> bool:
    """Whether a violation of a schema is there whatever the encrypted values are. manifest: with seals."""
    return violation.reason == UNKNOWN_FIELD or not has_seal(get(manifest, *violation.path))


def identity_issue(field: str, origin: Origin) -> Issue:
    """field: from `hidden_identity`."""
    return error(
        REASON,
        f"{field} is encrypted here, so nobody can tell what this object is without a key; nothing of it is sent to a member",
        "Encrypt the values only: sops encrypt --encrypted-regex '^(data|stringData)$', or the same as encrypted_regex in "
        f".sops.yaml. {LEFT_OUT_IS_GIVEN_UP}.",
        origin=origin,
    )


def policy_issue(kind: str, origin: Origin) -> Issue:
    """kind: one of Karmada's or ours."""
    return error(
        REASON,
        f"a {kind} cannot be encrypted: what it says decides what happens, and is recorded and shown",
        "Decrypt this object, and keep secret values in a Secret.",
        origin=origin,
    )


def _opened(document: Any) -> Any:
    return with_seals({name: value for name, value in document.items() if name != SECTION})


def _has_section(document: Document) -> bool:
    return get(mapping(document.value, SECTION), "mac") is not None


def _without_section(origin: Origin) -> Issue:
    return error(
        REASON,
        "values in this file are encrypted with SOPS, and this document lacks SOPS's own section (sops), so that nobody can "
        "decrypt it; nothing of the file is sent to a member",
        "Restore the section sops from an earlier commit; SOPS writes it into each document of a file. Or leave the file out "
        f"with spec.exclude of the Configuration. {LEFT_OUT_IS_GIVEN_UP}.",
        origin=origin,
    )

"""Files that SOPS encrypted (https://github.com/getsops/sops). This program does not decrypt, so it must not send their content.

SOPS writes a mapping `sops` with the field `mac` at the top of each document of a file. No kind of Kubernetes has it. Where
somebody removed it, the values still look like `ENC[AES256_GCM,data:...,iv:...,tag:...,type:str]` and would be sent as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.documents.reader import Document
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import get, mapping
from reconciler.model.origin import Origin
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP


def encrypted_issue(path: str, data: bytes, documents: Iterable[Document]) -> Issue | None:
    """One error for the whole file, at its first encrypted document; None if nothing in it is encrypted."""
    suspect = _BEGINNING in data
    for document in documents:
        if get(mapping(document.value, "sops"), "mac") is not None or (suspect and _has_encrypted_value(document.value)):
            return error(
                "EncryptedFile",
                "this file is encrypted with SOPS, and nothing here decrypts it, so nothing of it is sent to a member",
                "Leave it out with spec.exclude of the Configuration (such as **/*.sops.yaml), and provide the Secret in the "
                "members by other means, such as External Secrets. Do not just remove the field sops: the encrypted text would "
                f"become the value. {LEFT_OUT_IS_GIVEN_UP}.",
                origin=Origin(path, document.line),
            )
    return None


def _has_encrypted_value(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_encrypted_value, value.values()))
    if isinstance(value, list):
        return any(map(_has_encrypted_value, value))
    return isinstance(value, str) and _VALUE.fullmatch(value.strip()) is not None


_BEGINNING = b"ENC[AES256_GCM,"
_VALUE = re.compile(r"ENC\[AES256_GCM,data:[^,\]]*,iv:[^,\]]+,tag:[^,\]]+,type:\w+\]")
"""A value as SOPS writes it (its package `aes`). A longer text that only mentions one is no secret."""

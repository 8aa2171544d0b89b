"""Values that SOPS encrypted (https://github.com/getsops/sops). Everything but the last step before a write works on names in
their place.

A *seal* stands for one encrypted value: `ENC[sha256:HEX]`, the digest of the encrypted text. So what is decided, rendered,
recorded and shown is the same with a key and without one, and holds no value. The digest tells nothing: SOPS encrypts each value
with a random key of the file and a random nonce, so equal values have different texts.

Where a program computes with values, an encrypted number is another number there, made of that digest (`stand_in`).

A seal means something only together with the file that it comes from (`Sealed`). A seal in an object of another file is text.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from reconciler.model.manifest import Manifest

ENCRYPTED_VALUE = re.compile(r"ENC\[AES256_GCM,data:[^,\]]*,iv:[^,\]]+,tag:[^,\]]+,type:\w+\]")
"""A value as SOPS writes it (its package `aes`)."""
BEGINNING = b"ENC[AES256_GCM,"
SECTION = "sops"
"""The field that SOPS adds at the top of each document."""
_SEAL = re.compile(r"ENC\[sha256:[0-9a-f]{32}\]")
_HEX = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file with encrypted values, as it is in Git."""

    blob: str
    """Git's id of the content."""
    path: str
    data: bytes = field(repr=False)
    """The content, encrypted."""
    recipients: tuple[str, ...] = ()
    """Who can decrypt it, sorted: `age1…`, fingerprints of PGP keys, names of keys in a cloud or a Vault."""
    unbound: bool = False
    """Whether its mac covers encrypted values alone (`mac_only_encrypted`), so that a copy of the file with another name or
    namespace can be decrypted, too."""

    @property
    def is_json(self) -> bool:
        return self.path.endswith(".json")


def seal_of(encrypted: str) -> str:
    """encrypted: the text of `ENCRYPTED_VALUE`."""
    return f"ENC[sha256:{sha256(encrypted.encode('utf-8', 'surrogatepass')).hexdigest()[:_HEX]}]"


def type_of(encrypted: str) -> str:
    """As SOPS writes it: str, bytes, int, float, bool, time. encrypted: the text of `ENCRYPTED_VALUE`."""
    return encrypted.rpartition("type:")[2].rstrip("]")


def stand_in(encrypted: str) -> Any:
    """What takes the place of an encrypted value where a program reads it: a seal; of a number, a number that looks like no
    other one."""
    seal, kind = seal_of(encrypted), type_of(encrypted)
    if kind not in ("int", "float"):
        return seal
    number = _LEAST_NUMBER + int(seal.removeprefix("ENC[sha256:").rstrip("]"), 16) % _NUMBERS
    return number if kind == "int" else number + 0.5


_LEAST_NUMBER, _NUMBERS = 10_000_000, 80_000_000


def is_encrypted(value: Any) -> bool:
    """A longer text that only mentions an encrypted value is none."""
    return isinstance(value, str) and ENCRYPTED_VALUE.fullmatch(value.strip()) is not None


def is_seal(value: Any) -> bool:
    return isinstance(value, str) and _SEAL.fullmatch(value) is not None


def has_encrypted(value: Any) -> bool:
    return any(map(is_encrypted, _leaves(value)))


def has_seal(value: Any) -> bool:
    return any(map(is_seal, _leaves(value)))


def without_seals(text: str) -> str:
    """A text in which all seals are alike."""
    return _SEAL.sub("ENC[]", text)


def mentions_seal(text: str) -> bool:
    """Whether a seal, or what SOPS wrote, is anywhere in a text, also encoded by base64 together with what is around it."""
    return any(word in text for word in _BEGINNINGS)


def mentions_encrypted(text: str) -> bool:
    """The same for what SOPS wrote alone."""
    return any(word in text for word in _OF_SOPS)


def _encoded(word: bytes) -> Iterator[str]:
    """The characters of base64 that are the same whatever is around a word, for each place where it can begin in three bytes."""
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(word)) * 8 // 6
        yield b64encode(b"\0" * before + word).decode()[cut:whole]


_OF_SOPS, _OF_SEALS = ((word.decode(), *_encoded(word)) for word in (BEGINNING, b"ENC[sha256:"))
_BEGINNINGS = (*_OF_SOPS, *_OF_SEALS)


def seals_in(value: Any) -> Iterator[str]:
    """Each as often as it occurs."""
    return filter(is_seal, _leaves(value))


def with_seals(value: Any) -> Any:
    """A copy with seals in place of encrypted values."""
    if isinstance(value, Mapping):
        return {name: with_seals(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_seals(one) for one in value]
    return seal_of(value.strip()) if is_encrypted(value) else value


def with_values(value: Any, values: Mapping[str, Any]) -> Any:
    """A copy with the values of the seals that are known. values: by seal."""
    if isinstance(value, Mapping):
        return {name: with_values(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [with_values(one, values) for one in value]
    return values.get(value, value) if isinstance(value, str) else value


def sealed_fields(manifest: Manifest) -> tuple[str, ...]:
    """The fields at the top of the object that have a seal, sorted."""
    return tuple(sorted(name for name, value in manifest.items() if has_seal(value)))


def recipients_in(section: Any) -> tuple[str, ...]:
    """Those of the field `sops` of a document, sorted. Key groups count as one group: each of them is needed."""
    found = set(_recipients(section))
    groups = section.get("key_groups") if isinstance(section, Mapping) else None
    for group in groups if isinstance(groups, list) else ():
        found |= set(_recipients(group))
    return tuple(sorted(found))


def _recipients(section: Any) -> Iterator[str]:
    for kind, names in _NAMES.items():
        keys = section.get(kind) if isinstance(section, Mapping) else None
        for key in keys if isinstance(keys, list) else ():
            parts = [str(key[name]) for name in names if isinstance(key, Mapping) and key.get(name)]
            if parts:
                yield "/".join(parts)


_NAMES: Mapping[str, Collection[str]] = {
    "age": ("recipient",),
    "pgp": ("fp",),
    "kms": ("arn",),
    "gcp_kms": ("resource_id",),
    "azure_kv": ("vault_url", "name", "version"),
    "hc_vault": ("vault_address", "engine_path", "key_name"),
    "hckms": ("key_id",),
}
"""The kinds of keys in the section, with the fields that name a key (sops: stores/stores.go)."""


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value

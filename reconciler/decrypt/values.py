"""The encrypted and the plain text of a file → the value of each seal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.decrypt.run_sops import DecryptError
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.model.sealed import Sealed, is_encrypted, seal_of


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """What a file says in plain text. Never shown, logged or written: nothing of it is in its `repr`."""

    values: Mapping[str, Any] = field(repr=False)
    """By seal."""
    text: bytes = field(repr=False)
    """The whole file, for the programs that read it as it is, such as values of a chart."""


def plain_of(file: Sealed, text: bytes) -> Plain:
    """text: what sops made of the file. Raises DecryptError, without anything of the text."""
    read = read_json if file.is_json else read_stream
    before, _ = read(file.data)
    after, errors = read(text)
    if errors or len(before) != len(after):
        raise DecryptError("its plain text cannot be read", remedy="Run `sops edit` on it, and correct the text.") from None
    values: dict[str, Any] = {}
    for sealed, plain in zip(before, after, strict=True):
        for encrypted, value in _pairs(sealed.value, plain.value):
            values[seal_of(encrypted)] = value
    return Plain(values, text)


def _pairs(sealed: Any, plain: Any) -> Iterator[tuple[str, Any]]:
    """(encrypted text, value), where both documents have the same form: SOPS encrypts neither keys nor the form."""
    if isinstance(sealed, Mapping) and isinstance(plain, Mapping):
        for name in sealed.keys() & plain.keys():
            yield from _pairs(sealed[name], plain[name])
    elif isinstance(sealed, list) and isinstance(plain, list):
        for one, other in zip(sealed, plain, strict=False):
            yield from _pairs(one, other)
    elif is_encrypted(sealed):
        yield sealed.strip(), plain

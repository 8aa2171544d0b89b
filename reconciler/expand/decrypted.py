"""An expansion with seals → the same one with values (`model/sealed_expansion.py`). Nothing of a value is in a message here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.expand.finish import NOTHING_TO_FINISH, finish_of, finished_output
from reconciler.expand.output import Output, Reading, read_output
from reconciler.expand.requests import Refused, private_request, values_from
from reconciler.interpreter import registry
from reconciler.load.expanded_templates import content_at
from reconciler.model.expansion import Expansion, ExpansionRequest
from reconciler.model.issues import Issue
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, sequence, text
from reconciler.model.sealed import is_seal, with_values
from reconciler.model.sealed_expansion import OpenedChild, SealedExpansion
from reconciler.model.wording import first_few

Values = Mapping[str, Mapping[str, Any]]
"""By blob of a file: its values by seal."""
Opened = Mapping[ResourceKey, OpenedChild | str]
"""The children by their keys in the output, or why one cannot be written, as a clause."""
_IDENTITY = ("apiVersion", "kind", "metadata")


def opened_texts(sealed: SealedExpansion, values: Values) -> Mapping[str, str] | str:
    """By digest, what the parent takes from ConfigMaps and Secrets. Or why that is not known, as a clause."""
    found = dict(sealed.texts)
    for digest, one in sealed.sealed_texts.items():
        content = content_at(with_values(one.manifest, values[one.file.blob]), one.key)
        if content is None:
            return f"{one.key or 'one of its entries'} in {one.file.path} is no text"
        found[digest] = content
    return found


def opened_request(
    sealed: SealedExpansion, texts: Mapping[str, str], files: Iterable[bytes], secret: bytes
) -> ExpansionRequest | str:
    """texts: of `opened_texts`. files: the plain text of each file that is decrypted for it. secret: as for `private_request`."""
    values = values_from(sealed.parent, texts)
    if isinstance(values, Refused):
        return values.message
    request = sealed.request
    return private_request(request, (*values, *request.values[len(values) :]), files, secret)


def opened_children(sealed: SealedExpansion, before: Expansion, after: Expansion, texts: Mapping[str, str]) -> Opened | str:
    """before: with seals. after: with values. texts: of `opened_texts`. Or why nothing of it can be written, as a clause."""
    old = _manifests(_output(sealed, before, sealed.texts, Reading.SEALED))
    new = _manifests(_output(sealed, after, texts, Reading.PRIVATE))
    if old is None or new is None:
        return "what comes of its values cannot be read"
    if old.keys() != new.keys():
        gone = first_few(sorted(old.keys() - new.keys()), 3)
        return "its values decide which objects there are, and must be readable for that" + (f": {gone}" if gone else "")
    whole = _has_hidden_names(sealed)
    return {key: _opened(old[key], new[key], whole) for key in sorted(old)}


def _output(sealed: SealedExpansion, expansion: Expansion, texts: Mapping[str, str], how: Reading) -> Output | None:
    finish = finish_of(sealed.parent, texts)
    if isinstance(finish, Issue):
        return None
    output = read_output(expansion, how) if finish == NOTHING_TO_FINISH else finished_output(expansion, finish, how)
    return output if output.failure is None else None


def _manifests(output: Output | None) -> dict[ResourceKey, Manifest] | None:
    return None if output is None else {key_of(one.manifest): registry.clean(one.manifest) for one in output.objects}


def _has_hidden_names(sealed: SealedExpansion) -> bool:
    """Whether a whole document is encrypted. What comes of it may be equal to what comes of the chart's own values, and even that
    must not be told."""
    entries = sequence(sealed.parent, "spec", "valuesFrom")
    return any(is_seal(sealed.texts.get(text(entry, "digest"))) and not text(entry, "targetPath") for entry in entries)


def _opened(old: Manifest, new: Manifest, whole: bool) -> OpenedChild | str:
    if any(get(old, name) != get(new, name) for name in _IDENTITY):
        return "its metadata depends on an encrypted value, and is readable for everyone"
    fields = old.keys() | new.keys()
    hidden = {name for name in fields.difference(_IDENTITY) if whole or old.get(name) != new.get(name)}
    return OpenedChild(new, tuple(sorted(hidden)))

"""The sentence that matters in an API server's refusal.

For an invalid object the server quotes each refused value as a whole, which may be a Pod template of 3,500 characters, as JSON
or (before Kubernetes 1.33) as a Go struct. The author of the file knows the value; what he needs is the field and the rule. So
lists, mappings and long texts are left out, once, where the answer is read, and all that shows it stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.manifest import sequence, text
from reconciler.model.wording import first_few

_STRUCT = re.compile(r"[&*\[\]\w.]*\{")
"""How a struct, a map or a list of them begins, in JSON and in Go's own form (`core.PodTemplateSpec{`)."""
_VALUE = re.compile(r"(?P<what>\w+ value: )(?P<value>.*)", re.DOTALL)
"""k8s.io/apimachinery, pkg/util/validation/field: `Invalid value: VALUE: DETAIL`."""
_SHORT = 60
"""Characters of a text that is quoted."""
_LONG = 500
"""Characters of a sentence."""
_CAUSES = 3
"""Causes that a sentence names before it counts the rest."""


def refusal_text(response: Mapping[str, Any]) -> str:
    """The message of a `Status` of the API machinery, without long values and without the name of the object that is invalid;
    empty if it has none."""
    causes = list(dict.fromkeys(_causes(response)))
    return _cut(first_few(causes, _CAUSES) if causes else _without_value(_named(response)))


def _causes(response: Mapping[str, Any]) -> Iterator[str]:
    """`spec.template: field is immutable`, for each cause."""
    for cause in sequence(response, "details", "causes"):
        if text(cause, "field") and text(cause, "message"):
            yield f"{text(cause, 'field')}: {_without_value(text(cause, 'message'))}"


def _named(response: Mapping[str, Any]) -> str:
    """The message without the words by which the server names the object: the request has named it already."""
    group, kind, name = (text(response, "details", field) for field in ("group", "kind", "name"))
    return text(response, "message").removeprefix(
        f'{kind}.{group} "{name}" is invalid: ' if group else f'{kind} "{name}" is invalid: '
    )


def _without_value(message: str) -> str:
    """`Invalid value: {…}: field is immutable` → `field is immutable`; the same message if its value is short."""
    found = _VALUE.search(message)
    if found is None:
        return message
    is_struct = _STRUCT.match(found["value"]) is not None
    quoted, end, detail = found["value"].rpartition("}: " if is_struct else ": ")
    if not end or (not is_struct and len(quoted) <= _SHORT):
        return message
    return f"{message[: found.start()]}{detail}"


def _cut(sentence: str) -> str:
    """The sentence, without its middle if it is very long: the end of a message says why."""
    return sentence if len(sentence) <= _LONG else f"{sentence[: _LONG * 2 // 3]} … {sentence[-_LONG // 3 :]}"

"""Field selectors in the form of `kubectl --field-selector`: `status.phase=Running,metadata.name!=web`.

The grammar is that of apimachinery (`pkg/fields`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.model.manifest import Manifest, get
from reconciler.model.selector import InvalidSelectorError

_TERM = re.compile(r"((?:[^\\=!,]|\\.)*)(!=|==|=)((?:[^\\=,]|\\[\\,=])*)")
_ESCAPED = re.compile(r"\\([\\,=])")


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """What fields must be or must not be; all of it must hold."""

    terms: tuple[tuple[str, str, bool], ...] = ()
    """Path, value, and whether it must be equal."""

    def matches(self, manifest: Manifest) -> bool:
        """A field that is absent is empty, as in an API server."""
        return all((_text(get(manifest, *path.split("."))) == value) is equal for path, value, equal in self.terms)


def parse_field_selector(expression: str) -> FieldSelector:
    """An empty text matches everything. Raises InvalidSelectorError."""
    terms, place = [], 0
    while place < len(expression):
        match = _TERM.match(expression, place)
        end = match.end() if match is not None else place
        if match is None or not match[1] or (end < len(expression) and expression[end] != ","):
            raise InvalidSelectorError(
                f"{expression} is not a field selector: write FIELD=VALUE or FIELD!=VALUE, with commas between them"
            )
        if end + 1 == len(expression):
            raise InvalidSelectorError(f"{expression} ends with a comma")
        terms.append((match[1], _ESCAPED.sub(r"\1", match[3]), match[2] != "!="))
        place = end + 1
    return FieldSelector(tuple(terms))


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

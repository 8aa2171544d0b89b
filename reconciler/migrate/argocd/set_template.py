"""The template of an ApplicationSet, filled with the parameters of a generator: both kinds of templates. Pure.

Source: argo-cd, applicationset/utils/utils.go (Replace: fasttemplate with `{{` and `}}`, or Go templates with `goTemplate`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.migrate.argocd.go_template import render_go
from reconciler.model.manifest import get, sequence

_NAME = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
Parameters = Mapping[str, Any]
Fill = Callable[[Any, Parameters], Any]
"""(document, parameters) → the document with all texts filled, keys too. Raises TemplateError."""


def filler(manifest: Any) -> Fill:
    """How the texts of an ApplicationSet are filled."""
    if get(manifest, "spec", "goTemplate") is not True:
        return lambda document, parameters: _filled(document, lambda text: _fast(text, parameters))
    strict = "missingkey=error" in sequence(manifest, "spec", "goTemplateOptions")
    return lambda document, parameters: _filled(document, lambda text: render_go(text, parameters, strict=strict))


def _fast(text: str, parameters: Parameters) -> str:
    """A name that is no parameter stays as it is written."""
    return _NAME.sub(lambda match: str(parameters.get(match[1], match[0])), text)


def _filled(document: Any, fill: Callable[[str], str]) -> Any:
    if isinstance(document, str):
        return fill(document) if "{{" in document else document
    if isinstance(document, Mapping):
        return {_filled(name, fill): _filled(value, fill) for name, value in document.items()}
    return [_filled(one, fill) for one in document] if isinstance(document, list) else document


def flat(document: Any, prefix: str = "") -> dict[str, str]:
    """Names with dots between them → texts, as parameters without `goTemplate` are."""
    if isinstance(document, Mapping):
        items: Any = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    else:
        return {prefix: ("true" if document else "false") if isinstance(document, bool) else str(document)} if prefix else {}
    found: dict[str, str] = {}
    for name, value in items:
        found |= flat(value, f"{prefix}.{name}" if prefix else str(name))
    return found

"""What Flux does to the objects after helm or kustomize: variables (`postBuild`), and labels and annotations for all of them.

Source: fluxcd/kustomize-controller, docs/spec/v1/kustomizations.md (post build variable substitution), and fluxcd/pkg, kustomize
(SubstituteVariables): in the text of each object, and only where there are variables. Of the functions of shells, the defaults
are carried out; others are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.documents.reader import pieces, read_stream
from reconciler.expand.output import Output, Reading, read_output
from reconciler.model.expansion import Expansion
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import Manifest, annotations_of, get, labels_of, mapping, sequence, text, with_value

NOTHING_TO_FINISH = ""
_LEFT_ALONE = "kustomize.toolkit.fluxcd.io/substitute"
"""With the value `disabled`, as a label or annotation: an object without substitution."""
_REFERENCE = re.compile(r"(\$?)\$\{([^{}]*)\}")
_EXPRESSION = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<operator>:?[-=])(?P<default>.*))?", re.DOTALL)
_NESTED = re.compile(r"(?<!\$)\$\{[^}]*\$\{")


def finish_of(manifest: Manifest, texts: Mapping[str, str]) -> str | Issue:
    """What is to be done, as a text that is equal for equal work. manifest: a Chart or Kustomize with the digests of its values.
    texts: these values, by digest."""
    variables: dict[str, str] = {}
    for entry in sequence(manifest, "spec", "postBuild", "substituteFrom"):
        content = texts.get(text(entry, "digest"))
        if content is not None:
            variables |= {name: value.replace("\n", "") for name, value in orjson.loads(content).items()}
        elif get(entry, "optional") is not True:
            named = f"{text(entry, 'kind')} {text(entry, 'name')}"
            what = f"postBuild.substituteFrom names {named}, which is not declared"
            remedy = "Declare it in the same namespace (and, below a Tenant, by the same Tenant), or write `optional: true`."
            return error("ValuesMissing", what, remedy)
    variables |= {name: _printed(value) for name, value in mapping(manifest, "spec", "postBuild", "substitute").items()}
    common = {name: value for name in ("labels", "annotations") if (value := mapping(manifest, "spec", "commonMetadata", name))}
    if not variables and not common:
        return NOTHING_TO_FINISH
    return write_json({"variables": variables, "common": common}, orjson.OPT_SORT_KEYS).decode()


def _printed(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()


def finished_output(expansion: Expansion, finish: str, how: Reading = Reading.PLAIN) -> Output:
    """The objects of an output with what is to be done. finish: of `finish_of`."""
    asked = orjson.loads(finish)
    if expansion.failure is None and asked["variables"]:
        printed = []
        for _, piece in pieces(expansion.output):
            found = piece if _is_left_alone(piece) else _substituted(piece, asked["variables"])
            if isinstance(found, Issue):
                return Output((), found)
            printed.append(found)
        expansion = replace(expansion, output="\n---\n".join(printed))
    output = read_output(expansion, how)
    objects = tuple(replace(one, manifest=_with_common(one.manifest, asked["common"])) for one in output.objects)
    return replace(output, objects=objects)


def _is_left_alone(piece: str) -> bool:
    if _LEFT_ALONE not in piece:
        return False
    values = [document.value for document in read_stream(piece)[0]]
    return any("disabled" in (annotations_of(one).get(_LEFT_ALONE), labels_of(one).get(_LEFT_ALONE)) for one in values)


def _substituted(piece: str, variables: Mapping[str, str]) -> str | Issue:
    unreadable: list[str] = [match[0] for match in _NESTED.finditer(piece)]

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        found = _EXPRESSION.fullmatch(match[2])
        if found is None:
            unreadable.append(match[0])
            return ""
        stated, operator = variables.get(found["name"]), found["operator"]
        if operator is not None and (stated is None or (not stated and operator.startswith(":"))):
            return found["default"]
        return stated or ""

    result = _REFERENCE.sub(value, piece)
    if not unreadable:
        return result
    what = (
        f"its output has {unreadable[0][:80]!r}, and of such expressions only a name, and a default (NAME:=VALUE), are read here"
    )
    return error("SubstitutionUnreadable", what, "Write a plain variable, or $${…} for a text that is to stay.")


def _with_common(manifest: Manifest, common: Mapping[str, Mapping[str, str]]) -> Manifest:
    for name, values in common.items():
        manifest = with_value(manifest, ("metadata", name), {**mapping(manifest, "metadata", name), **values})
    return manifest

"""Mistakes in `ignoreDifferences` and `writePolicies` of a Configuration, and in the annotations that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.load.parse_settings import QUERY_FIELDS
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, annotations_of, sequence, text
from reconciler.model.settings import CONFIGURATION_TYPE
from reconciler.model.write_policy import (
    APPLY_ANNOTATION,
    DRIFT_POLICY_ANNOTATION,
    IGNORE_ANNOTATION,
    Apply,
    DriftPolicy,
    Query,
    annotated_queries,
)
from reconciler.query.locate import query_problem

_CONFIGURATION = GroupVersionKind.parse(CONFIGURATION_TYPE["apiVersion"], CONFIGURATION_TYPE["kind"])
_NAMES = (*QUERY_FIELDS, "managers")
_SAYS = ("apply", "driftPolicy")


def rule_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """An error for each rule that says nothing, and for each query that is not one. The document may have any structure."""
    if gvk != _CONFIGURATION:
        return []
    return [*_rules_that_say_nothing(document), *_wrong_queries(document)]


def _rules_that_say_nothing(document: Manifest) -> Iterator[Violation]:
    for field, names in (("ignoreDifferences", _NAMES), ("writePolicies", _SAYS)):
        for place, item in enumerate(sequence(document, "spec", field)):
            if isinstance(item, dict) and not any(name in item for name in names):
                message = f"spec.{field}[{place}] says nothing about the objects that it selects"
                remedy = f"Write {', '.join(names[:-1])} or {names[-1]}."
                yield Violation(("spec", field, place), Severity.ERROR, "InvalidValue", message, remedy)


def _wrong_queries(document: Manifest) -> Iterator[Violation]:
    for place, item in enumerate(sequence(document, "spec", "ignoreDifferences")):
        for field, language in QUERY_FIELDS.items():
            for number, query in enumerate(sequence(item, field)):
                if isinstance(query, str) and query and (problem := query_problem(Query(language, query))):
                    path = ("spec", "ignoreDifferences", place, field, number)
                    message = f"spec.ignoreDifferences[{place}].{field}[{number}]: {_shown(query)} is no {language}: {problem}"
                    yield Violation(path, Severity.ERROR, "InvalidQuery", message, "Correct the query.")


def annotation_mistakes(template: Manifest) -> Iterator[Violation]:
    """A warning for each annotation without effect, an error for each query that is not one."""
    stated = annotations_of(template)
    for annotation, values in ((APPLY_ANNOTATION, Apply), (DRIFT_POLICY_ANNOTATION, DriftPolicy)):
        known = [str(value) for value in values]
        if (value := stated.get(annotation)) is not None and value not in known:
            message = f"the annotation {annotation} has no effect here: its value is none of {', '.join(known)}"
            yield _warning(annotation, message, f"Write {' or '.join(known)}.")
    for query in annotated_queries(text(stated, IGNORE_ANNOTATION)):
        if problem := query_problem(query):
            message = f"the annotation {IGNORE_ANNOTATION}: {_shown(query.text)} is no {query.language}: {problem}"
            remedy = "Write JSON pointers and JSONPath, one a line."
            yield Violation(("metadata", "annotations", IGNORE_ANNOTATION), Severity.ERROR, "InvalidQuery", message, remedy)


def _warning(annotation: str, message: str, remedy: str) -> Violation:
    return Violation(("metadata", "annotations", annotation), Severity.WARNING, "NotActedOn", message, remedy)


def _shown(query: str) -> str:
    return query if len(query) <= _LONGEST else f"{query[:_LONGEST]}…"


_LONGEST = 80

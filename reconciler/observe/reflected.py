"""The status that a member reports for its copy of an object, by the rule of the kind (Karmada: `InterpretStatus`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.interpreter.status_counters import TEMPLATE_GENERATION
from reconciler.model.manifest import Manifest, get, with_value


def reflected(live: Manifest | None, interpreter: Interpreter, now: datetime) -> Manifest:
    """The fields of the status that are recorded; empty where the member reports no status, or one that the rule cannot read."""
    if live is None or "status" not in live:
        return {}
    # Rules compare the generation of the template, which Karmada writes on each copy. A file has none; all copies get number 0.
    annotated = live if get(live, *_GENERATION) else with_value(live, _GENERATION, "0")
    try:
        status = interpreter.reflect(annotated, now=now)
    except MalformedObjectError:
        return {}
    return status if isinstance(status, Mapping) else {}


_GENERATION = ("metadata", "annotations", TEMPLATE_GENERATION)

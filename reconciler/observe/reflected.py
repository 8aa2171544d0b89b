"""What a member reports of its copy of an object, by the rule of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.interpreter.status_counters import TEMPLATE_GENERATION
from reconciler.model.manifest import Manifest, get, with_value


def reflected(live: Manifest | None, interpreter: Interpreter, now: datetime) -> Manifest:
    """What a member reports of its copy; empty where it reports nothing."""
    if live is None or "status" not in live:
        return {}
    # Karmada numbers the generations of a template and marks each copy. A file has no number: all copies are of the same one.
    annotated = live if get(live, *_GENERATION) else with_value(live, _GENERATION, "0")
    try:
        status = interpreter.reflect(annotated, now=now)
    except MalformedObjectError:
        return {}
    return status if isinstance(status, Mapping) else {}


_GENERATION = ("metadata", "annotations", TEMPLATE_GENERATION)

"""Chart of this project (reconciler.dev/v1alpha1): its replicas are the value that `spec.replicas.path` names.

A Chart that names none has no replicas, and each cluster gets the same.
"""

from __future__ import annotations

from reconciler.interpreter.rules import KindRules, MalformedObjectError
from reconciler.model.expansion import CHART, GROUP, VERSION
from reconciler.model.manifest import Manifest, get, text, with_value


def replicas_steps(manifest: Manifest) -> tuple[str, ...]:
    """The path of the value, from the root of the object; empty where none is named. `spec.replicas.path` is a JSON pointer (RFC
    6901) into `spec.values`."""
    pointer = text(manifest, "spec", "replicas", "path")
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return ("spec", "values", *steps) if pointer else ()


def stated_replicas(manifest: Manifest) -> int | None:
    """The number there; None where there is none."""
    value = get(manifest, *replicas_steps(manifest))
    return value if type(value) is int and value >= 0 else None


def _replicas(manifest: Manifest) -> int:
    if not replicas_steps(manifest):
        return 0
    number = stated_replicas(manifest)
    if number is None:
        raise MalformedObjectError(
            f"spec.values has no number at {text(manifest, 'spec', 'replicas', 'path')}, which spec.replicas.path names"
        )
    return number


def _revise(manifest: Manifest, replicas: int) -> Manifest:
    steps = replicas_steps(manifest)
    if not steps or stated_replicas(manifest) == replicas:
        return manifest
    revised: Manifest = with_value(manifest, steps, replicas)
    return revised


RULES = KindRules(kind=CHART, groups=(GROUP,), version=VERSION, replicas=_replicas, revise=_revise)

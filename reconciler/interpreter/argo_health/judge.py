"""Whose rule judges an object: being deleted comes first, then a custom rule, then the built-in one, as Argo CD asks.

An object that nobody has a rule for has no verdict at all; that is kstatus' business then, and no bad sign.
"""

from __future__ import annotations

from reconciler.interpreter.argo_health.builtin import BUILTIN
from reconciler.interpreter.argo_health.checks import PROGRESSING, UNKNOWN
from reconciler.interpreter.argo_health.custom import custom_rule
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, gvk_of, sequence

_HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"
"""Argo CD's own, on hooks: it removes it once the hook has been judged, so the hook is judged although it is going."""


def opinion_of(manifest: Manifest) -> Opinion | None:
    """The verdict on a live object; None where there is no rule for its kind. Never raises."""
    return _going(manifest) or custom_opinion(manifest) or _built_in(manifest)


def builtin_opinion(manifest: Manifest) -> Opinion | None:
    """What gitops-engine says without Argo CD's scripts. Never raises."""
    return _going(manifest) or _built_in(manifest)


def custom_opinion(manifest: Manifest) -> Opinion | None:
    """What the rule of a custom kind says, deleted or not. Never raises."""
    gvk = gvk_of(manifest)
    rule = custom_rule(gvk.group, gvk.kind)
    return None if rule is None else rule(manifest)


def _going(manifest: Manifest) -> Opinion | None:
    if not get(manifest, "metadata", "deletionTimestamp") or _HOOK_FINALIZER in sequence(manifest, "metadata", "finalizers"):
        return None
    return Opinion(PROGRESSING, "being deleted")


def _built_in(manifest: Manifest) -> Opinion | None:
    gvk = gvk_of(manifest)
    versions = BUILTIN.get((gvk.group, gvk.kind))
    if versions is None:
        return None
    judge = versions.get(gvk.version) or versions.get("*")
    if judge is None:
        return Opinion(UNKNOWN, f"{gvk} is a version that cannot be judged")
    try:
        return judge(manifest)
    except MalformedObjectError as error:
        return Opinion(UNKNOWN, error.message)

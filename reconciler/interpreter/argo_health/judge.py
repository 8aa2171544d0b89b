"""Which rule of Argo CD applies to an object. As in Argo CD: deletion first, then a rule in `custom/`, then one in `builtin/`.

An object without a rule has no Argo health. That is not a bad sign: its health is that of kstatus alone.
"""

from __future__ import annotations

from reconciler.interpreter.argo_health.builtin import BUILTIN
from reconciler.interpreter.argo_health.checks import PROGRESSING, UNKNOWN
from reconciler.interpreter.argo_health.custom import custom_rule
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, gvk_of, sequence

_HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"
"""Argo CD puts it on hooks, and removes it after it has assessed the hook. So a hook is assessed although it is being deleted."""


def argo_health_of(manifest: Manifest) -> ArgoHealth | None:
    """The Argo health of a live object; None for kinds without a rule. Never raises."""
    return deletion_health(manifest) or custom_health(manifest) or builtin_health(manifest)


def deletion_health(manifest: Manifest) -> ArgoHealth | None:
    """Progressing if the object is being deleted, else None. Never raises."""
    if not get(manifest, "metadata", "deletionTimestamp") or _HOOK_FINALIZER in sequence(manifest, "metadata", "finalizers"):
        return None
    return ArgoHealth(PROGRESSING, "being deleted")


def custom_health(manifest: Manifest) -> ArgoHealth | None:
    """The health by a rule in `custom/`; None if there is none. Never raises."""
    gvk = gvk_of(manifest)
    rule = custom_rule(gvk.group, gvk.kind)
    return None if rule is None else rule(manifest)


def builtin_health(manifest: Manifest) -> ArgoHealth | None:
    """The health by a rule in `builtin/`; None if there is none. Never raises."""
    gvk = gvk_of(manifest)
    versions = BUILTIN.get((gvk.group, gvk.kind))
    if versions is None:
        return None
    rule = versions.get(gvk.version) or versions.get("*")
    if rule is None:
        return ArgoHealth(UNKNOWN, f"there is no health rule for this version: {gvk}")
    try:
        return rule(manifest)
    except MalformedObjectError as error:
        return ArgoHealth(UNKNOWN, error.message)

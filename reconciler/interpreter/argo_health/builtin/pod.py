"""Pod: a Pod that runs on is Healthy when it is ready, a Pod that ends is Healthy when it has succeeded.

The restart policy tells which of the two it is. An error while a Pod of the second kind starts (an image that cannot be pulled)
does not make it Degraded: the Pod may be a hook, and it still runs when the image becomes available, even if the hook was given
up.
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING, UNKNOWN, number
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import ArgoHealth, ArgoHealthCode
from reconciler.model.manifest import Manifest, annotations_of, get, sequence, text

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"
"""With the value `"true"`, the Pod runs on, whatever its restart policy is. It has no effect on hooks."""


def pod(manifest: Manifest) -> ArgoHealth:
    check(manifest, "Pod")
    runs_on = _runs_on(manifest)
    errors = [text(state, "message") for state in _waiting(manifest) if _is_error(text(state, "reason"))] if runs_on else []
    if errors:
        return ArgoHealth(DEGRADED, ", ".join(errors))
    message = text(manifest, "status", "message")
    match text(manifest, "status", "phase"):
        case "Pending":
            return ArgoHealth(PROGRESSING, message)
        case "Succeeded":
            return ArgoHealth(HEALTHY, message)
        case "Failed":
            return ArgoHealth(DEGRADED, message or _why_failed(manifest))
        case "Running" if runs_on:
            return ArgoHealth(_running(manifest), message)
        case "Running" if text(manifest, "spec", "restartPolicy") in ("OnFailure", "Never"):
            return ArgoHealth(PROGRESSING, message)
    return ArgoHealth(UNKNOWN, message)


def _runs_on(manifest: Manifest) -> bool:
    annotations = annotations_of(manifest)
    hook = "argocd.argoproj.io/hook" in annotations or "helm.sh/hook" in annotations
    return text(manifest, "spec", "restartPolicy") == "Always" or (annotations.get(IGNORE_RESTART_POLICY) == "true" and not hook)


def _waiting(manifest: Manifest) -> list[Any]:
    return [get(container, "state", "waiting") for container in sequence(manifest, "status", "containerStatuses")]


def _is_error(reason: str) -> bool:
    """Whether a waiting reason is an error, such as ErrImagePull, CreateContainerConfigError or CrashLoopBackOff."""
    return reason.startswith("Err") or reason.endswith(("Error", "BackOff"))


def _running(manifest: Manifest) -> ArgoHealthCode:
    ready = next((one for one in conditions_of(manifest) if one.type == "Ready"), None)
    if ready is not None and ready.status == "True":
        return HEALTHY
    containers = sequence(manifest, "status", "containerStatuses")
    restarted = any(get(container, "lastState", "terminated") is not None for container in containers)
    return DEGRADED if restarted else PROGRESSING


def _why_failed(manifest: Manifest) -> str:
    """The message of the first container that has one, init containers first."""
    statuses = [one for name in ("initContainerStatuses", "containerStatuses") for one in sequence(manifest, "status", name)]
    return next(filter(None, map(_termination_message, statuses)), "")


def _termination_message(container: Any) -> str:
    terminated = get(container, "state", "terminated")
    if text(terminated, "message"):
        return text(terminated, "message")
    if text(terminated, "reason") == "OOMKilled":
        return "OOMKilled"
    code = number(terminated, "exitCode")
    return f'container "{text(container, "name")}" ended with exit code {code}' if code else ""

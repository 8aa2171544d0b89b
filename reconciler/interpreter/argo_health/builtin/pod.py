"""Pod: one that serves is well when it is ready, one that finishes is well when it has finished.

The restart policy tells which of the two it is. What a finite Pod suffers on the way (an image that cannot be pulled) is no
verdict: it may be a hook, and a hook that was given up would run all the same once the image is there.
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import DEGRADED, HEALTHY, PROGRESSING, UNKNOWN, number
from reconciler.interpreter.conditions import conditions_of
from reconciler.interpreter.go_types import check
from reconciler.model.health import Opinion, Verdict
from reconciler.model.manifest import Manifest, annotations_of, get, sequence, text

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"
"""`"true"` on a Pod: it serves, whatever its restart policy says. Hooks do not listen to it."""


def judge(manifest: Manifest) -> Opinion:
    check(manifest, "Pod")
    serves = _serves(manifest)
    troubles = [text(state, "message") for state in _waiting(manifest) if _is_error(text(state, "reason"))] if serves else []
    if troubles:
        return Opinion(DEGRADED, ", ".join(troubles))
    said = text(manifest, "status", "message")
    match text(manifest, "status", "phase"):
        case "Pending":
            return Opinion(PROGRESSING, said)
        case "Succeeded":
            return Opinion(HEALTHY, said)
        case "Failed":
            return Opinion(DEGRADED, said or _why_failed(manifest))
        case "Running" if serves:
            return Opinion(_running(manifest), said)
        case "Running" if text(manifest, "spec", "restartPolicy") in ("OnFailure", "Never"):
            return Opinion(PROGRESSING, said)
    return Opinion(UNKNOWN, said)


def _serves(manifest: Manifest) -> bool:
    annotations = annotations_of(manifest)
    hook = "argocd.argoproj.io/hook" in annotations or "helm.sh/hook" in annotations
    return text(manifest, "spec", "restartPolicy") == "Always" or (annotations.get(IGNORE_RESTART_POLICY) == "true" and not hook)


def _waiting(manifest: Manifest) -> list[Any]:
    return [get(container, "state", "waiting") for container in sequence(manifest, "status", "containerStatuses")]


def _is_error(reason: str) -> bool:
    """ErrImagePull, CreateContainerConfigError, CrashLoopBackOff and their like."""
    return reason.startswith("Err") or reason.endswith(("Error", "BackOff"))


def _running(manifest: Manifest) -> Verdict:
    ready = next((one for one in conditions_of(manifest) if one.type == "Ready"), None)
    if ready is not None and ready.status == "True":
        return HEALTHY
    containers = sequence(manifest, "status", "containerStatuses")
    restarted = any(get(container, "lastState", "terminated") is not None for container in containers)
    return DEGRADED if restarted else PROGRESSING


def _why_failed(manifest: Manifest) -> str:
    """What the first container with something to say says, init containers first."""
    statuses = [one for name in ("initContainerStatuses", "containerStatuses") for one in sequence(manifest, "status", name)]
    return next(filter(None, map(_last_words, statuses)), "")


def _last_words(container: Any) -> str:
    ended = get(container, "state", "terminated")
    if text(ended, "message"):
        return text(ended, "message")
    if text(ended, "reason") == "OOMKilled":
        return "OOMKilled"
    code = number(ended, "exitCode")
    return f'container "{text(container, "name")}" ended with exit code {code}' if code else ""

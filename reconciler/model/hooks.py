"""Hooks of Argo CD and Helm, as Argo CD reads them (gitops-engine: pkg/sync/hook, pkg/sync/syncwaves, pkg/sync/sync_phase.go).

A hook is an object that belongs to a phase of a sync. Where an object has hook annotations of both, those of Argo CD count. What
becomes of hooks here is in `model/ordering.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.manifest import Manifest, annotations_of

ARGO_HOOK = "argocd.argoproj.io/hook"
ARGO_DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
ARGO_WAVE = "argocd.argoproj.io/sync-wave"
ARGO_OPTIONS = "argocd.argoproj.io/sync-options"
HELM_HOOK = "helm.sh/hook"
HELM_DELETE_POLICY = "helm.sh/hook-delete-policy"
HELM_WEIGHT = "helm.sh/hook-weight"


class Phase(StrEnum):
    """The phases of a sync, in their order."""

    PRE_SYNC = "PreSync"
    SYNC = "Sync"
    POST_SYNC = "PostSync"
    SYNC_FAIL = "SyncFail"
    """After a sync that failed, and only then."""

    @property
    def rank(self) -> int:
        return tuple(Phase).index(self)


class DeletePolicy(StrEnum):
    """When the object of a hook is deleted."""

    BEFORE_CREATION = "BeforeHookCreation"
    SUCCEEDED = "HookSucceeded"
    FAILED = "HookFailed"


_SKIP = "Skip"
_TYPES = frozenset({*Phase, _SKIP, "PreDelete", "PostDelete"})
_CRD_INSTALL = "crd-install"
_HELM_PHASES: Mapping[str, Phase | None] = {
    _CRD_INSTALL: None,
    "pre-install": Phase.PRE_SYNC,
    "pre-upgrade": Phase.PRE_SYNC,
    "post-install": Phase.POST_SYNC,
    "post-upgrade": Phase.POST_SYNC,
}
_HELM_POLICIES = {
    "before-hook-creation": DeletePolicy.BEFORE_CREATION,
    "hook-succeeded": DeletePolicy.SUCCEEDED,
    "hook-failed": DeletePolicy.FAILED,
}


@dataclass(frozen=True, slots=True)
class Hook:
    """What the annotations of an object say about hooks."""

    phases: tuple[Phase, ...] = (Phase.SYNC,)
    """In their order. An object that is no hook belongs to Sync. Empty: no phase of a sync applies it."""
    is_hook: bool = False
    skip: bool = False
    """Whether it is not to be applied at all."""
    delete_policies: tuple[DeletePolicy, ...] = (DeletePolicy.BEFORE_CREATION,)
    """Without duplicates, in the order of the annotations."""


NO_HOOK = Hook()


def hook_of(manifest: Manifest) -> Hook:
    """NO_HOOK for nearly every object."""
    annotations = annotations_of(manifest)
    if ARGO_HOOK not in annotations and HELM_HOOK not in annotations:
        return NO_HOOK
    policies = _delete_policies(annotations)
    types = [word for word in _words(annotations, ARGO_HOOK) if word in _TYPES]
    if set(types) == {_SKIP} and len(types) == 1:
        return Hook((), skip=True, delete_policies=policies)
    is_hook = ARGO_HOOK in annotations or annotations.get(HELM_HOOK) != _CRD_INSTALL
    if not is_hook:
        return Hook(delete_policies=policies)
    named: set[str | None] = set(types) or {_HELM_PHASES.get(word) for word in _words(annotations, HELM_HOOK)}
    return Hook(tuple(phase for phase in Phase if phase in named), is_hook=True, delete_policies=policies)


def argo_wave(manifest: Manifest) -> int:
    """The wave that Argo CD reads: its annotation, else the weight of a Helm hook. What is no number counts as absent."""
    stated = stated_argo_wave(manifest)
    return 0 if stated is None else stated


def stated_argo_wave(manifest: Manifest) -> int | None:
    """As `argo_wave`; None where the object states none."""
    annotations = annotations_of(manifest)
    wave = integer(annotations.get(ARGO_WAVE))
    return integer(annotations.get(HELM_WEIGHT)) if wave is None else wave


def prunes_last(manifest: Manifest) -> bool:
    """Whether the object asks to be removed after everything else was applied."""
    return "PruneLast=true" in _words(annotations_of(manifest), ARGO_OPTIONS)


def integer(value: object) -> int | None:
    """A whole number as Go's strconv.Atoi reads it; None for anything else."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value) or len(value) > _LONGEST:
        return None
    number = int(value)
    return number if -(2**63) <= number < 2**63 else None


_INTEGER = re.compile(r"[+-]?[0-9]+")
_LONGEST = 100


def _delete_policies(annotations: Mapping[str, str]) -> tuple[DeletePolicy, ...]:
    found = [DeletePolicy(word) for word in _words(annotations, ARGO_DELETE_POLICY) if word in set(DeletePolicy)]
    found += [_HELM_POLICIES[word] for word in _words(annotations, HELM_DELETE_POLICY) if word in _HELM_POLICIES]
    return tuple(dict.fromkeys(found)) or (DeletePolicy.BEFORE_CREATION,)


def _words(annotations: Mapping[str, str], name: str) -> list[str]:
    """The values of an annotation that is a list with commas."""
    value = annotations.get(name)
    return [word for part in value.split(",") if (word := part.strip())] if isinstance(value, str) else []

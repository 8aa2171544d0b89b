"""How a pass works, independent of what it works on: the options of `sync`, `run` and `diff --live`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.decrypt.decryptor import Decryptor
from reconciler.expanding.decrypted_expansions import DecryptedExpansions
from reconciler.model.consent import consent_in
from reconciler.model.tracing import NO_TRACER, Tracer

Clock = Callable[[], datetime]
"""The current time, with its time zone. A value, so that tests can set it."""


@dataclass(frozen=True, slots=True)
class Options:
    """The user's choices for a sync."""

    dry_run: bool = False
    """Whether to stop before the first write."""
    wait: bool = True
    """Whether to make passes until nothing is in progress."""
    timeout: timedelta = timedelta(minutes=5)
    """How long to make passes."""
    allow_prune: frozenset[str] = frozenset()
    """Members that may lose more objects than the prune guard allows; `*` stands for all members."""
    allow_empty: frozenset[str] = frozenset()
    """Members that may lose their objects to a revision without any resource template. The consent names the member and is for
    this one revision: neither `*` gives it, nor an option of `run`, which holds for all revisions to come."""
    only: frozenset[str] | None = None
    """Members to touch; None: all."""
    straggler_timeout: timedelta | None = None
    """How long a pass waits for a slow member after another member has finished, for reading and for writing. The next pass
    continues with the slow member. None: no limit."""
    sweeps_later: bool = False
    """Whether members may be searched for objects of kinds that nothing wants after the first pass (`sweeps.py`)."""
    tracer: Tracer = NO_TRACER
    """Records how long the steps of a pass take."""
    decryptor: Decryptor | None = None
    """Decrypts files that SOPS encrypted; None for a process that was given no key."""
    decrypted: DecryptedExpansions | None = None
    """What Charts and Kustomizes with encrypted values come to; None for a process that must not know."""
    shadow: bool = False
    """Whether nothing is written to a member, whatever the Configuration says."""
    from_commit: frozenset[str] = frozenset()
    """Those of `allow_prune` that only the commit message names. They do not lift the limit of a Tenant, who may write one."""

    def with_consent(self, message: str) -> Options:
        """These options for one revision. message: of its commit, which may consent to what the prune guard holds."""
        consent = consent_in(message)
        given = consent - self.allow_prune
        return replace(self, allow_prune=self.allow_prune | given, from_commit=given, allow_empty=self.allow_empty | consent)

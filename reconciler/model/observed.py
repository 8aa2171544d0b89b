"""What `mode: Observe` finds: how a member differs from what would be written, and since when not.

A difference is an object that would be created, deleted or changed. What differs only in marks (our own, or those of the tool
that keeps the objects until now) is none: a take-over writes the marks and changes nothing that runs. An object that cannot be
written counts as a difference, too: the take-over would not bring it about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, mapping


@dataclass(frozen=True, slots=True)
class Differences:
    """Between one member and what would be written to it. All objects sorted."""

    creates: tuple[ResourceKey, ...] = ()
    configures: tuple[ResourceKey, ...] = ()
    prunes: tuple[ResourceKey, ...] = ()
    blocked: tuple[tuple[ResourceKey, str], ...] = ()
    """Objects that could not be written, and why."""
    marks: int = 0
    """Objects that would get or lose marks, and that differ in nothing else."""

    @property
    def count(self) -> int:
        return len(self.creates) + len(self.configures) + len(self.prunes) + len(self.blocked)

    @property
    def digest(self) -> str:
        """Of which objects differ, and how; empty where none does."""
        if not self.count:
            return ""
        named: Iterable[tuple[str, ResourceKey]] = (
            *(("create", key) for key in self.creates),
            *(("configure", key) for key in self.configures),
            *(("prune", key) for key in self.prunes),
            *(("blocked", key) for key, _ in self.blocked),
        )
        text = "".join(f"{action} {key}\n" for action, key in named)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Observed:
    """The differences of one member over time, as they are recorded."""

    since: datetime
    """When it was compared first."""
    creates: int = 0
    configures: int = 0
    prunes: int = 0
    blocked: int = 0
    marks: int = 0
    """As in `Differences`."""
    digest: str = ""
    """`Differences.digest`."""
    changes: int = 0
    """How often other objects differed than before."""
    none_since: datetime | None = None
    """Since when there is no difference; None where there is one. Time in which it could not be compared is left out: the moment
    moves on by as much."""
    unread_since: datetime | None = None
    """Since when it cannot be compared; None where it was compared last time."""

    @property
    def counts(self) -> dict[str, int]:
        """How many objects differ, by what would become of them, in the words of documents and of the log."""
        return {"create": self.creates, "configure": self.configures, "prune": self.prunes, "blocked": self.blocked}

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def is_settled(self, now: datetime, window: timedelta) -> bool:
        """Whether there was no difference for this long."""
        return self.none_since is not None and self.settled_for(now) >= window

    def settled_for(self, now: datetime) -> timedelta:
        """For how long there was no difference; zero where there is one."""
        return timedelta(0) if self.none_since is None else (self.unread_since or now) - self.none_since


def observed_after(last: Observed | None, found: Differences, now: datetime) -> Observed:
    """What to record after a comparison; `last` itself where nothing changed."""
    before = last or Observed(now, digest=found.digest)
    since = before.none_since
    if since is not None and before.unread_since is not None:
        since += now - before.unread_since
    after = replace(
        before,
        creates=len(found.creates),
        configures=len(found.configures),
        prunes=len(found.prunes),
        blocked=len(found.blocked),
        marks=found.marks,
        digest=found.digest,
        changes=before.changes + (found.digest != before.digest),
        none_since=None if found.count else since or now,
        unread_since=None,
    )
    return last if last == after else after


def unread_after(last: Observed | None, now: datetime) -> Observed | None:
    """What to record of a member that could not be compared."""
    return last if last is None or last.unread_since is not None else replace(last, unread_since=now)


_MARKS = ("reconciler.dev", "karmada.io", "argocd.argoproj.io", "toolkit.fluxcd.io", "meta.helm.sh")
"""Domains of labels and annotations by which deployers know their objects: those names, and names below them."""
_MARK_NAMES = frozenset({"kubectl.kubernetes.io/last-applied-configuration", "app.kubernetes.io/managed-by"})


def is_mark(name: str) -> bool:
    """Whether a label or annotation only says who deploys the object, and how."""
    domain, slash, _ = name.partition("/")
    return name in _MARK_NAMES or (bool(slash) and any(domain == mark or domain.endswith(f".{mark}") for mark in _MARKS))


def without_marks(manifest: Manifest) -> Manifest:
    """An object without the labels and annotations of deployers. Its metadata has labels and annotations, or neither."""
    metadata = dict(mapping(manifest, "metadata"))
    for member in ("labels", "annotations"):
        rest = {name: value for name, value in mapping(metadata, member).items() if not is_mark(name)}
        metadata.pop(member, None)
        if rest:
            metadata[member] = rest
    return {**manifest, "metadata": metadata}

"""Taints of a Cluster, as the arguments of `taint`, `cordon` and `drain` change them (kubectl taint). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.edit.object_text import ArgumentError, FieldEdit
from reconciler.model.cluster import NO_EXECUTE, Taint
from reconciler.model.label_syntax import key_problem, value_problem
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.spelling import did_you_mean

CORDON = Taint("cluster.karmada.io/unschedulable", "", "NoSchedule")
"""What `karmadactl cordon` adds (Karmada pkg/karmadactl/cordon)."""
DRAIN = Taint("reconciler.dev/drain", "", NO_EXECUTE)
"""What `drain` adds."""

_EFFECTS = ("NoSchedule", "PreferNoSchedule", NO_EXECUTE)
_FORM = re.compile(r"(?P<key>[^=:]+?)(?:=(?P<value>[^=:]*))?(?::(?P<effect>[^=:-]+))?(?P<minus>-)?")
_HINT = "write KEY=VALUE:EFFECT, such as gpu=no:NoSchedule, or KEY:EFFECT- or KEY- to remove it"


@dataclass(frozen=True, slots=True)
class TaintChanges:
    """What is to become of taints."""

    added: tuple[Taint, ...] = ()
    """No two of the same key and effect."""
    removed: tuple[tuple[str, str], ...] = ()
    """Key and effect; an empty effect stands for all of them."""

    @classmethod
    def parse(cls, words: Iterable[str]) -> TaintChanges:
        """words: `KEY=VALUE:EFFECT` or `KEY:EFFECT` adds a taint; `KEY:EFFECT-` or `KEY-` removes. Raises ArgumentError."""
        added: dict[tuple[str, str], Taint] = {}
        removed: list[tuple[str, str]] = []
        for word in words:
            taint, remove = _parsed(word)
            if remove:
                removed.append(taint.identity)
            elif taint.identity in added:
                raise ArgumentError(
                    f"two taints have the key {taint.key} and the effect {taint.effect}; a cluster has one of them"
                )
            else:
                added[taint.identity] = taint
        for key, effect in added:
            if (key, effect) in removed or (key, "") in removed:
                raise ArgumentError(f"the taint {key}:{effect} is both added and removed")
        return cls(tuple(added.values()), tuple(dict.fromkeys(removed)))

    @property
    def verb(self) -> str:
        """What happened to the Cluster, as kubectl says it."""
        return "modified" if self.added and self.removed else "untainted" if self.removed else "tainted"

    def removes(self, taint: Taint) -> bool:
        return taint.identity in self.removed or (taint.key, "") in self.removed

    def refuse_conflicts(self, name: str, taints: Sequence[Taint], *, overwrite: bool) -> None:
        """Raises ArgumentError where a taint has another value already, or is not there to be removed.

        name: of the Cluster. overwrite: whether other values may be replaced.
        """
        present = {taint.identity: taint for taint in taints}
        for taint in self.added:
            other = present.get(taint.identity)
            if not overwrite and other is not None and other.value != taint.value:
                raise ArgumentError(f"{name} has the taint {other} already; to replace its value, add --overwrite")
        for key, effect in self.removed:
            if not any(taint.key == key and effect in ("", taint.effect) for taint in taints):
                wanted = f"{key}:{effect}" if effect else key
                known = {f"{taint.key}:{taint.effect}" if effect else taint.key for taint in taints}
                raise ArgumentError(f"{name} has no taint {wanted}. {did_you_mean(wanted, known)}".rstrip())

    def edits(self, document: Manifest) -> list[FieldEdit]:
        """The edits of the Cluster that this document declares: other taints keep their lines."""
        items = sequence(document, "spec", "taints")
        taints = [_taint(item) for item in items]
        positions = {taint.identity: position for position, taint in enumerate(taints)}
        missing = [_item(taint) for taint in self.added if taint.identity not in positions]
        gone = [position for position, taint in enumerate(taints) if self.removes(taint)]
        if items and len(gone) == len(items):
            return [FieldEdit(_TAINTS, missing or None)]
        if not items:
            return [FieldEdit(_TAINTS, missing)] if missing else []
        changed = [
            FieldEdit((*_TAINTS, positions[taint.identity], "value"), taint.value or None)
            for taint in self.added
            if taint.identity in positions and taints[positions[taint.identity]].value != taint.value
        ]
        # From the end, so that the positions of the others stay as they are.
        removed = [FieldEdit((*_TAINTS, position), None) for position in reversed(gone)]
        end = len(items) - len(gone)
        new = [FieldEdit((*_TAINTS, end + offset), item, inserted=True) for offset, item in enumerate(missing)]
        return [*changed, *removed, *new]


_TAINTS = ("spec", "taints")


def _parsed(word: str) -> tuple[Taint, bool]:
    """The taint, and whether it is removed. Raises ArgumentError."""
    match = _FORM.fullmatch(word)
    if match is None:
        raise ArgumentError(f"{word} is not a taint; {_HINT}")
    key, value, effect, remove = match["key"], match["value"] or "", match["effect"] or "", bool(match["minus"])
    if problem := key_problem(key) or value_problem(value):
        raise ArgumentError(problem)
    if not effect and not remove:
        raise ArgumentError(f"{word} is a taint without an effect; {_HINT}")
    if effect and effect not in _EFFECTS:
        guess = did_you_mean(effect, _EFFECTS) or f"The effects are {', '.join(_EFFECTS)}."
        raise ArgumentError(f"{word}: {effect} is not an effect of a taint. {guess}")
    return Taint(key, value, effect), remove


def _taint(item: Any) -> Taint:
    return Taint(text(item, "key"), text(item, "value"), text(item, "effect"))


def _item(taint: Taint) -> Mapping[str, str]:
    """As it is written into the file. When a NoExecute taint began is recorded on the status branch."""
    value = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, **value, "effect": taint.effect}

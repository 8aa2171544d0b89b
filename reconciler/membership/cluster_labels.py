"""Labels of a Cluster, as the arguments of `label` change them (kubectl label). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.edit.object_text import ArgumentError, FieldEdit
from reconciler.model.label_syntax import key_problem, value_problem
from reconciler.model.manifest import Manifest, labels_of
from reconciler.model.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class LabelChanges:
    """What is to become of labels. No key is in both parts."""

    values: Mapping[str, str]
    """Labels to set."""
    removed: frozenset[str]

    @classmethod
    def parse(cls, words: Iterable[str]) -> LabelChanges:
        """words: `KEY=VALUE` sets a label, `KEY-` removes it. Raises ArgumentError."""
        values: dict[str, str] = {}
        removed: set[str] = set()
        for word in words:
            key, equals, value = word.partition("=")
            if not equals and not word.endswith("-"):
                raise ArgumentError(f"{word} is not a label; write KEY=VALUE, or KEY- to remove it")
            key = key if equals else word.removesuffix("-")
            if problem := key_problem(key) or value_problem(value):
                raise ArgumentError(problem)
            if key in values or key in removed:
                raise ArgumentError(f"the label {key} is named twice")
            if equals:
                values[key] = value
            else:
                removed.add(key)
        return cls(values, frozenset(removed))

    def refuse_conflicts(self, name: str, labels: Mapping[str, str], *, overwrite: bool) -> None:
        """Raises ArgumentError where a label has another value already, or is not there to be removed.

        name: of the Cluster. overwrite: whether other values may be replaced.
        """
        for key, value in sorted(self.values.items()):
            if not overwrite and labels.get(key, value) != value:
                raise ArgumentError(f"{name} has the label {key}={labels[key]} already; to replace it, add --overwrite")
        for key in sorted(self.removed - labels.keys()):
            raise ArgumentError(f"{name} has no label {key}. {did_you_mean(key, labels)}".rstrip())

    def edits(self, document: Manifest) -> list[FieldEdit]:
        """The edits of the Cluster that this document declares."""
        labels = labels_of(document)
        removed = [FieldEdit(("metadata", "labels", key), None) for key in sorted(self.removed & labels.keys())]
        if removed and self.removed >= labels.keys() and not self.values:
            return [FieldEdit(("metadata", "labels"), None)]
        return [
            *(FieldEdit(("metadata", "labels", key), value) for key, value in sorted(self.values.items())),
            *removed,
        ]

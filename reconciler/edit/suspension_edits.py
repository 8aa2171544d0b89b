"""What `suspend` and `resume` edit: annotations of a template, a policy or a Cluster, or a field of the Configuration. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.edit.object_text import ArgumentError, FieldEdit, Wanted, change_object
from reconciler.edit.work_tree import FileEdit
from reconciler.model.desired import DesiredState
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, annotations_of, gvk_of, mapping, text
from reconciler.model.moments import time_text
from reconciler.model.suspended import SUSPENDED_ANNOTATION, UNTIL_ANNOTATION
from reconciler.model.wording import first_few

_POLICY_KINDS = {
    "propagationpolicy": "PropagationPolicy",
    "pp": "PropagationPolicy",
    "clusterpropagationpolicy": "ClusterPropagationPolicy",
    "cpp": "ClusterPropagationPolicy",
}
_FIELD = ("spec", "suspended")
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Suspendable:
    """What can be suspended, and where it is declared."""

    words: str
    """`Deployment.apps shop/web`, `cluster member1`, `everything`."""
    file: str
    group: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def is_configuration(self) -> bool:
        return self.kind == "Configuration"

    def suspending(self, reason: str, until: datetime | None) -> FileEdit:
        """The file with the suspension."""
        if self.is_configuration:
            stated: dict[str, Any] = {"reason": reason} if reason else {}
            value = {**stated, **({"until": time_text(until)} if until is not None else {})}
            return self._edit([FieldEdit(_FIELD, value)])
        edits = [FieldEdit(("metadata", "annotations", SUSPENDED_ANNOTATION), reason)]
        return self._edit([*edits, FieldEdit(("metadata", "annotations", UNTIL_ANNOTATION), time_text(until) if until else None)])

    def resuming(self) -> FileEdit:
        """The file without the suspension."""
        if self.is_configuration:
            return self._edit([FieldEdit(_FIELD, None)])
        names = (SUSPENDED_ANNOTATION, UNTIL_ANNOTATION)
        return FileEdit(self.file, lambda content: None if content is None else self._without(content, names))

    def _without(self, content: str, names: Collection[str]) -> str:
        def change(document: Manifest) -> list[FieldEdit]:
            there = [name for name in names if name in annotations_of(document)]
            alone = set(annotations_of(document)) == set(there) and bool(there)
            if alone:
                return [FieldEdit(("metadata", "annotations"), None)]
            return [FieldEdit(("metadata", "annotations", name), None) for name in there]

        return change_object(self.file, content, self._wanted, change)

    def _edit(self, edits: list[FieldEdit]) -> FileEdit:
        def changed(content: str | None) -> str | None:
            return None if content is None else change_object(self.file, content, self._wanted, lambda _: edits)

        return FileEdit(self.file, changed)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.words, self._is_meant)

    def _is_meant(self, document: object) -> bool:
        if not isinstance(document, Mapping) or not text(document, "kind") or not text(document, "apiVersion"):
            return False
        gvk: GroupVersionKind = gvk_of(document)
        if (gvk.group, gvk.kind) != (self.group, self.kind):
            return False
        if self.is_configuration:
            return True
        metadata = mapping(document, "metadata")
        places = ("", self.namespace) if self.namespace in ("", "default") else (self.namespace,)
        return text(metadata, "name") == self.name and text(metadata, "namespace") in places


def find_everything(desired: DesiredState) -> Suspendable:
    """Raises ArgumentError where there is no Configuration to write to."""
    if not desired.configuration:
        raise ArgumentError(
            "there is no Configuration in which to state that. Write one, such as reconciler.yaml of `reconciler init`"
        )
    return Suspendable("everything", desired.configuration, "reconciler.dev", "Configuration")


def find_suspendable(desired: DesiredState, kinds: Collection[str], name: str, namespace: str) -> Suspendable:
    """kinds: in lower case. namespace: empty where the user names none. Raises ArgumentError for none and for several."""
    found = [one for one in _all(desired) if one.kind.lower() in _meant(kinds) and one.name == name]
    found = [one for one in found if not namespace or one.namespace in ("", namespace)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ArgumentError(f"{name} means several: {first_few([one.words for one in found], _NAMED)}. Add -n NAMESPACE")
    raise ArgumentError(f"HEAD declares no {min(kinds)} {name}{f' in {namespace}' if namespace else ''}")


def _meant(kinds: Collection[str]) -> set[str]:
    return {*kinds, *(_POLICY_KINDS[kind].lower() for kind in kinds if kind in _POLICY_KINDS)}


def _all(desired: DesiredState) -> Iterator[Suspendable]:
    for template in desired.templates:
        key = template.key
        yield Suspendable(str(key), template.origin.file, key.group, key.kind, key.namespace, key.name)
    for policy in desired.policies:
        ref = policy.ref
        yield Suspendable(str(ref), policy.origin.file, "policy.karmada.io", ref.kind, ref.namespace, ref.name)
    for cluster in desired.clusters:
        yield Suspendable(f"cluster {cluster.name}", cluster.origin.file, "cluster.karmada.io", "Cluster", "", cluster.name)

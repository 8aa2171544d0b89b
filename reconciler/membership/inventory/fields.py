"""The fields of a Cluster that an inventory writes, and whose they are. Pure.

A field has a name and a text. Three texts decide what becomes of it, as for `kubectl apply`: the one in the file, the one that
the inventory wrote last (recorded in an annotation), and the one that is wanted. Where the first two differ, a person edited the
file, and the field stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.edit.object_text import FieldEdit
from reconciler.membership.cluster_labels import LabelChanges
from reconciler.membership.cluster_taints import CORDON, TaintChanges
from reconciler.membership.inventory.objects import ClusterObject
from reconciler.model.cluster import HOST_ANNOTATION, HOST_CONTEXT_ANNOTATION, PROFILE_ANNOTATION, Cluster, Taint
from reconciler.model.cluster_inventory import SOURCE_ANNOTATION, WRITTEN_ANNOTATION, InventoryRule, Source, ValueFrom
from reconciler.model.label_syntax import value_problem
from reconciler.model.manifest import Manifest, annotations_of

Fields: TypeAlias = Mapping[str, str]
"""Name → text. `label KEY`, `taint KEY:EFFECT`, `annotation KEY`, and the fields of `spec`: `apiEndpoint`, `secretRef`,
`provider`, `region`, `zones` (with commas between them)."""

CORDON_FIELD = f"taint {CORDON.key}:{CORDON.effect}"


def wanted_fields(rule: InventoryRule, found: ClusterObject) -> dict[str, str]:
    """What a rule makes of an object. Texts that no label may have are left out: the file would not be valid."""
    labels = {key: found.labels[key] for key in rule.copied_labels if key in found.labels} | dict(rule.labels)
    profile = f"{found.namespace}/{found.name}" if found.source is Source.CLUSTER_PROFILE else ""
    fields = {
        **{f"label {key}": value for key, value in labels.items() if not value_problem(value)},
        **{f"taint {taint.key}:{taint.effect}": taint.value for taint in rule.taints},
    }
    optional = {
        "apiEndpoint": found.endpoint,
        "secretRef": found.secret_ref,
        "provider": _label(_value(rule.provider, found)),
        "region": _label(_value(rule.region, found)),
        "zones": ",".join(filter(None, map(_label, _value(rule.zone, found).split(",")))),
        f"annotation {PROFILE_ANNOTATION}": profile,
        f"annotation {HOST_ANNOTATION}": rule.host.kubeconfig,
        f"annotation {HOST_CONTEXT_ANNOTATION}": rule.host.context,
    }
    return dict(sorted({**fields, **{name: value for name, value in optional.items() if value}}.items()))


def present_fields(cluster: Cluster) -> dict[str, str]:
    """What the file says."""
    spec = {
        "apiEndpoint": cluster.api_endpoint,
        "secretRef": cluster.secret_ref,
        "provider": cluster.provider,
        "region": cluster.region,
        "zones": ",".join(cluster.zones),
    }
    return {
        **{f"label {key}": value for key, value in cluster.labels.items()},
        **{f"taint {taint.key}:{taint.effect}": taint.value for taint in cluster.taints},
        **{f"annotation {key}": value for key, value in cluster.annotations.items()},
        **{name: value for name, value in spec.items() if value},
    }


def written_fields(cluster: Cluster) -> dict[str, str]:
    """What the inventory wrote last, as the file records it; nothing where that is no such record."""
    try:
        document = json.loads(cluster.annotations.get(WRITTEN_ANNOTATION, "{}"))
    except ValueError:
        return {}
    return {str(name): value for name, value in document.items() if isinstance(value, str)} if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """What becomes of the fields of one Cluster."""

    sets: Fields
    removes: frozenset[str]
    written: Fields
    """The new record."""
    kept: tuple[str, ...] = ()
    """Fields that stay as a person wrote them although another text is wanted, sorted."""

    def edits(self, source: str, document: Manifest) -> list[FieldEdit]:
        """Of the Cluster that this document declares. source: of the object that it stands for."""
        labels = LabelChanges(self._set("label"), frozenset(self._removed("label")))
        taints = TaintChanges(
            tuple(Taint(*_key_and_effect(name, value)) for name, value in self._set("taint").items()),
            tuple((name.rpartition(":")[0], name.rpartition(":")[2]) for name in self._removed("taint")),
        )
        edits = [*labels.edits(document), *_spec_edits(self.sets, self.removes), *taints.edits(document)]
        record = json.dumps(dict(sorted(self.written.items())), ensure_ascii=False)
        annotations = {**self._set("annotation"), SOURCE_ANNOTATION: source, WRITTEN_ANNOTATION: record}
        gone = [FieldEdit(("metadata", "annotations", key), None) for key in self._removed("annotation")]
        present = annotations_of(document)
        new = [(key, value) for key, value in sorted(annotations.items()) if present.get(key) != value]
        return [*edits, *(FieldEdit(("metadata", "annotations", key), value) for key, value in new), *gone]

    def _set(self, kind: str) -> dict[str, str]:
        return {name.partition(" ")[2]: value for name, value in sorted(self.sets.items()) if name.startswith(f"{kind} ")}

    def _removed(self, kind: str) -> list[str]:
        return [name.partition(" ")[2] for name in sorted(self.removes) if name.startswith(f"{kind} ")]


def field_changes(present: Fields, written: Fields, wanted: Fields) -> FieldChanges:
    """What is to change, so that the file says what is wanted, and nothing that a person wrote goes."""
    sets, removes, record, kept = {}, set(), {}, []
    for name in sorted(wanted.keys() | written.keys()):
        now, before, new = present.get(name), written.get(name), wanted.get(name)
        if now != before:
            if new is not None and new != now:
                kept.append(name)
            if new is not None and before is not None:
                record[name] = new if new == now else before
        elif new is None:
            removes.add(name)
        else:
            record[name] = new
            if new != now:
                sets[name] = new
    return FieldChanges(sets, frozenset(removes), record, tuple(kept))


def _value(where: ValueFrom, found: ClusterObject) -> str:
    properties = (found.properties[name] for name in where.properties if name in found.properties)
    return where.value or next(properties, "") or next((found.labels[key] for key in where.labels if key in found.labels), "")


def _label(value: str) -> str:
    """The value of a label; empty where it cannot be one."""
    return "" if value_problem(value.strip()) else value.strip()


def _key_and_effect(name: str, value: str) -> tuple[str, str, str]:
    key, _, effect = name.rpartition(":")
    return key, value, effect


def _spec_edits(sets: Fields, removes: frozenset[str]) -> list[FieldEdit]:
    edits = []
    for name in ("apiEndpoint", "provider", "region", "secretRef", "zones"):
        if name in sets:
            edits.append(FieldEdit(("spec", name), _document(name, sets[name])))
        elif name in removes:
            edits.append(FieldEdit(("spec", name), None))
    return edits


def _document(name: str, value: str) -> object:
    if name == "zones":
        return value.split(",")
    if name == "secretRef":
        namespace, _, secret = value.partition("/")
        return {"namespace": namespace, "name": secret}
    return value

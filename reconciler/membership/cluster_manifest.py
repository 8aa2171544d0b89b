"""The text of a file that declares a Cluster, and edits of it. Pure; comments and order stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.edit import remove, remove_document
from reconciler.documents.writer import dump
from reconciler.edit.object_text import FieldEdit, Wanted, change_object, find_object, with_edits
from reconciler.model.manifest import Manifest, get, gvk_of, text, without

CLUSTER = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}


@dataclass(frozen=True, slots=True)
class ClusterAttributes:
    """What a Cluster declares about its member in addition to the connection. An empty value leaves the Cluster as it is."""

    labels: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


def attribute_edits(attributes: ClusterAttributes) -> list[FieldEdit]:
    edits = [FieldEdit(("metadata", "labels", name), value) for name, value in sorted(attributes.labels.items())]
    fields = {"provider": attributes.provider, "region": attributes.region}
    edits += [FieldEdit(("spec", name), value) for name, value in fields.items() if value]
    if attributes.zones:  # Karmada refuses a Cluster with both `zones` and the deprecated `zone`.
        edits += [FieldEdit(("spec", "zone"), None), FieldEdit(("spec", "zones"), list(attributes.zones))]
    return edits


def new_cluster_text(name: str, edits: Sequence[FieldEdit]) -> str:
    """The text of a new file that declares one Cluster."""
    document: Any = {**CLUSTER, "metadata": {"name": name}, "spec": {"syncMode": "Push"}}
    return dump(with_edits(document, (), edits))


def edit_cluster(file: str, content: str, name: str, edits: Sequence[FieldEdit]) -> str:
    """The text of a file after edits of the Cluster of that name. Raises DocumentError where they cannot be made without harm."""
    return change_cluster(file, content, name, lambda _: edits)


def change_cluster(file: str, content: str, name: str, change: Callable[[Manifest], Sequence[FieldEdit]]) -> str:
    """As `edit_cluster`, with the edits that `change` returns for the present Cluster; each of them follows those before it."""
    return change_object(file, content, _wanted(name), change)


def remove_cluster(file: str, content: str, name: str) -> str | None:
    """The text of a file without the Cluster of that name; None where the file declares nothing else. Raises DocumentError."""
    position, within, _ = find_object(file, content, _wanted(name))
    if not within:
        return None if file.endswith(".json") else remove_document(content, position) or None
    if file.endswith(".json"):
        return json.dumps(without(json.loads(content), within), indent=2, ensure_ascii=False) + "\n"
    return remove(content, within, position)


def _wanted(name: str) -> Wanted:
    return Wanted(f"the Cluster {name}", lambda document: _is_cluster(document, name))


def _is_cluster(document: Any, name: str) -> bool:
    if not isinstance(document, Mapping) or get(document, "metadata", "name") != name:
        return False
    return (gvk_of(document).group, text(document, "kind")) == ("cluster.karmada.io", "Cluster")

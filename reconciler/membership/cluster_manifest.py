"""The text of a file that declares a Cluster, and edits of it. Pure; comments and order stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.edit import insert, remove, remove_document, set_value
from reconciler.documents.errors import DocumentError
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.model.manifest import Manifest, Path, get, gvk_of, sequence, text, with_item, with_value, without

CLUSTER = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}


class ArgumentError(ValueError):
    """An argument of a command states no edit, or one that is refused."""


@dataclass(frozen=True, slots=True)
class ClusterAttributes:
    """What a Cluster declares about its member in addition to the connection. An empty value leaves the Cluster as it is."""

    labels: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """One field of a Cluster, and its new value."""

    path: Path
    value: Any
    """None removes the field."""
    inserted: bool = False
    """Whether the path is the position in a list at which the value becomes a new item."""


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
    return dump(_change(document, (), edits))


def edit_cluster(file: str, content: str, name: str, edits: Sequence[FieldEdit]) -> str:
    """The text of a file after edits of the Cluster of that name. Raises DocumentError where they cannot be made without harm."""
    return change_cluster(file, content, name, lambda _: edits)


def change_cluster(file: str, content: str, name: str, change: Callable[[Manifest], Sequence[FieldEdit]]) -> str:
    """As `edit_cluster`, with the edits that `change` returns for the present Cluster; each of them follows those before it."""
    position, within, cluster = _find(file, content, name)
    edits = change(cluster)
    if file.endswith(".json"):
        document = json.loads(content)
        after = _change(document, within, edits)
        return content if after == document else json.dumps(after, indent=2, ensure_ascii=False) + "\n"
    for edit in edits:
        path = (*within, *edit.path)
        if edit.inserted:
            content = insert(content, path, edit.value, position)
        else:
            content = remove(content, path, position) if edit.value is None else set_value(content, path, edit.value, position)
    return content


def remove_cluster(file: str, content: str, name: str) -> str | None:
    """The text of a file without the Cluster of that name; None where the file declares nothing else. Raises DocumentError."""
    position, within, _ = _find(file, content, name)
    if not within:
        return None if file.endswith(".json") else remove_document(content, position) or None
    if file.endswith(".json"):
        return json.dumps(without(json.loads(content), within), indent=2, ensure_ascii=False) + "\n"
    return remove(content, within, position)


def _change(document: Any, within: Path, edits: Sequence[FieldEdit]) -> Any:
    for edit in edits:
        path = (*within, *edit.path)
        if edit.inserted:
            document = with_item(document, path, edit.value)
        else:
            document = without(document, path) if edit.value is None else with_value(document, path, edit.value)
    return document


def _find(file: str, content: str, name: str) -> tuple[int, Path, Manifest]:
    """The position of the document that declares the Cluster, the path of the Cluster in it (empty, or an item of a List), and
    the Cluster."""
    documents, errors = (read_json if file.endswith(".json") else read_stream)(content)
    if errors:
        raise errors[0]
    if file.endswith(".json") and len(documents) > 1:
        raise DocumentError("the file contains several JSON values", line=1, reason="Edit", remedy="Edit the file by hand.")
    for position, document in enumerate(documents):
        if _is_cluster(document.value, name):
            return position, (), document.value
        for index, item in enumerate(sequence(document.value, "items")):
            if _is_cluster(item, name):
                return position, ("items", index), item
    raise DocumentError(f"the file does not declare the Cluster {name}", line=1, reason="Edit", remedy="Edit the file by hand.")


def _is_cluster(document: Any, name: str) -> bool:
    if not isinstance(document, Mapping) or get(document, "metadata", "name") != name:
        return False
    return (gvk_of(document).group, text(document, "kind")) == ("cluster.karmada.io", "Cluster")

"""The file that declares a Cluster: found, made, edited. Pure; comments and order stay as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.complaints import DocumentError
from reconciler.documents.edit import remove, remove_document, set_value
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.model.manifest import Path, get, gvk_of, sequence, text, with_value, without

CLUSTER = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a member beside how it is reached; what is empty is not touched."""

    labels: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of the Cluster: its new value, or None to have none."""

    path: Path
    value: Any


def edits_of(facts: Facts) -> list[Edit]:
    edits = [Edit(("metadata", "labels", name), value) for name, value in sorted(facts.labels.items())]
    edits += [Edit(("spec", name), value) for name, value in (("provider", facts.provider), ("region", facts.region)) if value]
    if facts.zones:  # The deprecated `zone` excludes them.
        edits += [Edit(("spec", "zone"), None), Edit(("spec", "zones"), list(facts.zones))]
    return edits


def declared(name: str, edits: Sequence[Edit]) -> str:
    """A new file."""
    document: Any = {**CLUSTER, "metadata": {"name": name}, "spec": {"syncMode": "Push"}}
    return dump(_changed(document, (), edits))


def edited(file: str, content: str, name: str, edits: Sequence[Edit]) -> str:
    """The file with these edits to the Cluster of that name. Raises DocumentError where they cannot be made without harm."""
    position, within = _find(file, content, name)
    if file.endswith(".json"):
        document = json.loads(content)
        after = _changed(document, within, edits)
        return content if after == document else json.dumps(after, indent=2, ensure_ascii=False) + "\n"
    for edit in edits:
        path = (*within, *edit.path)
        content = remove(content, path, position) if edit.value is None else set_value(content, path, edit.value, position)
    return content


def withdrawn(file: str, content: str, name: str) -> str | None:
    """The file without the Cluster of that name; None where nothing else is in it. Raises DocumentError."""
    position, within = _find(file, content, name)
    if not within:
        return None if file.endswith(".json") else remove_document(content, position) or None
    if file.endswith(".json"):
        return json.dumps(without(json.loads(content), within), indent=2, ensure_ascii=False) + "\n"
    return remove(content, within, position)


def _changed(document: Any, within: Path, edits: Sequence[Edit]) -> Any:
    for edit in edits:
        path = (*within, *edit.path)
        document = without(document, path) if edit.value is None else with_value(document, path, edit.value)
    return document


def _find(file: str, content: str, name: str) -> tuple[int, Path]:
    """Which document of the file declares the Cluster, and where in it if that is a List."""
    documents, errors = (read_json if file.endswith(".json") else read_stream)(content)
    if errors:
        raise errors[0]
    if file.endswith(".json") and len(documents) > 1:
        raise DocumentError("the file holds several values", line=1, reason="Edit", remedy="Edit the file by hand.")
    for position, document in enumerate(documents):
        if _is_cluster(document.value, name):
            return position, ()
        for index, item in enumerate(sequence(document.value, "items")):
            if _is_cluster(item, name):
                return position, ("items", index)
    raise DocumentError(f"the file does not declare the Cluster {name}", line=1, reason="Edit", remedy="Edit the file by hand.")


def _is_cluster(document: Any, name: str) -> bool:
    if not isinstance(document, Mapping) or get(document, "metadata", "name") != name:
        return False
    return (gvk_of(document).group, text(document, "kind")) == ("cluster.karmada.io", "Cluster")

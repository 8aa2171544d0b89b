"""Objects of the other tool, each with the file and line that declares it; and the files of the repository that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.errors import DocumentError
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import Document, read_stream
from reconciler.load.kustomization import MANIFESTS
from reconciler.migrate.imported import Remark
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class Declared:
    """One object."""

    manifest: Manifest
    origin: Origin = NOWHERE
    """NOWHERE for an object that an API server has."""

    @property
    def subject(self) -> str:
        """Kind, namespace and name, as remarks name it."""
        namespace = text(self.manifest, "metadata", "namespace")
        return f"{text(self.manifest, 'kind')} {namespace}{'/' if namespace else ''}{text(self.manifest, 'metadata', 'name')}"

    @property
    def name(self) -> str:
        return text(self.manifest, "metadata", "name")

    @property
    def namespace(self) -> str:
        return text(self.manifest, "metadata", "namespace")

    @property
    def kind(self) -> str:
        return text(self.manifest, "kind")

    @property
    def is_leaving(self) -> bool:
        """Whether an API server is deleting it, with what it deployed."""
        return bool(text(self.manifest, "metadata", "deletionTimestamp"))

    @property
    def group(self) -> str:
        return text(self.manifest, "apiVersion").rpartition("/")[0]


def declared_in(path: str, content: bytes) -> list[Declared]:
    """The objects of one file of YAML or JSON, those of a List one by one. What cannot be read is left out (`broken_in`)."""
    documents, _ = _read(path, content)
    found = []
    for document in documents:
        items = [document.value] if text(document.value, "kind") != "List" else sequence(document.value, "items")
        found += [Declared(one, Origin(path, document.line)) for one in items if isinstance(one, Mapping) and text(one, "kind")]
    return found


def broken_in(path: str, content: bytes, group: str) -> list[Remark]:
    """A remark about a file that cannot be read to its end and mentions an API group: an object of that may be missing."""
    if group.encode() not in content or not (errors := _read(path, content)[1]):
        return []
    consequence = "Objects that it declares are missing in the import."
    remedy = "Correct the file, or import from the cluster, and import again."
    what = f"it cannot be read: {errors[0].message.rstrip('.')}"
    return [Remark(f"file {path}", Origin(path, errors[0].line), what, consequence, remedy)]


def _read(path: str, content: bytes) -> tuple[list[Document], list[DocumentError]]:
    return read_json(content) if path.endswith(".json") else read_stream(content)


@dataclass(frozen=True, slots=True)
class RepositoryFiles:
    """The files of the repository into which is imported, at HEAD."""

    paths: frozenset[str] = frozenset()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Of the files of YAML and JSON, by path."""

    def has(self, folder: str, names: Collection[str]) -> bool:
        """Whether a folder has a file of one of these names. An empty folder is the top of the repository."""
        return any(joined_path(folder, name) in self.paths for name in names)

    def manifests(self, folder: str, *, deep: bool) -> list[str]:
        """The manifests of a folder, sorted. deep: also those of the folders in it."""
        prefix = f"{folder}/" if folder else ""
        inside = [path for path in self.contents if path.startswith(prefix) and path.endswith(MANIFESTS)]
        return sorted(path for path in inside if deep or "/" not in path[len(prefix) :])

    def is_folder(self, folder: str) -> bool:
        return not folder or any(path.startswith(f"{folder}/") for path in self.paths)

    def folders(self) -> list[str]:
        """All folders, sorted, without those that are hidden or inside of one."""
        found = {path[:at] for path in self.paths for at in _slashes(path)}
        return sorted(one for one in found if not any(part.startswith(".") for part in one.split("/")))


def joined_path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _slashes(path: str) -> Iterator[int]:
    return (at for at, letter in enumerate(path) if letter == "/")


def of_groups(found: Iterable[Declared], groups: Collection[str]) -> list[Declared]:
    return [one for one in found if one.group in groups]


def sorted_declared(found: Iterable[Declared]) -> list[Declared]:
    """By kind, namespace and name, then by place; of several with the same three, all."""
    return sorted(found, key=lambda one: (one.kind, one.namespace, one.name, one.origin))


def labels_without(labels: Mapping[str, Any], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Labels that are texts, without those of the tool itself."""
    return {name: one for name, one in sorted(labels.items()) if isinstance(one, str) and not name.startswith(prefixes)}

"""The files that a chart or kustomization consists of: their places in the repository, and what none of them may be."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reconciler.documents.line_index import Place, Steps, index_lines
from reconciler.documents.reader import Document, read_stream
from reconciler.model.issues import Issue, error
from reconciler.model.origin import Origin

MIB = 1024 * 1024
DECRYPTED_ELSEWHERE = (
    "Encrypted values belong into a file that spec.valuesFiles names, or a Secret that valuesFrom names. Else declare the Secret "
    "as a template of its own, encrypted, which is decrypted for each member, and let the chart or the "
    "kustomization refer to it by name."
)
"""What to do where a program that renders would get what SOPS encrypted."""
VALUES_LIMIT = 4 * MIB
"""Bytes of all values of one object, and of one file with values."""
FILE_LIMIT = 32 * MIB
"""Bytes of one file."""


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """What an object is rendered from."""

    contents: Mapping[str, bytes]
    """Path from the root of the source → content."""
    at: str = ""
    """The root of the source, as a path in the repository; empty for the root of the repository."""
    links: Collection[str] = frozenset()
    """Paths, from the root of the source, of what is neither a file nor a folder: links and submodules."""

    def origin(self, path: str, line: int = 0) -> Origin:
        return Origin(posixpath.join(self.at, path) if path else self.at or ".", line)

    def is_folder(self, path: str) -> bool:
        return not path or any(name.startswith(f"{path}/") for name in self.contents)


@dataclass(frozen=True)
class ReadFile:
    """One YAML file of a source, with the lines of what is in it."""

    source: SourceFiles
    path: str

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Those that can be read. What cannot be read, the program itself refuses."""
        return tuple(read_stream(self.source.contents.get(self.path, b""))[0])

    def origin(self, document: Document, steps: Steps) -> Origin:
        """Of a value, else of the nearest one around it."""
        places = self._places(document)
        while steps and steps not in places:
            steps = steps[:-1]
        return self.source.origin(self.path, places[steps].line if steps in places else document.line)

    def _places(self, document: Document) -> dict[Steps, Place]:
        if document.line not in self._indexes:
            self._indexes[document.line] = index_lines(self.source.contents[self.path], document.line)
        return self._indexes[document.line]

    _indexes: dict[int, dict[Steps, Place]] = field(default_factory=dict, init=False, repr=False, compare=False)


def check_files(source: SourceFiles) -> Iterator[Issue]:
    """Links, names that lead out of the source, and files that are too large."""
    for path in sorted(source.links):
        message = f"{path} is a link or a submodule; a program that renders sees only files of its own folder"
        yield error("SymbolicLink", message, "Replace it with the file or the folder itself.", origin=source.origin(path))
    for path, content in sorted(source.contents.items()):
        if leaves(path):
            remedy = "Move the file into the folder, and name it by its path there."
            yield error("OutsideSource", f"{path} leads out of its folder", remedy, origin=source.origin(path))
        if len(content) > FILE_LIMIT:
            yield too_large(f"{path} has {len(content):,} bytes", FILE_LIMIT, source.origin(path))


def too_large(what: str, limit: int, origin: Origin) -> Issue:
    remedy = "Divide it, or leave out what is not needed to render."
    return error("TooLarge", f"{what}; at most {limit:,} are rendered", remedy, origin=origin)


def leaves(path: str) -> bool:
    """Whether a path of a file is not one below its folder."""
    return path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/") or path[1:2] == ":" or "\0" in path


def entries(value: Any) -> list[tuple[int, Any]]:
    """The items of a list with their places; none if it is no list."""
    return list(enumerate(value)) if isinstance(value, list) else []

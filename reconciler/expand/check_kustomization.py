"""What in a kustomization is refused before kustomize runs, with file and line, in all that it refers to.

Refused is what would need the network (remote bases and files, charts), another program (functions in containers, exec and Go
plugins), or files outside the source. Source: kustomize, api/types/kustomization.go and api/internal/git/repospec.go.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.line_index import Steps
from reconciler.documents.reader import Document, read_stream
from reconciler.expand.source_files import ReadFile, SourceFiles, check_files, entries
from reconciler.model.issues import Issue, each_once, error
from reconciler.model.manifest import get, text
from reconciler.model.origin import Origin

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_REMOTE = re.compile(r"(?i)git::|[a-z][a-z0-9+.-]*://|[a-z0-9_][\w-]*@[^/:]+[:/]|(www\.)?github\.com[/:]|gh:")
_FOLDERS = ("resources", "bases", "components")
_CONFIGS = ("generators", "transformers", "validators")
_FILES = ("crds", "configurations")
_PATHS = ("patches", "patchesJson6902", "replacements")
_MAPS = ("configMapGenerator", "secretGenerator")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")
_CHART_GENERATOR = "HelmChartInflationGenerator"
_BUILTIN = "builtin"
_FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function")


def check_kustomization(source: SourceFiles, folder: str = "") -> tuple[Issue, ...]:
    """All that is wrong, sorted. folder: of the kustomization, from the root of the source."""
    walk = _Walk(source, [(folder, False, source.origin(folder))])
    issues = [*check_files(source)]
    while walk.rest:
        issues += walk.next_folder()
    return each_once(issues)


@dataclass(slots=True)
class _Walk:
    """Through a kustomization, and all that it refers to, each once."""

    source: SourceFiles
    rest: list[tuple[str, bool, Origin]]
    """Folders to read; whether their objects say what kustomize does, and are not its output; and what names each folder."""
    seen: set[tuple[str, bool]] = field(default_factory=set)

    def next_folder(self) -> Iterator[Issue]:
        folder, is_config, referred = self.rest.pop()
        if (folder, is_config) in self.seen:
            return
        self.seen.add((folder, is_config))
        names = [path for name in NAMES if (path := posixpath.join(folder, name)) in self.source.contents]
        if len(names) != 1:
            found = f"has {' and '.join(map(posixpath.basename, names))}" if names else f"has no {NAMES[0]}"
            remedy = "Keep one of them." if names else "Name the folder of a kustomization."
            yield error("NoKustomization", f"the folder {folder or '.'} {found}", remedy, origin=referred)
        for name in names:
            file = ReadFile(self.source, name)
            for document in file.documents:
                if isinstance(document.value, dict):
                    yield from self._kustomization(file, document, folder, is_config)

    def _kustomization(self, file: ReadFile, document: Document, folder: str, is_config: bool) -> Iterator[Issue]:
        for name in _CHARTS:
            if document.value.get(name):
                yield _no_charts(file.origin(document, (name,)))
        for name, is_folder, configures in (
            *((name, True, is_config) for name in _FOLDERS),
            *((name, True, True) for name in _CONFIGS),
            *((name, False, False) for name in _FILES),
        ):
            for place, entry in entries(document.value.get(name)):
                yield from self._entry(entry, file.origin(document, (name, place)), folder, is_folder, configures)
        for steps, path in _other_paths(document.value):
            yield from self._entry(path, file.origin(document, steps), folder, False, False)

    def _entry(self, entry: Any, origin: Origin, folder: str, is_folder: bool, is_config: bool) -> Iterator[Issue]:
        """One reference: a path, an address, or the text of an object in place of its file."""
        if not isinstance(entry, str):
            return
        if "\n" in entry or entry.lstrip().startswith("{"):
            if is_config:
                for document in read_stream(entry)[0]:
                    yield from _check_config(document.value, origin)
            return
        if _REMOTE.match(entry):
            yield _remote(entry, origin)
            return
        path = posixpath.normpath(posixpath.join(folder, entry))
        if entry.startswith("/") or path == ".." or path.startswith("../"):
            message = f"{_shown(entry)} leads out of the source, and nothing else can be read while rendering"
            remedy = "Name a folder further up as the source, or move the file into it."
            yield error("OutsideSource", message, remedy, origin=origin)
            return
        path = "" if path == "." else path
        if path in self.source.contents:
            if is_config:
                yield from self._config_file(path)
        elif is_folder and self.source.is_folder(path):
            self.rest.append((path, is_config, origin))
        elif is_folder:
            remedy = "Correct the path: it begins at the folder of this file."
            yield error("NoSuchFile", f"there is no file or folder {_shown(entry)}", remedy, origin=origin)

    def _config_file(self, path: str) -> Iterator[Issue]:
        file = ReadFile(self.source, path)
        for document in file.documents:
            yield from _check_config(document.value, file.origin(document, ()))


def _check_config(value: Any, origin: Origin) -> Iterator[Issue]:
    """A generator, transformer or validator. Those that are built into kustomize run nothing else."""
    kind = text(value, "kind")
    if kind == _CHART_GENERATOR:
        yield _no_charts(origin)
        return
    annotated = any(get(value, "metadata", "annotations", name) is not None for name in _FUNCTIONS)
    if annotated or get(value, "metadata", "configFn") is not None or text(value, "apiVersion") != _BUILTIN:
        message = f"{kind or 'this object'} would run another program, or a container, while rendering"
        remedy = "Use what is built into kustomize (`apiVersion: builtin`), or commit what the program makes."
        yield error("ProgramWhileRendering", message, remedy, origin=origin)


def _other_paths(value: Any) -> Iterator[tuple[Steps, Any]]:
    """(where it stands, path) of all files that a kustomization reads besides its lists of files."""
    for name in _PATHS:
        for place, entry in entries(value.get(name)):
            if path := text(entry, "path"):
                yield (name, place, "path"), path
    for place, entry in entries(value.get("patchesStrategicMerge")):
        yield ("patchesStrategicMerge", place), entry
    if path := text(value, "openapi", "path"):
        yield ("openapi", "path"), path
    for name in _MAPS:
        for place, entry in entries(value.get(name)):
            if path := text(entry, "env"):
                yield (name, place, "env"), path
            for key in ("files", "envs"):
                for number, one in entries(get(entry, key)):
                    if isinstance(one, str):
                        yield (name, place, key, number), one.split("=", 1)[-1] if key == "files" else one


def _remote(entry: str, origin: Origin) -> Issue:
    message = f"{_shown(entry)} is on another host, and nothing is downloaded while rendering"
    return error("RemoteResource", message, "Copy the files into the repository, and name their path.", origin=origin)


def _no_charts(origin: Origin) -> Issue:
    message = "helm is not run by a kustomization: it would download the chart while rendering"
    return error("ChartInKustomization", message, "Declare a Chart object (reconciler.dev/v1alpha1).", origin=origin)


def _shown(entry: str) -> str:
    """Without a password that an address may hold."""
    return re.sub(r"//[^/@]*@", "//", entry)[:200]

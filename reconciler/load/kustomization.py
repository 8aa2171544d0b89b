"""Which folders a kustomization reads: its own, and those of its bases and components.

kustomize reads files only from the folder of a kustomization and below it (its default, `LoadRestrictionsRootOnly`); only other
kustomizations may be elsewhere. So their folders, with all that is in them, are the source.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.load.patched import Patch
from reconciler.model.manifest import get, sequence, text

MANIFESTS = (".yaml", ".yml", ".json")
"""What a file of a folder without a kustomization ends with."""
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_REFERENCES = ("resources", "bases", "components", "generators", "transformers", "validators", "configurations", "crds")


def folders_of(folders: Iterable[str], contents: Mapping[str, bytes]) -> set[str]:
    """These folders, and those that their kustomizations refer to, at any depth. Paths have no slash at the end; the top of the
    repository is empty.

    contents: of the kustomizations of the tree, by path. What leads out of the repository, or to another host, is left out:
    kustomize says so.
    """
    found: set[str] = set()
    rest = list(folders)
    while rest:
        folder = rest.pop()
        if folder in found:
            continue
        found.add(folder)
        data = next((contents[path] for name in NAMES if (path := f"{folder}/{name}" if folder else name) in contents), b"")
        for document in read_stream(data)[0]:
            for field in _REFERENCES:
                for entry in sequence(document.value, field):
                    if isinstance(entry, str) and (other := _resolved(folder, entry)) is not None:
                        rest += [other] if _is_folder(other, contents) else []
    return {one for one in found if not any(one != other and (not other or one.startswith(f"{other}/")) for other in found)}


def made_for(folder: str, paths: Iterable[str], *, deep: bool) -> list[str]:
    """The resources of the kustomization that Flux and Argo CD make for a folder that has none, sorted: its manifests, from the
    folder. deep: also those in folders below, or, of a folder with a kustomization, that.

    Source: fluxcd/pkg, kustomize (Generator.generateKustomization).
    """
    start = f"{folder}/" if folder else ""
    below = [path.removeprefix(start) for path in paths if path.startswith(start)]
    marked = {path.rpartition("/")[0] for path in below if path.rpartition("/")[2] in NAMES}
    found = set()
    for path in below:
        parents = ["/".join(path.split("/")[:count]) for count in range(1, path.count("/") + 1)]
        outermost = next((one for one in parents if one in marked), "")
        if deep or not parents:
            found |= {outermost} if outermost else {path} if path.endswith(MANIFESTS) else set()
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Reached:
    """What kustomizations refer to."""

    files: tuple[str, ...]
    """With objects, sorted."""
    patches: tuple[Patch, ...] = ()
    """In their order: those of a base come first."""


def reached_from(
    folders: Iterable[str], contents: Mapping[str, bytes], paths: Sequence[str], read: Callable[[str], bytes], *, deep: bool
) -> Reached:
    """The files with objects that these folders are built from, and the patches there, at any depth.

    contents: of the kustomizations of the tree, by path. paths: of the tree. deep: as of `made_for`, for folders without one.
    """
    seen, rest, files, patches = set[str](), list(folders), set[str](), list[tuple[Patch, ...]]()
    while rest:
        folder = rest.pop()
        if folder in seen:
            continue
        seen.add(folder)
        names = [path for name in NAMES if (path := f"{folder}/{name}" if folder else name) in contents]
        values = [document.value for name in names for document in read_stream(contents[name])[0]]
        made = [] if names else [{"resources": made_for(folder, paths, deep=deep)}]
        for value in (*values, *made):
            entries = [one for field in ("resources", "bases", "components") for one in sequence(value, field)]
            for path in (found for one in entries if isinstance(one, str) and (found := _resolved(folder, one)) is not None):
                if _is_folder(path, contents):
                    rest.append(path)
                else:
                    files.add(path)
            patches.append(tuple(_patches_in(value, folder, read)))
    return Reached(tuple(sorted(files)), tuple(one for group in reversed(patches) for one in group))


def _patches_in(value: Any, folder: str, read: Callable[[str], bytes]) -> Iterable[Patch]:
    for entry in (*sequence(value, "patches"), *sequence(value, "patchesJson6902")):
        path = _resolved(folder, text(entry, "path")) if text(entry, "path") else None
        yield from Patch.of(get(entry, "target"), text(entry, "patch").encode() if path is None else read(path))
    for entry in sequence(value, "patchesStrategicMerge"):
        path = _resolved(folder, entry) if isinstance(entry, str) and "\n" not in entry else None
        yield from Patch.of(None, str(entry).encode() if path is None else read(path))


def _resolved(folder: str, entry: str) -> str | None:
    if "://" in entry or entry.startswith("/") or "?" in entry:
        return None
    path = posixpath.normpath(posixpath.join(folder, entry))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def _is_folder(path: str, contents: Mapping[str, bytes]) -> bool:
    return any((f"{path}/{name}" if path else name) in contents for name in NAMES)

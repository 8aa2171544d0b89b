"""The files of a hydrated branch: one clean manifest for each object of a member, below a folder with the name of the member.

A list in the folder names the files that are ours. Others are neither changed nor removed, and an object whose file somebody
else made is left out. Secrets and what SOPS encrypted are left out: whoever reads the branch may not be who reads the members.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.documents.errors import DocumentError
from reconciler.documents.json_reader import read_json
from reconciler.documents.writer import dump
from reconciler.model.file_names import path_of
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import is_secret, sequence, text
from reconciler.model.ownership import unmarked
from reconciler.model.work import Work

LIST = ".reconciler.json"
"""In the folder of each member."""


@dataclass(frozen=True, slots=True)
class Hydration:
    """What changes in the branch for one member."""

    changes: Mapping[str, bytes | None]
    """Path → new content; None for a file that goes. Sorted."""
    secrets: tuple[ResourceKey, ...]
    """Left out."""
    foreign: tuple[str, ...]
    """Paths that somebody else's files have."""


def hydrate(work: Work, present: Mapping[str, bytes], instance: str) -> Hydration:
    """present: all files of the branch. instance: the name of this reconciler.

    The files of objects that stay as they are on the member stay as they are here, too.
    """
    folder = f"{work.cluster}/"
    ours = _listed(present.get(f"{folder}{LIST}", b""), instance)
    kept = {_file(key) for key in (*work.held, *work.failed, *work.suspended)}
    theirs = bool(present.get(f"{folder}{LIST}")) and not ours
    wanted: dict[str, bytes] = {}
    secrets, foreign = [], []
    for one in () if theirs else work.manifests:
        file = _file(one.key)
        if is_secret(one.key) or one.is_sealed:
            secrets.append(one.key)
        elif f"{folder}{file}" in present and file not in ours:
            foreign.append(f"{folder}{file}")
        elif one.key not in work.suspended and not (one.key in work.leaving and file not in ours):
            wanted[file] = dump(unmarked(one.manifest)).encode()
    stay = ours & kept - wanted.keys()
    files: dict[str, bytes | None] = dict.fromkeys(ours - wanted.keys() - stay)
    files |= wanted
    if theirs:
        return Hydration({}, (), (f"{folder}{LIST}",))
    files[LIST] = _list([*wanted, *stay], instance) if wanted or stay else None
    differing = {f"{folder}{file}": content for file, content in files.items() if present.get(f"{folder}{file}") != content}
    return Hydration(dict(sorted(differing.items())), tuple(secrets), tuple(sorted(foreign)))


def retire(members: Collection[str], present: Mapping[str, bytes], instance: str) -> dict[str, bytes | None]:
    """The removal of what is ours in the folders of all other members than these. Path → None, sorted."""
    changes: dict[str, bytes | None] = {}
    for path in present:
        folder, _, file = path.partition("/")
        if file == LIST and folder not in members and (files := _listed(present[path], instance)):
            changes |= {place: None for one in (*files, LIST) if (place := f"{folder}/{one}") in present}
    return dict(sorted(changes.items()))


def _file(key: ResourceKey) -> str:
    return f"{path_of(key)}.yaml"


def _list(files: Iterable[str], instance: str) -> bytes:
    """Our files, as the branch keeps them."""
    return (json.dumps({"instance": instance, "files": sorted(files)}, indent=1) + "\n").encode()


def _listed(content: bytes, instance: str) -> set[str]:
    """A list that cannot be read, or is of another reconciler, names nothing of ours: then nothing is removed or replaced."""
    try:
        documents, errors = read_json(content)
    except DocumentError:
        return set()
    if errors or not documents or text(documents[0].value, "instance") != instance:
        return set()
    return {file for file in sequence(documents[0].value, "files") if isinstance(file, str)}

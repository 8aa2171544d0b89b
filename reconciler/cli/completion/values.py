"""The values that the repository knows: from the paths of the status branch, and the names of branches and tags."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.answers.short_names import ALL, SHORT_NAMES, possible_kinds
from reconciler.cli.completion.words import Candidate, Line
from reconciler.errors import ReconcilerError
from reconciler.model.file_names import CLUSTER_SCOPED_FOLDER
from reconciler.model.settings import Settings
from reconciler.repo.command import GitCommand
from reconciler.repo.names_in_repository import branches, declared_names, paths_of, revisions, setting


class KnownNames:
    """What one repository knows, for one completion. A value that a shell could take for more than a word is left out."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    def values(self, kind: str, line: Line, incomplete: str) -> Iterable[Candidate]:
        """Nothing where the repository cannot be read: a completion has no place for an error."""
        find = _FINDERS.get(kind)
        if find is None:
            return []
        try:
            return [Candidate(word) for word in find(_Place(line, self._environment), incomplete) if _HARMLESS.fullmatch(word)]
        except (ReconcilerError, OSError, UnicodeDecodeError):
            return []


class _Place:
    """The repository that a line is about, and what stands in the line."""

    def __init__(self, line: Line, environment: Mapping[str, str]) -> None:
        self.line = line
        self._given = environment
        folder = Path(line.value("--repo") or environment.get("RECONCILER_REPO", "") or ".")
        if not folder.is_dir():  # A URL, for one: nothing is fetched.
            raise NotADirectoryError(folder)
        self.git = GitCommand(folder)

    @property
    def namespace(self) -> str:
        """The namespace that is chosen; empty for none."""
        return self.line.value("--namespace") or self._given.get("RECONCILER_NAMESPACE", "")

    def recorded(self, folder: str) -> list[str]:
        """The paths below a folder of the status branch, without it and without the suffix."""
        branch = self.line.value("--status-branch") or self._given.get("RECONCILER_STATUS_BRANCH", "")
        paths = paths_of(self.git, branch or Settings().status_branch, folder)
        if paths is None and not branch:
            paths = paths_of(self.git, setting(self.git, "statusBranch"), folder)
        return [path.removeprefix(f"{folder}/").removesuffix(".yaml") for path in paths or ()]

    def objects(self) -> Iterator[tuple[str, str, str]]:
        """(namespace, kind with its group, name) of each recorded object, in the chosen namespace."""
        for path in self.recorded("bindings"):
            namespace, _, rest = path.partition("/")
            kind, _, name = rest.partition("/")
            if (name and self.namespace in ("", namespace)) or namespace == CLUSTER_SCOPED_FOLDER:
                yield namespace, kind, name


def _clusters(place: _Place, incomplete: str) -> Iterable[str]:
    """The recorded members; where none is, those that files of HEAD declare."""
    return place.recorded("clusters") or declared_names(place.git, "Cluster")


def _namespaces(place: _Place, incomplete: str) -> Iterable[str]:
    found = {path.partition("/")[0] for path in place.recorded("bindings")}
    return sorted(found - {CLUSTER_SCOPED_FOLDER})


def _kinds(place: _Place) -> list[str]:
    return sorted({kind.partition(".")[0].lower() for _, kind, _ in place.objects()})


def _one_object(place: _Place, incomplete: str) -> Iterable[str]:
    """`deployment/web`, in the spelling of the kind that was begun."""
    word, slash, _ = incomplete.partition("/")
    if slash:
        return [f"{word}/{name}" for name in _names(place, word)]
    return sorted({f"{kind.partition('.')[0].lower()}/{name}" for _, kind, name in place.objects()})


def _target(place: _Place, incomplete: str) -> Iterable[str]:
    """An object, a policy, or a member."""
    clusters = (f"cluster/{name}" for name in _clusters(place, incomplete))
    policies = (f"{short}/{name}" for short, kind in _POLICIES.items() for name in declared_names(place.git, kind))
    return [*_one_object(place, incomplete), *clusters, *policies]


def _kinds_and_names(place: _Place, incomplete: str) -> Iterable[str]:
    """Kinds first, several with commas; then names of that kind; or both with a slash."""
    words = place.line.words
    if "/" in incomplete or (words and "/" in words[0]):
        return _one_object(place, incomplete)
    if words:
        members = words[0].rstrip("s") == "cluster"
        return _clusters(place, incomplete) if members else [name for one in words[0].split(",") for name in _names(place, one)]
    before, comma, _ = incomplete.rpartition(",")
    kinds = sorted({*_kinds(place), *SHORT_NAMES.values(), *ALL, "all", "clusters"})
    return [f"{before}{comma}{kind}" for kind in kinds]


def _names(place: _Place, word: str) -> list[str]:
    meant = possible_kinds(word)
    return sorted({name for _, kind, name in place.objects() if kind.partition(".")[0].lower() in meant})


def _rollouts(place: _Place, incomplete: str) -> Iterable[str]:
    return place.recorded("rollouts")


def _first_cluster(place: _Place, incomplete: str) -> Iterable[str]:
    return [] if place.line.words else _clusters(place, incomplete)


def _cluster_and_more(place: _Place, incomplete: str) -> Iterable[str]:
    return [f"{name}:" for name in _clusters(place, incomplete)]


_POLICIES = {"pp": "PropagationPolicy", "cpp": "ClusterPropagationPolicy"}
_HARMLESS = re.compile(r"[A-Za-z0-9._:/,=@+-]+", re.ASCII)
"""Names in a repository may be anything; a shell evaluates what is completed."""
_FINDERS: Mapping[str, Callable[[_Place, str], Iterable[str]]] = {
    "cluster": _clusters,
    "first cluster": _first_cluster,
    "cluster:": _cluster_and_more,
    "namespace": _namespaces,
    "object": _one_object,
    "target": _target,
    "kinds and names": _kinds_and_names,
    "rollout": _rollouts,
    "revision": lambda place, incomplete: revisions(place.git),
    "branch": lambda place, incomplete: branches(place.git),
}

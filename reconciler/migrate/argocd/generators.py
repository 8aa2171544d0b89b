"""The generators of an ApplicationSet → parameters: clusters, list, git, and matrix of these. Pure.

A generator that is not read here, or whose answer is not in the repository, raises GeneratorError: none of its Applications are
imported then, because a part of them would look like all.

Source: argo-cd, applicationset/generators (cluster.go, list.go, git.go, matrix.go), docs/operator-manual/applicationset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.load.value_paths import merged
from reconciler.migrate.argocd.go_template import normalized
from reconciler.migrate.argocd.path_globs import matches
from reconciler.migrate.argocd.set_template import Fill, flat
from reconciler.migrate.declared import RepositoryFiles
from reconciler.migrate.placed import Choice, Member
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.selector import LabelSelector

_READ = ("clusters", "git", "list", "matrix")
_BESIDE = ("selector", "template")


class GeneratorError(ValueError):
    """The Applications of a generator are not known; `message` is a clause about the ApplicationSet."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


@dataclass(frozen=True, slots=True)
class Generated:
    """One set of parameters."""

    parameters: Mapping[str, Any]
    choice: Choice | None = None
    """Where a cluster generator chose the cluster by its labels, or all."""


@dataclass(frozen=True, slots=True)
class World:
    """What generators see."""

    subject: str
    """The ApplicationSet."""
    members: Mapping[str, Member]
    """By their name in Argo CD."""
    files: RepositoryFiles
    is_this: Callable[[str], bool]
    """Whether a URL is that of the repository of `files`."""
    go: bool
    """Whether parameters are structures (`goTemplate`), and not texts by names with dots."""
    fill: Fill


def generate(generator: Mapping[str, Any], world: World) -> list[Generated]:
    """Raises GeneratorError, and TemplateError where a text cannot be filled."""
    kinds = sorted(name for name in generator if name not in _BESIDE)
    if len(kinds) != 1 or kinds[0] not in _READ:
        names = ", ".join(kinds) or "no generator"
        remedy = "Import from the cluster, where the Applications that it made are, or write a policy by hand."
        raise GeneratorError(f"has a generator that is not read here: {names}", remedy)
    made = _GENERATORS[kinds[0]](mapping(generator, kinds[0]), world)
    if generator.get("selector"):
        selector = LabelSelector.parse(generator["selector"])
        made = [Generated(one.parameters) for one in made if selector.matches(flat(one.parameters))]
    return made


def _clusters(generator: Mapping[str, Any], world: World) -> list[Generated]:
    if generator.get("flatList"):
        raise GeneratorError("has a cluster generator with flatList", "Write the policy by hand.")
    stated = mapping(generator, "selector")
    selector = LabelSelector.parse(stated)
    # With a selector, the cluster of Argo CD itself counts only if a Secret declares it (cluster.go).
    found = [(name, one) for name, one in sorted(world.members.items()) if one.subject or not stated]
    found = [(name, one) for name, one in found if selector.matches(one.labels)]
    if not found and not any(one.subject for one in world.members.values()):
        remedy = "Import from the cluster of Argo CD, or put its cluster Secrets among the files (without config)."
        raise GeneratorError("chooses clusters by their labels, and no cluster Secret is known", remedy)
    is_plain = not any("argocd.argoproj.io/" in key for key in flat(stated))
    names = frozenset(one.name for _, one in found)
    choice = Choice(world.subject, stated, names) if is_plain and all(one.subject for _, one in found) else None
    return [Generated(_of_member(name, one, generator, world), choice) for name, one in found]


def _of_member(name: str, member: Member, generator: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    stated = {
        "name": name,
        "nameNormalized": normalized(name),
        "server": member.server,
        "project": member.project,
        "metadata": {"labels": dict(member.labels), "annotations": dict(member.annotations)},
    }
    return _with_values(stated if world.go else flat(stated), generator, world)


def _with_values(parameters: Mapping[str, Any], generator: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    values = mapping(generator, "values")
    if not values:
        return parameters
    filled = {name: world.fill(value, parameters) for name, value in values.items()}
    return {**parameters, **({"values": filled} if world.go else flat({"values": filled}))}


def _list(generator: Mapping[str, Any], world: World) -> list[Generated]:
    if generator.get("elementsYaml"):
        raise GeneratorError("has a list generator with elementsYaml", "Write its elements as elements.")
    elements = [one for one in sequence(generator, "elements") if isinstance(one, Mapping)]
    return [Generated(one if world.go else flat(one)) for one in elements]


def _git(generator: Mapping[str, Any], world: World) -> list[Generated]:
    url = text(generator, "repoURL")
    if not world.is_this(url):
        remedy = "Name this repository with --this-repository, if it is that; else import from the cluster."
        raise GeneratorError(f"has a git generator with files of {url}, which is not this repository", remedy)
    made = [*_directories(generator, world), *_files(generator, world)]
    return [Generated(_with_values(one, generator, world)) for one in made]


def _directories(generator: Mapping[str, Any], world: World) -> Iterator[Mapping[str, Any]]:
    stated = sequence(generator, "directories")
    wanted = [text(one, "path") for one in stated if get(one, "exclude") is not True]
    excluded = [text(one, "path") for one in stated if get(one, "exclude") is True]
    for folder in world.files.folders() if wanted else ():
        if any(matches(one, folder) for one in wanted) and not any(matches(one, folder) for one in excluded):
            yield _path_parameters(folder, "", generator, world)


def _files(generator: Mapping[str, Any], world: World) -> Iterator[Mapping[str, Any]]:
    wanted = [text(one, "path") for one in sequence(generator, "files") if get(one, "exclude") is not True]
    excluded = [text(one, "path") for one in sequence(generator, "files") if get(one, "exclude") is True]
    for path in sorted(world.files.contents) if wanted else ():
        if any(matches(one, path) for one in wanted) and not any(matches(one, path) for one in excluded):
            documents, _ = read_stream(world.files.contents[path])
            values = [item for one in documents for item in (one.value if isinstance(one.value, list) else [one.value])]
            folder, _, name = path.rpartition("/")
            for value in values:
                content = value if isinstance(value, Mapping) else {}
                yield {**(content if world.go else flat(content)), **_path_parameters(folder, name, generator, world)}


def _path_parameters(folder: str, file: str, generator: Mapping[str, Any], world: World) -> Mapping[str, Any]:
    segments = folder.split("/") if folder else []
    base, prefix = segments[-1] if segments else "", text(generator, "pathParamPrefix")
    own: dict[str, Any] = {"path": folder, "basename": base, "basenameNormalized": normalized(base), "segments": segments}
    if file:
        own |= {"filename": file, "filenameNormalized": normalized(file)}
    if world.go:
        return {prefix: {"path": own}} if prefix else {"path": own}
    names = {"path": folder, **{f"path.{name}": one for name, one in own.items() if name not in ("path", "segments")}}
    names |= {f"path[{place}]": one for place, one in enumerate(segments)}
    return {f"{prefix}.{name}": one for name, one in names.items()} if prefix else names


def _matrix(generator: Mapping[str, Any], world: World) -> list[Generated]:
    """The second generator sees the parameters of the first one, and counts more where both have the same."""
    children: Sequence[Any] = sequence(generator, "generators")
    if len(children) != 2 or not all(isinstance(one, Mapping) for one in children):
        raise GeneratorError("has a matrix generator without exactly two generators", "Write two.")
    made = []
    for first in generate(children[0], world):
        for second in generate(world.fill(children[1], first.parameters), world):
            # Labels chose the clusters only if every cluster has the same rest: `sets.py` sees that by the names.
            made.append(Generated(merged(first.parameters, second.parameters), first.choice or second.choice))
    return made


_GENERATORS: Mapping[str, Callable[[Mapping[str, Any], World], list[Generated]]] = {
    "clusters": _clusters,
    "git": _git,
    "list": _list,
    "matrix": _matrix,
}

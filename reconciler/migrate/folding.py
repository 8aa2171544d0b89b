"""The same template on several clusters, which the other tool states once for each: one template, and what differs by cluster.

Two objects are one template if they differ only in what an override policy may change (`OVERRIDDEN`), and are on different
clusters. What most clusters have is the template; ties go to the value whose JSON is smallest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.migrate.placed import Choice, Placed, Selected
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, Path, get, text, with_value, without
from reconciler.render.trace import to_pointer

_SOURCE = ("helm", "kustomize")
OVERRIDDEN: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Chart": (("values",), ("releaseName",), ("valuesFiles",)),
    "Kustomize": (("patches",), ("images",), ("namePrefix",), ("nameSuffix",)),
    "HelmRelease": (("values",), ("releaseName",)),
    "Kustomization": (("patches",), ("images",), ("namePrefix",), ("nameSuffix",), ("postBuild", "substitute")),
    "Application": (("source", "helm"), ("source", "kustomize")),
}
"""By kind: what may differ by cluster, below `spec`."""
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Rule:
    """What differs on some clusters."""

    clusters: tuple[ClusterName, ...]
    operations: tuple[Mapping[str, Any], ...]
    """Of a plaintext overrider."""


@dataclass(frozen=True, slots=True)
class Folded:
    """One template with its clusters."""

    name: str
    template: Manifest | None
    """As of `Placed`, with the name of this value."""
    selected: tuple[Selected, ...]
    clusters: tuple[ClusterName, ...]
    choice: Choice | None
    """Where exactly these clusters were chosen by labels."""
    rules: tuple[Rule, ...]
    stays: bool
    suspended: bool
    placed: tuple[Placed, ...]
    """What it was made of, sorted by cluster."""

    @property
    def namespace(self) -> str:
        return text(self.template or {}, "metadata", "namespace")


def fold(found: Iterable[Placed]) -> list[Folded]:
    """Sorted by namespace and name. No two have both in common."""
    groups: dict[str, list[Placed]] = defaultdict(list)
    for one in found:
        groups[_shape(one)].append(one)
    parts = [part for shape in sorted(groups) for part in _one_per_cluster(groups[shape])]
    taken: set[tuple[str, str]] = set()
    common = Counter(_place(part) for part in parts)
    made = [
        _folded(part, taken, alike=common[_place(part)] > 1)
        for part in sorted(parts, key=lambda part: (part[0].origin, part[0].name, part[0].cluster))
    ]
    return sorted(made, key=lambda one: (one.namespace, one.name))


def _shape(one: Placed) -> str:
    """Equal for what may be one template."""
    template = one.template
    if template is not None:
        template = without(template, ("metadata", "name"))
        for path in OVERRIDDEN.get(text(template, "kind"), ()):
            template = without(template, ("spec", *path))
    selected = [[s.namespace, s.api_version, s.kind, s.name] for s in one.selected]
    return write_json([template, selected, one.stays, one.suspended, list(one.depends)], orjson.OPT_SORT_KEYS).decode()


def _one_per_cluster(group: Sequence[Placed]) -> Iterator[list[Placed]]:
    """The group, where no cluster has two of it; else its parts by who made them and what they are called, else each alone."""
    if _distinct(group):
        yield _by_cluster(group)
        return
    parts: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one in group:
        parts[one.maker, stem(one.name, one.cluster)].append(one)
    for key in sorted(parts):
        yield from [_by_cluster(parts[key])] if _distinct(parts[key]) else [[one] for one in _by_cluster(parts[key])]


def _distinct(group: Sequence[Placed]) -> bool:
    return len({one.cluster for one in group}) == len(group)


def _by_cluster(group: Iterable[Placed]) -> list[Placed]:
    return sorted(group, key=lambda one: (one.cluster, one.name, one.origin))


def stem(name: str, cluster: str) -> str:
    """A name without that of the cluster in it: `web-eu` on `eu` is `web`. The name itself where it is nothing else."""
    words = f"-{name}-".replace(f"-{cluster}-", "-").strip("-.")
    return words or name


def _place(part: Sequence[Placed]) -> tuple[str, str]:
    """The namespace, and the name that it would have first."""
    return text(part[0].template or {}, "metadata", "namespace"), next(_names(part))


def _folded(part: Sequence[Placed], taken: set[tuple[str, str]], *, alike: bool) -> Folded:
    """alike: whether others would have the same name."""
    template = _majority([one.template for one in part]) if part[0].template is not None else None
    namespace = text(template or {}, "metadata", "namespace")
    names = [f"{part[0].name}-{part[0].cluster}"] if alike and len(part) == 1 else []
    name = next(one for one in chain(names, _names(part)) if (namespace, one) not in taken)
    taken.add((namespace, name))
    if template is not None:
        template = with_value(template, ("metadata", "name"), name)
    clusters = tuple(one.cluster for one in part)
    choice = part[0].choice
    chosen = choice is not None and all(one.choice == choice for one in part) and choice.clusters == frozenset(clusters)
    kept = choice if chosen else None
    return Folded(
        name, template, part[0].selected, clusters, kept, _rules(part, template), part[0].stays, part[0].suspended, tuple(part)
    )


def _names(part: Sequence[Placed]) -> Iterator[str]:
    """Names for it, the best one first; they do not end."""
    first = part[0]
    if len(part) == 1:
        best = [first.name]
    else:
        stems = sorted({stem(one.name, one.cluster) for one in part})
        makers = {one.maker.rpartition("/")[2] for one in part}
        best = [*(stems if len(stems) == 1 else sorted(makers - {""}) if len(makers) == 1 else []), stems[0]]
    yield from best
    yield first.name
    number = 2
    while True:
        yield f"{best[0]}-{number}"
        number += 1


def _majority(values: Sequence[Any]) -> Any:
    """What most of the values have, by field; lists count as a whole."""
    stated = [one for one in values if one is not _ABSENT]
    if all(isinstance(one, Mapping) for one in stated):
        names = Counter(name for one in stated for name in one)
        kept = sorted(name for name, count in names.items() if 2 * count > len(values))
        return {name: _majority([one.get(name, _ABSENT) for one in stated]) for name in kept}
    counts = Counter(_printed(one) for one in stated)
    return orjson.loads(min(counts, key=lambda one: (-counts[one], one)))


def _printed(value: Any) -> bytes:
    return write_json(value, orjson.OPT_SORT_KEYS)


def _rules(part: Sequence[Placed], template: Manifest | None) -> tuple[Rule, ...]:
    if template is None:
        return ()
    rules: dict[bytes, list[ClusterName]] = defaultdict(list)
    for one in part:
        if operations := list(_differences(template.get("spec", {}), get(one.template, "spec", default={}), ("spec",))):
            rules[_printed(operations)].append(one.cluster)
    found = [Rule(tuple(clusters), tuple(orjson.loads(operations))) for operations, clusters in rules.items()]
    return tuple(sorted(found, key=lambda rule: rule.clusters))


def _differences(before: Any, after: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    """The operations that make one value of another; mappings field by field, all else as a whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            yield from _differences(before.get(name, _ABSENT), after.get(name, _ABSENT), (*path, name))
    elif after is _ABSENT:
        yield {"path": to_pointer(path), "operator": "remove"}
    elif before is _ABSENT:
        yield {"path": to_pointer(path), "operator": "add", "value": after}
    elif _printed(before) != _printed(after):
        yield {"path": to_pointer(path), "operator": "replace", "value": after}

"""Whether encrypted files are encrypted for the members that get their objects, and for no other member.

A Cluster names its recipients in an annotation (`Cluster.sops_recipients`). Recipients that no Cluster names, such as those of
people, are everyone's own affair. No key is needed: a file names its recipients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.sealed import Sealed
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import CompiledTemplate

Stated = Mapping[ClusterName, frozenset[str]]
_REMEDY = (
    "Correct the recipients in .sops.yaml, and run `sops updatekeys {path}`. Whoever could decrypt the file before can still "
    "decrypt it in earlier commits: to take a value from somebody, change the value, too."
)


def recipient_issues(
    templates: Mapping[ResourceKey, CompiledTemplate], clusters: tuple[Cluster, ...], memo: Memo
) -> Iterator[Issue]:
    stated = memo(_stated, clusters)
    if not stated:
        return
    placed: dict[tuple[ResourceKey, str], tuple[Sealed, frozenset[ClusterName]]] = {}
    for block in memo.blocks(templates.values()):
        yield from memo(_of_block, block, stated)
        for key, file, names in memo(_expansions_in, block):
            placed[key, file.blob] = file, names.union(placed.get((key, file.blob), (file, names))[1])
    for (key, _), (file, names) in placed.items():
        yield from _issues(key, templates[key].template.origin, file, sorted(names), stated)


def _stated(clusters: tuple[Cluster, ...]) -> Stated:
    return {cluster.name: frozenset(map(normal, cluster.sops_recipients)) for cluster in clusters if cluster.sops_recipients}


def _expansions_in(items: tuple[CompiledTemplate, ...]) -> list[tuple[ResourceKey, Sealed, frozenset[ClusterName]]]:
    """Charts and Kustomizes, each with a file that has values of it, and the members of an object that comes of them."""
    found: dict[tuple[ResourceKey, str], tuple[Sealed, set[ClusterName]]] = {}
    for item in items:
        if item.template.parent is None:
            continue
        for name, one in item.rendering.manifests.items():
            for file in one.expanded.expansion.files if one.expanded is not None else ():
                found.setdefault((item.template.parent.key, file.blob), (file, set()))[1].add(name)
    return [(key, file, frozenset(names)) for (key, _), (file, names) in found.items()]


def _of_block(items: tuple[CompiledTemplate, ...], stated: Stated) -> list[Issue]:
    return [
        issue for item in items if item.template.sealed is not None for issue in _of_template(item, item.template.sealed, stated)
    ]


def _of_template(item: CompiledTemplate, file: Sealed, stated: Stated) -> Iterator[Issue]:
    """Judged by the file in which it is declared now: what a member still has of an earlier revision was judged there."""
    placed = sorted(name for name, one in item.rendering.manifests.items() if one.sealed is file)
    if placed:
        yield from _issues(item.template.key, item.template.origin, file, placed, stated)


def _issues(key: ResourceKey, origin: Origin, file: Sealed, placed: Sequence[ClusterName], stated: Stated) -> Iterator[Issue]:
    has = frozenset(map(normal, file.recipients))
    remedy = _REMEDY.format(path=file.path)
    for lacking, names in _grouped({name: stated[name] - has for name in placed if name in stated}):
        message = (
            f"{key} is placed on {first_few(names, 3)}, and {file.path} is not encrypted for {first_few(sorted(lacking), 3)}"
        )
        yield error("RecipientMissing", message, remedy, origin=origin, subject=key)
    allowed = {one for name in placed for one in stated.get(name, ())}
    for found, names in _grouped({name: (keys & has) - allowed for name, keys in stated.items() if name not in placed}):
        message = f"{file.path} is encrypted for {first_few(names, 3)} ({first_few(sorted(found), 3)}), where {key} is not placed"
        yield error("RecipientNotPlaced", message, remedy, origin=origin, subject=key)


def _grouped(by_name: Mapping[ClusterName, frozenset[str]]) -> Iterable[tuple[frozenset[str], list[ClusterName]]]:
    """(recipients, the members that share them), without empty sets, sorted by member."""
    groups: dict[frozenset[str], list[ClusterName]] = {}
    for name in sorted(by_name):
        if by_name[name]:
            groups.setdefault(by_name[name], []).append(name)
    return groups.items()


def normal(recipient: str) -> str:
    """Fingerprints of PGP keys are written in many ways: here without spaces, in capitals."""
    bare = recipient.replace(" ", "")
    is_hex = len(bare) >= 16 and all(character in "0123456789abcdefABCDEF" for character in bare)
    return bare.upper() if is_hex else recipient

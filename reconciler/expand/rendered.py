"""The objects of an output as they are written: with the namespace of their parent, our marks, and the names of gates.

A Job that is a hook runs once for each state of its parent on a cluster: its name ends with a digest of everything else that the
parent came to there; of a Job in an object that the parent builds, of what that object came to. What the scheduler writes does
not count where the replicas of the parent are divided: a cluster that gets other replicas runs nothing again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reconciler.expand.output import Output, Produced
from reconciler.interpreter import registry
from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.load.scope import Scope, scope_of
from reconciler.model.helm_release import HelmRelease
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, key_of, text, with_value, without
from reconciler.model.memo import Memo
from reconciler.model.ordering import DEPENDS_ON, GATE_OF, GATE_TIMEOUT, WAVE, Dependency, dependencies_of, is_gate, states_wave
from reconciler.model.origin import Origin
from reconciler.model.ownership import conflict_resolution, marked
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of

Scopes = Mapping[tuple[str, str], Scope]
"""By group and kind: the scopes of kinds that are not built into Kubernetes, as far as they are known."""

_DIGITS, _LONGEST = 10, 63
"""Of the digest in the name of a gate; of that name."""


@dataclass(frozen=True, slots=True)
class Child:
    """One object of an output."""

    key: ResourceKey
    """As the output names it."""
    gvk: GroupVersionKind
    manifest: Manifest
    """Without our marks."""
    rendered: RenderedManifest
    file: str
    """As `Produced.file`."""


@dataclass(frozen=True, slots=True)
class ParentFacts:
    """What the children of one parent have in common."""

    namespace: str
    origin: Origin
    conflict: str
    instance: str
    divided: bool
    """Whether the replicas of the parent are divided."""
    key: ResourceKey | None = None
    order: tuple[tuple[str, str], ...] = ()
    """Annotations about its order that the parent states: each child has them that states none of its own."""
    adopts: HelmRelease | None = None
    """As `RenderedManifest.adopts`."""


@dataclass(frozen=True, slots=True)
class Objects:
    """The children in one output."""

    children: tuple[Child, ...]
    """Sorted by key."""
    refused: tuple[tuple[str, str], ...] = ()
    """What in the output cannot be written to any cluster: (a clause, what the user can do)."""


def children_of(output: Output, parent: ParentFacts, scopes: Scopes, interpreter: Interpreter, memo: Memo) -> Objects:
    """Nothing of an output is written while something in it is refused."""
    refused, children = [], []
    for produced in output.objects:
        scope = _scope(produced, scopes)
        if isinstance(scope, tuple):
            refused.append(scope)
            continue
        children.append(memo(_child, produced, scope is Scope.NAMESPACED, parent))
    children.sort(key=lambda one: one.key)
    refused += [_twice(one, other) for one, other in pairwise(children) if one.key == other.key]
    if refused:
        return Objects((), tuple(sorted(set(refused))))
    contents: dict[tuple[ResourceKey, ...], str] = {}
    for within in {one.rendered.within for one in children if is_gate(one.manifest)}:
        own = [one for one in children if one.rendered.within[: len(within)] == within]
        contents[within] = _content_digest(own, parent, interpreter)
    if contents:
        children = [_gate(one, contents[one.rendered.within], parent) if is_gate(one.manifest) else one for one in children]
    return Objects(tuple(children))


def _twice(one: Child, other: Child) -> tuple[str, str]:
    first, second = (f"by {each.rendered.within[-1]}" if each.rendered.within else "in its own files" for each in (one, other))
    return f"it has {one.key} twice, {first} and {second}", "Keep one of them."


def _scope(produced: Produced, scopes: Scopes) -> Scope | tuple[str, str]:
    """Or why the object cannot be written, and what the user can do."""
    gvk, where = produced.gvk, f" ({produced.file})" if produced.file else ""
    if why := _never_written(gvk):
        return f"it has {gvk} {text(produced.manifest, 'metadata', 'name')}{where}: {why}", _LEAVE_OUT
    known = scope_of(gvk.group, gvk.kind) or scopes.get((gvk.group, gvk.kind))
    if known is None and text(produced.manifest, "metadata", "namespace"):
        known = Scope.NAMESPACED
    if known is not None:
        return known
    what = f"it has {gvk}{where}, and nothing tells whether this kind has a namespace"
    state = f"{{apiVersion: {gvk.api_version}, kind: {gvk.kind}, scope: Namespaced}} (or scope: Cluster)"
    return what, f"Write in spec.kinds of the Configuration: {state}."


def _never_written(gvk: GroupVersionKind) -> str:
    if gvk.group == "reconciler.dev" or gvk.group.endswith(".karmada.io"):
        return "objects of this group say what this program does, and are read from Git alone"
    if gvk.group == "events.k8s.io" or (gvk.group, gvk.kind) == ("", "Event"):
        return "each cluster writes its own events"
    return "each cluster writes its own leases" if gvk.group == "coordination.k8s.io" else ""


def _child(produced: Produced, namespaced: bool, parent: ParentFacts) -> Child:
    manifest, inside = produced.manifest, produced.inside
    if namespaced and not text(manifest, "metadata", "namespace"):
        manifest = with_value(manifest, ("metadata", "namespace"), inside.namespace if inside else parent.namespace)
    elif not namespaced:
        manifest = without(manifest, ("metadata", "namespace"))
    manifest = registry.clean(_ordered(manifest, inside.order if inside else parent.order))
    key, digest = key_of(manifest), digest_of(manifest)
    rendered = RenderedManifest(
        key,
        marked(manifest, key, digest, parent.instance),
        digest,
        parent.origin,
        conflict_resolution=conflict_resolution(manifest, parent.conflict),
        parent=parent.key,
        within=inside.keys if inside else (),
        expanded=produced.sealed,
        adopts=inside.adopts if inside else parent.adopts,
    )
    return Child(key, produced.gvk, manifest, rendered, produced.file)


def order_of_parent(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """What a Chart or Kustomize states about its order, as its children state it, whatever their namespaces are."""
    stated = annotations_of(manifest)
    found = {name: stated[name] for name in (WAVE, GATE_TIMEOUT) if isinstance(stated.get(name), str)}
    if depended := dependencies_of(manifest, text(manifest, "metadata", "namespace")):
        found[DEPENDS_ON] = ",".join(map(_reference, depended))
    return tuple(sorted(found.items()))


def _reference(dependency: Dependency) -> str:
    group, kind, namespace, name = dependency.key
    path = f"{group}/namespaces/{namespace}/{kind}/{name}" if namespace else f"{group}/{kind}/{name}"
    return f"{path}@{dependency.cluster}" if dependency.cluster else path


def order_inside(manifest: Manifest, outer: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The same of an object that another one builds. outer: of that one, which waits as a whole."""
    own, around = dict(order_of_parent(manifest)), dict(outer)
    both = [one[DEPENDS_ON] for one in (around, own) if DEPENDS_ON in one]
    return tuple(sorted({**around, **own, **({DEPENDS_ON: ",".join(both)} if both else {})}.items()))


def _ordered(manifest: Manifest, order: Sequence[tuple[str, str]]) -> Manifest:
    own = annotations_of(manifest)
    for name, value in order:
        if name not in own and not (name == WAVE and states_wave(manifest)):
            manifest = with_value(manifest, ("metadata", "annotations", name), value)
    return manifest


def _content_digest(children: Iterable[Child], parent: ParentFacts, interpreter: Interpreter) -> str:
    digest = hashlib.sha256()
    for one in children:
        content = digest_of(_without_replicas(one.manifest, interpreter)) if parent.divided else one.rendered.digest
        digest.update(f"{one.key}\0{content}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _without_replicas(manifest: Manifest, interpreter: Interpreter) -> Manifest:
    try:
        return interpreter.revise(manifest, 0)
    except MalformedObjectError:
        return manifest


def _gate(child: Child, content: str, parent: ParentFacts) -> Child:
    declared = child.key.name
    name = f"{declared[: _LONGEST - _DIGITS - 1].rstrip('-.')}-{content}"
    bare = with_value(child.manifest, ("metadata", "name"), name)
    bare = with_value(bare, ("metadata", "annotations", GATE_OF), declared)
    key, digest = child.key._replace(name=name), digest_of(bare)
    rendered = replace(
        child.rendered, key=key, manifest=marked(bare, key, digest, parent.instance), digest=digest, template=child.key
    )
    return replace(child, rendered=rendered)


_LEAVE_OUT = "Leave it out by the values of the chart, or by a patch."

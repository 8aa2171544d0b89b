"""The Jobs of gates get another name with each revision of what they guard, so that each runs once per revision and member.

The name ends with a digest of the templates of the gate's namespace as they stand in Git, and of what overrides make of the
objects there on that member. So a commit elsewhere in the repository runs nothing, and neither does a member that gets other
replicas: the digest leaves out what scheduling writes. What is recorded of the Job is recorded under its name in Git.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, gvk_of, text, with_value, without
from reconciler.model.memo import Memo
from reconciler.model.ordering import GATE_OF, group_of, is_gate
from reconciler.model.ownership import marked, unmarked
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of
from reconciler.render.render_template import Rendering

_DIGITS = 10
"""Of the digest, in the name of a Job."""
_LONGEST = 63
"""Characters in the name of a Job: the names of its Pods, and a label on them, are made of it."""


def with_gates(
    renderings: Mapping[ResourceKey, Rendering],
    templates: Iterable[ResourceTemplate],
    instance: str,
    interpreter: Interpreter,
    memo: Memo,
) -> Mapping[ResourceKey, Rendering]:
    """The renderings with the names of gates. instance: the value of our label."""
    if not any(key.kind == "Job" for key in renderings):
        return renderings
    by_key = {template.key: template for template in templates}
    gates = [key for key in renderings if key.kind == "Job" and key in by_key and is_gate(by_key[key].manifest)]
    found = dict(renderings)
    for key in gates:
        guarded = [one for one in by_key if one.namespace == key.namespace or group_of(one) == key.namespace]
        in_git = memo(_digest_in_git, memo.tuple(by_key[one] for one in guarded), memo)
        overridden = [renderings[one] for one in guarded if one in renderings and any(_rules(renderings[one]))]
        found[key] = memo(_renamed, renderings[key], memo.tuple(overridden), in_git, instance, interpreter, memo)
    return found


def _rules(rendering: Rendering) -> Iterable[bool]:
    return (bool(one.overrides) for one in rendering.manifests.values())


def _digest_in_git(templates: tuple[ResourceTemplate, ...], memo: Memo) -> str:
    return _digest((str(one.key), memo(digest_of, one.manifest)) for one in templates)


def _renamed(
    gate: Rendering, overridden: tuple[Rendering, ...], in_git: str, instance: str, interpreter: Interpreter, memo: Memo
) -> Rendering:
    manifests = {}
    for name, one in gate.manifests.items():
        effects = memo.tuple(other.manifests[name] for other in overridden if name in other.manifests)
        manifests[name] = memo(
            _named, one, memo.tuple(each for each in effects if each.overrides), in_git, instance, interpreter, memo
        )
    return replace(gate, manifests=manifests)


def _named(
    gate: RenderedManifest,
    overridden: tuple[RenderedManifest, ...],
    in_git: str,
    instance: str,
    interpreter: Interpreter,
    memo: Memo,
) -> RenderedManifest:
    """The Job of one member, shared by all members on which the same overrides act."""
    effects = ((str(one.key), memo(_digest_of_effect, one, interpreter)) for one in overridden)
    digest = _digest([("", in_git), *effects])[:_DIGITS]
    declared = text(gate.manifest, "metadata", "name")
    name = f"{declared[: _LONGEST - _DIGITS - 1].rstrip('-.')}-{digest}"
    bare = with_value(unmarked(gate.manifest), ("metadata", "name"), name)
    bare = with_value(bare, ("metadata", "annotations", GATE_OF), declared)
    key, content = gate.key._replace(name=name), digest_of(bare)
    return replace(gate, key=key, manifest=marked(bare, key, content, instance), digest=content, template=gate.key)


def _digest_of_effect(one: RenderedManifest, interpreter: Interpreter) -> str:
    """Of a manifest without our marks, and without what scheduling wrote."""
    bare: Manifest = unmarked(one.manifest)
    if one.replicas is not None:
        bare = interpreter.revise(bare, 0)
    return digest_of(without(bare, ("spec", "completions")) if gvk_of(bare).kind == "Job" else bare)


def _digest(parts: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()

"""A Kustomization or HelmRelease of Flux → a template on one cluster. Pure.

A chart becomes a Chart, a kustomization in this repository a Kustomize, and a folder of manifests without one is templates as
they are. Where the object says more than these can, it stays what it is, without its cluster, and `spec.expand` of the
Configuration lists its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.load import flux
from reconciler.load.kustomization import NAMES
from reconciler.load.not_expanded import Note, fields_without_effect
from reconciler.load.translation import DEFAULT_NAMESPACE, FindSource, IsThis, Where
from reconciler.migrate.declared import Declared, RepositoryFiles
from reconciler.migrate.flux.nested import KUSTOMIZATION
from reconciler.migrate.forms import chart_place, charted, says_more
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Placed, Selected
from reconciler.migrate.plain_folder import named_one_by_one, objects_in, selected_in
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, without
from reconciler.model.origin import Origin

_NOT_IMPORTED = "It is not imported, and what it deployed stays as it is."
_KEPT = "which this program expands (spec.expand); members need no Flux."
_LOST = "What it asks for is not done."
_TOLD = ("spec.kubeConfig", "spec.suspend", "spec.install.createNamespace", "spec.prune", "spec.wait")
"""Fields that have a counterpart."""
_DROPPED = ("kubeConfig", "suspend", "dependsOn", "prune", "serviceAccountName", "wait")
"""Of an object that stays one: what policies and annotations say here."""
_Made: TypeAlias = tuple[Manifest | None, tuple[Selected, ...], list[Remark]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an object of Flux refers to."""

    files: RepositoryFiles
    find: FindSource
    is_this: IsThis
    outer: frozenset[tuple[str, Origin]]
    """As of `Nesting`."""


def place_object(one: Declared, cluster: ClusterName, around: Surroundings) -> tuple[list[Placed], list[Remark]]:
    """One template, or none with the reason."""
    kustomized = one.kind == KUSTOMIZATION
    if one.is_leaving:
        return [], [_not_imported(one, Note((), "is being deleted", "Wait until it is gone, and import again."))]
    for note in flux.refused_in_kustomization(one.manifest) if kustomized else flux.refused_in_release(one.manifest):
        return [], [_not_imported(one, note)]
    locate = flux.locate_kustomization if kustomized else flux.locate_release
    where = locate(one.manifest, around.find, around.is_this)
    if isinstance(where, Note):
        return [], [_not_imported(one, where)]
    if where.wanted is None and not around.files.is_folder(where.folder):
        what = f"its files are in the folder {where.folder} of this repository, which has none"
        return [], [_not_imported(one, Note((), what, "Commit the files, or name another --this-repository."))]
    template, selected, remarks = (_kustomization if kustomized else _release)(one, where, around)
    if template is None and not selected:
        return [], remarks
    return [_placed(one, cluster, template, selected)], [*remarks, *_remarks_about(one)]


def _placed(one: Declared, cluster: ClusterName, template: Manifest | None, selected: tuple[Selected, ...]) -> Placed:
    spec = mapping(one.manifest, "spec")
    creates = get(spec, "install", "createNamespace") is True
    return Placed(
        one.name,
        one.subject,
        one.origin,
        cluster,
        template,
        selected,
        stays=one.kind == KUSTOMIZATION and spec.get("prune") is not True,
        suspended=spec.get("suspend") is True,
        new_namespace=(text(spec, "targetNamespace") or one.namespace) if creates else "",
        depends=tuple(sorted(f"{one.kind} {_named(entry, one)}" for entry in sequence(spec, "dependsOn"))),
    )


def _named(entry: object, one: Declared) -> str:
    return f"{text(entry, 'namespace') or one.namespace}/{text(entry, 'name')}"


def _release(one: Declared, where: Where, around: Surroundings) -> _Made:
    form, place = flux.chart_of(one.manifest), chart_place(where)
    more = says_more(form)
    if sequence(one.manifest, "spec", "valuesFrom") and text(form, "metadata", "namespace") != one.namespace:
        more = [*more, "values from another namespace than that of the release"]
    if place is None:
        more = ["files of another repository"]
    if more or place is None:
        return _kept(one, ", ".join(more), {"releaseName": text(form, "spec", "releaseName")})
    return charted(form, place), (), []


def _kustomization(one: Declared, where: Where, around: Surroundings) -> _Made:
    if where.wanted is not None:
        return _kept(one, "files of another repository")
    if (one.subject, one.origin) in around.outer:
        return _kept(one, "other objects of Flux are in its folder")
    form = flux.kustomize_of(one.manifest, where.folder)
    form = without(form, ("spec", "plain"))
    if more := says_more(form):
        return _kept(one, ", ".join(more))
    if around.files.has(where.folder, NAMES):
        return form, (), []
    if len(form["spec"]) > 1:
        return _kept(one, "changes of a folder without a kustomization")
    objects = objects_in(around.files, where.folder, deep=True)
    if not objects:
        note = Note((), f"no manifest can be read in {where.folder}", "Commit the files, or write a policy by hand.")
        return None, (), [_not_imported(one, note)]
    return None, selected_in(objects, DEFAULT_NAMESPACE), [named_one_by_one(one, where.folder, objects)]


def _kept(one: Declared, reason: str, more: Mapping[str, Any] | None = None) -> _Made:
    """The object itself, without what says where and when it is applied."""
    spec = {name: value for name, value in mapping(one.manifest, "spec").items() if name not in _DROPPED}
    if "install" in spec:
        spec["install"] = {name: value for name, value in mapping(spec, "install").items() if name != "createNamespace"}
    template = {
        "apiVersion": text(one.manifest, "apiVersion"),
        "kind": one.kind,
        "metadata": {"name": one.name, "namespace": one.namespace},
        "spec": {**spec, **(more or {})},
    }
    what = f"a Chart or Kustomize cannot say what it says: {reason}"
    return template, (), [Remark(one.subject, one.origin, what, f"It stays a {one.kind}, {_KEPT}", "Nothing is to be done.")]


def _remarks_about(one: Declared) -> list[Remark]:
    kustomized = one.kind == KUSTOMIZATION
    honoured = flux.KUSTOMIZATION_FIELDS if kustomized else flux.RELEASE_FIELDS
    notes = fields_without_effect(mapping(one.manifest, "spec"), honoured, flux.REMEDIES)
    notes += [] if kustomized else flux.other_meanings(one.manifest)
    return [
        Remark(one.subject, one.origin, note.message.replace(" where the object is expanded here", " here"), _LOST, note.remedy)
        for note in notes
        if not note.message.startswith(_TOLD)
    ]


def _not_imported(one: Declared, note: Note) -> Remark:
    return Remark(one.subject, one.origin, note.message, _NOT_IMPORTED, note.remedy)

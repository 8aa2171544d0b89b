"""An Application → a template on the cluster of its destination. Pure.

What it becomes: where its files are a folder of manifests in this repository, these files are the templates. Of a chart, or of a
kustomization in this repository, a Chart or a Kustomize is made. Where the Application says more than these can, it stays what it
is, without its cluster, and `spec.expand` of the Configuration lists its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.load import argocd
from reconciler.load.kustomization import NAMES
from reconciler.load.not_expanded import Note
from reconciler.load.translation import IsThis, Where
from reconciler.migrate.argocd.counterparts import is_pruned, remarks_about
from reconciler.migrate.argocd.kinds import ARGO, is_of_argo_cd
from reconciler.migrate.argocd.members import find_member
from reconciler.migrate.argocd.sets import MadeApplication
from reconciler.migrate.declared import Declared, RepositoryFiles
from reconciler.migrate.forms import chart_place, charted, says_more
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Member, Placed, Selected
from reconciler.migrate.plain_folder import named_one_by_one, objects_in, selected_in, without_namespace
from reconciler.model.manifest import Manifest, annotations_of, get, mapping, sequence, text, with_value, without

_NOT_IMPORTED = "It is not imported, and what it deployed stays as it is."
_WAVE = "argocd.argoproj.io/sync-wave"
_CHART_FILES = ("Chart.yaml",)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an Application refers to."""

    members: Mapping[str, Member]
    """By their name in Argo CD."""
    files: RepositoryFiles
    is_this: IsThis


@dataclass(frozen=True, slots=True)
class _Made:
    """What the sources of an Application become."""

    template: Manifest | None = None
    selected: tuple[Selected, ...] = ()
    remarks: tuple[Remark, ...] = ()
    is_made: bool = True


def place_application(made: MadeApplication, around: Surroundings) -> tuple[list[Placed], list[Remark]]:
    """One template, or none with the reason."""
    one = made.declared
    destination = mapping(one.manifest, "spec", "destination")
    if one.is_leaving:
        return [], [
            _not_imported(one, "it is being deleted", "Wait until it is gone, or remove its finalizer, and import again.")
        ]
    member = find_member(around.members, destination)
    if member is None:
        where = text(destination, "name") or text(destination, "server") or "no cluster"
        remedy = "Put its cluster Secret among the files (without config), or state --cluster NAME=SERVER."
        return [], [_not_imported(one, f"its destination is {where}, which no cluster Secret declares", remedy)]
    template = _template(one, around)
    if not template.is_made:
        return [], list(template.remarks)
    options = [str(option) for option in sequence(one.manifest, "spec", "syncPolicy", "syncOptions")]
    creates = "CreateNamespace=true" in options
    placed = Placed(
        one.name,
        one.subject,
        one.origin,
        member.name,
        template.template,
        template.selected,
        made.maker,
        made.choice,
        stays=not is_pruned(one),
        new_namespace=text(destination, "namespace") if creates else "",
    )
    return [placed], [*template.remarks, *remarks_about(one, written_by_hand=not made.maker)]


def _template(one: Declared, around: Surroundings) -> _Made:
    manifest = one.manifest
    for note in argocd.refused(manifest):
        return _refusal(one, note)
    located = {place: argocd.locate(manifest, around.is_this, place) for place in argocd.rendered_sources(manifest)}
    for where in located.values():
        if isinstance(where, Note):
            return _refusal(one, where)
        if where.wanted is None and not around.files.is_folder(where.folder):
            what = f"its source is the folder {where.folder} of this repository, which has none"
            return _none(_not_imported(one, what, "Commit the files, or name another --this-repository."))
    if len(argocd.sources_of(manifest)) > 1:
        return _kept(one, "several sources")
    where = located[0]
    if isinstance(where, Where) and where.beside:
        return _kept(one, "files with values outside of the folder of the chart")
    if isinstance(where, Where) and _declares_applications(one, where, around):
        return _of_applications(one)
    return _of_source(one, where, around) if isinstance(where, Where) else _refusal(one, where)


def _of_applications(one: Declared) -> _Made:
    what = "what it deploys are Applications, and perhaps other objects"
    remedy = "Import from the cluster, where these Applications are, and write policies for the other objects."
    consequence = "It is no template: Applications are imported themselves, and only those that are among the objects."
    return _none(Remark(one.subject, one.origin, what, consequence, remedy))


def _declares_applications(one: Declared, where: Where, around: Surroundings) -> bool:
    """Whether a chart or kustomization makes Applications, as far as one can see: expanded on the cluster of this one, they would
    be on a cluster that they do not name."""
    if any(text(each, "group") == ARGO for each in sequence(one.manifest, "status", "resources")):
        return True
    is_built = where.wanted is None and around.files.has(where.folder, NAMES)
    return is_built and any(map(is_of_argo_cd, objects_in(around.files, where.folder, deep=True)))


def _of_source(one: Declared, where: Where, around: Surroundings) -> _Made:
    own = where.wanted is None
    if where.chart or (own and around.files.has(where.folder, _CHART_FILES)):
        place, form = chart_place(where), argocd.chart_of(one.manifest)
        if place is None:
            return _kept(one, "files of another repository")
        more = says_more(form)
        return _kept(one, ", ".join(more)) if more else _Made(charted(form, place))
    if not own:
        return _kept(one, "files of another repository")
    if around.files.has(where.folder, NAMES):
        form = argocd.kustomize_of(one.manifest, where.folder)
        form = without(form, ("spec", "plain"))
        more = says_more(form)
        return _kept(one, ", ".join(more)) if more else _Made(form)
    return _of_plain_folder(one, where.folder, around)


def _of_plain_folder(one: Declared, folder: str, around: Surroundings) -> _Made:
    stated = mapping(one.manifest, "spec", "source", "directory")
    objects = objects_in(around.files, folder, deep=get(stated, "recurse") is True)
    if objects and all(is_of_argo_cd(each) for each in objects):
        what, consequence = "its folder has objects of Argo CD", "It is no template: what it declares is imported itself."
        return _none(Remark(one.subject, one.origin, what, consequence, "Nothing is to be done."))
    others = [each for each in objects if not is_of_argo_cd(each)]
    kept = _kept if len(others) == len(objects) else lambda one, _: _of_applications(one)
    objects = others
    if not objects:
        remedy = "Commit the files, or write a policy by hand."
        return _none(_not_imported(one, f"no manifest can be read in {folder}", remedy))
    if any(name != "recurse" for name in stated) or mapping(one.manifest, "spec", "source", "kustomize"):
        return kept(one, "which files of the folder count, or what changes them")
    if without_namespace(objects):
        return kept(one, "the namespace of objects that state none")
    return _Made(None, selected_in(objects), (named_one_by_one(one, folder, objects),))


def _kept(one: Declared, reason: str) -> _Made:
    """The Application itself, without what says where and how it is synced."""
    sources = [dict(source) for _, source in argocd.sources_of(one.manifest)]
    for place in argocd.rendered_sources(one.manifest):
        if not text(sources[place], "helm", "releaseName"):  # Argo CD takes the name of the Application, and that may change.
            sources[place] = with_value(sources[place], ("helm", "releaseName"), one.name)
    several = bool(sequence(one.manifest, "spec", "sources"))
    namespace = argocd.namespace_of(one.manifest)
    metadata: dict[str, Any] = {"name": one.name, "namespace": one.namespace or "argocd"}
    if wave := annotations_of(one.manifest).get(_WAVE):
        metadata["annotations"] = {_WAVE: wave}
    spec = {**({"sources": sources} if several else {"source": sources[0]}), "destination": {"namespace": namespace}}
    template = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    what = f"a Chart or Kustomize cannot say what it says: {reason}"
    consequence = "It stays an Application, which this program expands (spec.expand); members need no Argo CD."
    return _Made(template, remarks=(Remark(one.subject, one.origin, what, consequence, "Nothing is to be done."),))


def _refusal(one: Declared, note: Note) -> _Made:
    return _none(_not_imported(one, note.message, note.remedy))


def _none(remark: Remark) -> _Made:
    return _Made(remarks=(remark,), is_made=False)


def _not_imported(one: Declared, what: str, remedy: str) -> Remark:
    return Remark(one.subject, one.origin, what, _NOT_IMPORTED, remedy)

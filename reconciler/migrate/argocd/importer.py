"""Objects of Argo CD → the files of a repository, and remarks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.load import argocd
from reconciler.load.not_expanded import fields_without_effect
from reconciler.migrate.argocd.applications import Surroundings, place_application
from reconciler.migrate.argocd.counterparts import ignored_fields, remarks_about_projects
from reconciler.migrate.argocd.kinds import KINDS, is_of_argo_cd
from reconciler.migrate.argocd.members import is_cluster_secret, members_of
from reconciler.migrate.argocd.sets import MadeApplication, applications_of
from reconciler.migrate.configuration import ConfigurationNeeds
from reconciler.migrate.declared import Declared, sorted_declared
from reconciler.migrate.gitops import (
    GitOpsImport,
    GitOpsRequest,
    assemble,
    expanded_kinds,
    files_of,
    sorted_rules,
)
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Placed
from reconciler.model.adoption import Adopted
from reconciler.model.manifest import mapping, text
from reconciler.model.origin import NOWHERE

_ELSEWHERE = ("spec.destination", "spec.syncPolicy", "spec.ignoreDifferences")
"""Fields that `applications.py` and `counterparts.py` tell of."""


def import_argocd(found: Iterable[Declared], request: GitOpsRequest) -> GitOpsImport:
    """found: objects of any kind."""
    own = sorted_declared(one for one in found if is_of_argo_cd(one))
    members, remarks = members_of(filter(is_cluster_secret, own), request.own_cluster, request.clusters)
    declared, twice = _once(one for one in own if one.kind in KINDS)
    applications, more = applications_of(declared, members, request.files, lambda url: request.is_this(url, {}))
    around = Surroundings(members, request.files, request.is_this)
    placed: list[Placed] = []
    remarks += twice + more + remarks_about_projects(declared)
    for made in applications:
        here, told = place_application(made, around)
        placed += here
        remarks += told + (_without_effect(made) if here else [])
    excluded, told = files_of(own, request.files)
    needs = _needs(placed, applications, request, excluded)
    return assemble(placed, members.values(), request, needs, [*remarks, *told])


def _once(found: Iterable[Declared]) -> tuple[list[Declared], list[Remark]]:
    """One object for each name: what the API server has counts, as it is what runs; and a remark about each other one that says
    something else."""
    kept: dict[str, Declared] = {}
    remarks = []
    for one in found:  # Those of the API server come first.
        counts = kept.setdefault(one.subject, one)
        if mapping(counts.manifest, "spec") != mapping(one.manifest, "spec"):
            where = str(counts.origin) if counts.origin != NOWHERE else "the API server"
            remedy = "Import what each Argo CD has by itself: --from FOLDER --own-cluster NAME --into FOLDER."
            remarks.append(Remark(one.subject, one.origin, f"{where} declares another one with this name", _NOT_COUNTED, remedy))
    return list(kept.values()), remarks


_NOT_COUNTED = "The other one is imported, and this one is not."


def _needs(
    placed: Sequence[Placed], applications: Iterable[MadeApplication], request: GitOpsRequest, excluded: tuple[str, ...]
) -> ConfigurationNeeds:
    names = {one.subject for one in placed}
    imported = [one.declared for one in applications if one.declared.subject in names]
    rules = sorted_rules(rule for one in imported for rule in ignored_fields(one))
    expand = expanded_kinds(placed)
    return ConfigurationNeeds(Adopted.ARGO_CD, expand, excluded, rules, _own_url(placed, request) if expand else "")


def _own_url(placed: Iterable[Placed], request: GitOpsRequest) -> str:
    """The URL by which an Application that stays one names this repository."""
    for one in placed:
        if one.template is not None and text(one.template, "kind") == "Application":
            for _, source in argocd.sources_of(one.template):
                if request.is_this(text(source, "repoURL"), {}):
                    return text(source, "repoURL")
    return ""


def _without_effect(made: MadeApplication) -> list[Remark]:
    """Fields that nothing here reads; of an Application that an ApplicationSet made, they are told once, for that."""
    one = made.declared
    subject = made.maker or one.subject
    return [
        Remark(subject, one.origin, note.message.replace(" where the object is expanded here", " here"), _LOST, note.remedy)
        for note in fields_without_effect(mapping(one.manifest, "spec"), argocd.FIELDS, argocd.REMEDIES)
        if not note.message.startswith(_ELSEWHERE)
    ]


_LOST = "What it asks for is not done."

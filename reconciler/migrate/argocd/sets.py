"""An ApplicationSet → its Applications. Pure.

Where the API server has the Applications that it made, these count: they are what runs. From files, its generators are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.load.value_paths import merged
from reconciler.migrate.argocd.generators import GeneratorError, World, generate
from reconciler.migrate.argocd.go_template import TemplateError
from reconciler.migrate.argocd.path_globs import BadGlobError
from reconciler.migrate.argocd.set_template import filler
from reconciler.migrate.declared import Declared, RepositoryFiles
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Choice, Member
from reconciler.model.manifest import get, mapping, sequence, text

_NOTHING_IMPORTED = "None of its Applications are imported, and what they deployed stays as it is."
_APPLICATION = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}


@dataclass(frozen=True, slots=True)
class MadeApplication:
    """One Application, and how it came to be."""

    declared: Declared
    maker: str = ""
    """The subject of the ApplicationSet."""
    choice: Choice | None = None


def applications_of(
    found: Iterable[Declared], members: Mapping[str, Member], files: RepositoryFiles, is_this: Callable[[str], bool]
) -> tuple[list[MadeApplication], list[Remark]]:
    """All Applications: those that somebody wrote, and those of ApplicationSets."""
    found = list(found)
    sets = {(one.namespace, one.name): one for one in found if one.kind == "ApplicationSet"}
    made: list[MadeApplication] = []
    running = set()
    for one in found:
        if one.kind == "Application":
            owner = sets.get((one.namespace, _owner(one)))
            running.add((owner.namespace, owner.name) if owner else None)
            choice = _choice(owner, members, files, is_this) if owner else None
            made.append(MadeApplication(one, owner.subject if owner else "", choice))
    remarks: list[Remark] = []
    for key in sorted(sets):
        remarks += _remarks(sets[key])
        if key in running:
            continue
        try:
            made += _made_by(sets[key], members, files, is_this)
        except (GeneratorError, TemplateError, BadGlobError) as error:
            remedy = error.remedy if isinstance(error, GeneratorError) else "Import from the cluster, or write a policy by hand."
            what = error.message if isinstance(error, GeneratorError) else f"its template {error}"
            what = str(error) if isinstance(error, BadGlobError) else what
            remarks.append(Remark(sets[key].subject, sets[key].origin, what, _NOTHING_IMPORTED, remedy))
    return made, remarks


def _choice(
    one: Declared, members: Mapping[str, Member], files: RepositoryFiles, is_this: Callable[[str], bool]
) -> Choice | None:
    """How the set chose the clusters of Applications that run already: by labels, if its only generator does nothing else."""
    generators = sequence(one.manifest, "spec", "generators")
    if len(generators) != 1 or not isinstance(generators[0], Mapping) or set(generators[0]) != {"clusters"}:
        return None
    world = World(one.subject, members, files, is_this, get(one.manifest, "spec", "goTemplate") is True, filler(one.manifest))
    try:
        generated = generate(generators[0], world)
    except (GeneratorError, TemplateError):
        return None
    return generated[0].choice if generated else None


def _owner(one: Declared) -> str:
    owners = sequence(one.manifest, "metadata", "ownerReferences")
    return next((text(owner, "name") for owner in owners if text(owner, "kind") == "ApplicationSet"), "")


def _made_by(
    one: Declared, members: Mapping[str, Member], files: RepositoryFiles, is_this: Callable[[str], bool]
) -> list[MadeApplication]:
    fill = filler(one.manifest)
    world = World(one.subject, members, files, is_this, get(one.manifest, "spec", "goTemplate") is True, fill)
    if get(one.manifest, "spec", "templatePatch"):
        raise GeneratorError("has a templatePatch", "Import from the cluster, where the Applications that it made are.")
    made: dict[str, MadeApplication] = {}
    for generator in sequence(one.manifest, "spec", "generators"):
        template = mapping(one.manifest, "spec", "template")
        inner = mapping(generator, *[name for name in generator if name not in ("selector", "template")][:1], "template")
        template = merged(merged(template, inner), mapping(generator, "template"))
        for generated in generate(generator, world):
            application = _filled(one, fill(template, generated.parameters))
            if application.name in made:
                what = f"makes two Applications with the name {application.name}, and Argo CD then makes none of both"
                raise GeneratorError(what, "Correct its template, or import from the cluster.")
            made[application.name] = MadeApplication(application, one.subject, generated.choice)
    return [made[name] for name in sorted(made)]


def _filled(one: Declared, template: Mapping[str, Any]) -> Declared:
    metadata = {**mapping(template, "metadata"), "namespace": one.namespace}
    return Declared({**_APPLICATION, "metadata": metadata, "spec": mapping(template, "spec")}, one.origin)


def _remarks(one: Declared) -> list[Remark]:
    """What an ApplicationSet says itself."""
    found = []
    if text(one.manifest, "spec", "strategy", "type") == "RollingSync":
        what = "spec.strategy is RollingSync"
        remedy = "Write spec.rollout in the policies (docs/how-to/roll-out.md)."
        found.append(Remark(one.subject, one.origin, what, "A change reaches all clusters at once here.", remedy))
    if one.manifest.get("spec") and get(one.manifest, "spec", "syncPolicy", "preserveResourcesOnDeletion") is not True:
        remedy = (
            "Before you delete it, set spec.syncPolicy.preserveResourcesOnDeletion: true, and wait until its Applications have no"
            " finalizer any more."
        )
        consequence = "Argo CD deletes its Applications with it, and with their finalizer all that they deployed."
        found.append(Remark(one.subject, one.origin, "it owns its Applications", consequence, remedy))
    return found

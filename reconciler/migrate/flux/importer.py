"""Objects of Flux → the files of a repository, and remarks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.documents.writer import dump
from reconciler.load.flux import SOURCE_KINDS, SOURCES_GROUP
from reconciler.load.not_expanded import Note
from reconciler.load.translation import FindSource, own_namespace
from reconciler.migrate.configuration import ConfigurationNeeds
from reconciler.migrate.declared import Declared, declared_in, sorted_declared
from reconciler.migrate.flux.members import cluster_of, shared_names
from reconciler.migrate.flux.nested import KUSTOMIZATION, KUSTOMIZATIONS, RELEASE, RELEASES, Nesting, nesting_of
from reconciler.migrate.flux.objects import Surroundings, place_object
from reconciler.migrate.gitops import GitOpsImport, GitOpsRequest, assemble, expanded_kinds, files_of
from reconciler.migrate.imported import ImportedFile, Remark
from reconciler.migrate.placed import Member, Placed
from reconciler.model.adoption import Adopted
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, labels_of, mapping, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.wording import first_few

TOOLKIT = ".toolkit.fluxcd.io"


def is_of_flux(one: Declared) -> bool:
    """Whether an importer of Flux looks at it."""
    return one.group.endswith(TOOLKIT) or one.group == "fluxcd.controlplane.io"


def _is_part_of_flux(one: Declared) -> bool:
    """Whether it is one of the objects that Flux itself consists of, as `flux install` writes them."""
    return labels_of(one.manifest).get("app.kubernetes.io/part-of") == "flux"


def import_flux(found: Iterable[Declared], request: GitOpsRequest) -> GitOpsImport:
    """found: objects of any kind."""
    found = list(found)
    own = sorted_declared(filter(is_of_flux, found))
    parts = [one for one in found if not is_of_flux(one) and _is_part_of_flux(one)]
    objects = [one for one in own if (one.group, one.kind) in ((KUSTOMIZATIONS, KUSTOMIZATION), (RELEASES, RELEASE))]
    sources = [one for one in own if one.group == SOURCES_GROUP and one.kind in SOURCE_KINDS]
    find = _finder(sources)
    nesting = nesting_of(objects, request.files, find, request.is_this)
    around = Surroundings(request.files, find, request.is_this, nesting.outer)
    placed: list[Placed] = []
    remarks = [
        *map(_of_root, nesting.roots),
        *_of_other_kinds(own, sources),
        *_beside_flux(nesting, request),
        *shared_names(objects),
    ]
    remarks += [*_named_alike(sources), *_of_this_repository(sources, request)]
    for one in nesting.own:
        cluster = cluster_of(one, request.own_cluster, request.clusters)
        here, told = place_object(one, cluster, around)
        placed += here
        remarks += told
    placed, told = _once(placed)
    remarks += told
    excluded, told = files_of([*_replaced(own, nesting), *parts], request.files)
    members = _members(placed, request)
    beside = _sources_beside(placed, sources, request) if expanded_kinds(placed) else ([], "")
    expand = expanded_kinds(placed)
    if nesting.outer:  # What is inside of an outer one has to be expanded, whatever it is.
        expand = tuple(sorted({*expand, KUSTOMIZATION, RELEASE}))
    needs = ConfigurationNeeds(Adopted.FLUX, expand, excluded, (), beside[1])
    return assemble(placed, members, request, needs, [*remarks, *told], beside[0])


def _once(placed: Iterable[Placed]) -> tuple[list[Placed], list[Remark]]:
    """Without objects that two files declare for the same cluster, and a remark about each that says something else."""
    found: dict[tuple[str, str], Placed] = {}
    remarks = []
    for one in placed:
        counts = found.setdefault((one.subject, one.cluster), one)
        if (counts.template, counts.selected) != (one.template, one.selected):
            what = f"{_place(counts.origin)} declares another one with this name for {one.cluster}"
            remarks.append(
                Remark(one.subject, one.origin, what, _NOT_COUNTED, "Name the folder of each cluster: --cluster NAME=FOLDER.")
            )
    return [found[name] for name in sorted(found)], remarks


_NOT_COUNTED = "The other one counts, and this one does not."


def _named_alike(sources: Iterable[Declared]) -> list[Remark]:
    """A remark about each source that is another one than that of its name which counts for all clusters."""
    first: dict[tuple[str, str], Declared] = {}
    remarks = []
    for one in sources:
        counts = first.setdefault((one.subject, own_namespace(one.manifest)), one)
        if _spec(counts) != _spec(one):
            what = f"{_place(counts.origin)} declares another one with this name"
            remedy = "Give one of the two another name, and import again."
            remarks.append(Remark(one.subject, one.origin, what, _NOT_COUNTED, remedy))
    return remarks


def _of_this_repository(sources: Iterable[Declared], request: GitOpsRequest) -> list[Remark]:
    """What a GitRepository says about files of this repository that has another meaning here, or none."""
    remarks = []
    for one in sources:
        if one.kind != "GitRepository" or not request.is_this(text(one.manifest, "spec", "url"), one.manifest):
            continue
        ref = mapping(one.manifest, "spec", "ref")
        if others := {name: value for name, value in ref.items() if (name, value) not in _USUAL}:
            what = f"its ref is {', '.join(f'{name} {value}' for name, value in sorted(others.items()))}"
            consequence = "Of this repository, the files of the revision that is synced count, for all clusters."
            remedy = "Compare both revisions before you take over: git diff."
            remarks.append(Remark(one.subject, one.origin, what, consequence, remedy))
        for name in ("ignore", "include", "sparseCheckout"):
            if get(one.manifest, "spec", name):
                remedy = "Remove the files that do not count, or list them in spec.exclude of the Configuration."
                what = f"spec.{name} says which files count"
                remarks.append(Remark(one.subject, one.origin, what, "Here all files of a folder count.", remedy))
    return remarks


_USUAL = (("branch", "main"), ("branch", "master"))


def _place(origin: Origin) -> str:
    return str(origin) if origin != NOWHERE else "the API server"


def _beside_flux(nesting: Nesting, request: GitOpsRequest) -> list[Remark]:
    """What a Kustomization that is no template deploys beside the objects of Flux."""
    remarks = []
    for root, path in nesting.beside:
        others = [
            one for one in declared_in(path, request.files.contents[path]) if not is_of_flux(one) and not _is_part_of_flux(one)
        ]
        if others := [one for one in others if one.kind != KUSTOMIZATION]:
            what = f"it deploys {path}, too: {first_few([one.subject for one in others], _NAMED)}"
            consequence = "These are templates that no policy places, and what is deployed stays as it is."
            remedy = "Write a policy that selects them."
            remarks.append(Remark(root.subject, root.origin, what, consequence, remedy))
    return remarks


_NAMED = 5


def _replaced(own: Iterable[Declared], nesting: Nesting) -> list[Declared]:
    """The objects that the import replaces: all, but those that a Kustomization builds, which stay in its folder."""
    kept = {(one.subject, one.origin) for one in (*nesting.own, *nesting.roots)}
    replaced = [one for one in own if one.group not in (KUSTOMIZATIONS, RELEASES) or (one.subject, one.origin) in kept]
    return [one for one in replaced if one.origin.file not in nesting.files]


def _members(placed: Iterable[Placed], request: GitOpsRequest) -> list[Member]:
    names = {one.cluster for one in placed} | {ClusterName(name) for name in request.clusters}
    return [Member(name) for name in sorted(names)]


def _finder(sources: Sequence[Declared]) -> FindSource:
    def find(kind: str, namespace: str, name: str) -> Manifest | Note:
        for one in sources:
            if (one.kind, own_namespace(one.manifest), one.name) == (kind, namespace, name):
                return one.manifest
        return Note((), f"names {kind} {namespace}/{name}, which is not among the objects", "Add it to the files.")

    return find


def _sources_beside(
    placed: Iterable[Placed], sources: Iterable[Declared], request: GitOpsRequest
) -> tuple[list[ImportedFile], str]:
    """The sources that objects which stay refer to, in a file of their own; and the URL of this repository among them."""
    named = {name for one in placed if one.template for name in _named_sources(one.template)}
    kept: dict[tuple[str, str, str], Mapping[str, object]] = {}
    url = ""
    for one in sources:
        name = (one.kind, own_namespace(one.manifest), one.name)
        if name not in named or name in kept:
            continue
        metadata = {"name": one.name, "namespace": one.namespace} if one.namespace else {"name": one.name}
        kept[name] = {"apiVersion": text(one.manifest, "apiVersion"), "kind": one.kind, "metadata": metadata, "spec": _spec(one)}
        if one.kind == "GitRepository" and request.is_this(text(one.manifest, "spec", "url"), one.manifest):
            url = text(one.manifest, "spec", "url")
    documents = [dump(kept[name]) for name in sorted(kept)]
    return ([ImportedFile(f"{request.into}/sources.yaml", "---\n".join(documents))] if documents else []), url


def _spec(one: Declared) -> Mapping[str, object]:
    """Without what names credentials: they are in the folder of --source-credentials."""
    hidden = ("secretRef", "certSecretRef", "proxySecretRef", "serviceAccountName", "suspend")
    return {name: value for name, value in mapping(one.manifest, "spec").items() if name not in hidden}


def _named_sources(template: Manifest) -> list[tuple[str, str, str]]:
    spec = mapping(template, "spec")
    references = [mapping(spec, "sourceRef"), mapping(spec, "chartRef"), mapping(spec, "chart", "spec", "sourceRef")]
    own = own_namespace(template)
    return [(text(one, "kind"), text(one, "namespace") or own, text(one, "name")) for one in references if one]


def _of_root(one: Declared) -> Remark:
    what, consequence = "it reads objects of Flux", "It is no template: what it declares is imported itself."
    remedy = "Suspend it first when you turn Flux off (flux suspend kustomization), or it writes the objects again."
    return Remark(one.subject, one.origin, what, consequence, remedy)


def _of_other_kinds(own: Iterable[Declared], sources: Sequence[Declared]) -> list[Remark]:
    """What is neither a Kustomization, a HelmRelease nor a source that is read."""
    remarks = []
    for one in own:
        if one.group == SOURCES_GROUP and one.kind == "Bucket":
            remedy = "Put its files into a Git repository or a registry."
            remarks.append(Remark(one.subject, one.origin, "buckets are not read", "What refers to it is not imported.", remedy))
        elif one.group not in (KUSTOMIZATIONS, RELEASES, SOURCES_GROUP):
            consequence, remedy = _INSTEAD.get(one.group, ("It has no effect here.", "Remove it when Flux is gone."))
            remarks.append(Remark(one.subject, one.origin, f"{one.kind} is not read", consequence, remedy))
    secrets = [one for one in sources if get(one.manifest, "spec", "secretRef")]
    remarks += [Remark(one.subject, one.origin, "it names a Secret", _CREDENTIAL, _CREDENTIALS) for one in secrets]
    return remarks


_CREDENTIAL = "Credentials are not imported."
_CREDENTIALS = "Give the credential to this program by --source-credentials, or that of this repository by --git-credentials."
_INSTEAD: Mapping[str, tuple[str, str]] = {
    "notification.toolkit.fluxcd.io": (
        "Nobody is told by it about what happens here.",
        "Notifications and webhooks have options of `run` (docs/how-to/notifications.md, docs/how-to/webhooks.md).",
    ),
    "image.toolkit.fluxcd.io": (
        "Images are not updated by it.",
        "Write an ImagePolicy of ours (docs/how-to/image-updates.md).",
    ),
}

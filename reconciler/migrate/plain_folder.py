"""A folder of manifests that the other tool deploys as they are: its files are templates here, and a policy names them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.load.scope import Scope, scope_of
from reconciler.migrate.declared import Declared, RepositoryFiles, declared_in
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Selected
from reconciler.model.manifest import gvk_of
from reconciler.model.wording import plural


def objects_in(files: RepositoryFiles, folder: str, *, deep: bool) -> list[Declared]:
    """All objects of a folder, in the order of its files."""
    return [one for path in files.manifests(folder, deep=deep) for one in declared_in(path, files.contents[path])]


def without_namespace(objects: Iterable[Declared]) -> list[Declared]:
    """Objects that state no namespace, and are not known to be cluster-scoped."""
    return [one for one in objects if not one.namespace and scope_of(one.group, one.kind) is not Scope.CLUSTER]


def selected_in(objects: Iterable[Declared], namespace: str = "") -> tuple[Selected, ...]:
    """namespace: of objects that state none."""
    found = {
        Selected(_namespace(one, namespace), gvk_of(one.manifest).api_version, one.kind, one.name)
        for one in objects
        if one.group or one.kind != "List"
    }
    return tuple(sorted(found))


def _namespace(one: Declared, namespace: str) -> str:
    return "" if scope_of(one.group, one.kind) is Scope.CLUSTER else one.namespace or namespace


def named_one_by_one(one: Declared, folder: str, objects: Iterable[Declared]) -> Remark:
    """one: the object of the other tool that deploys the folder."""
    what = f"a policy names {plural(len(list(objects)), 'object')} one by one, those in {folder or 'the repository'}"
    consequence = "An object in a new file there is placed nowhere (`validate` warns: Unclaimed)."
    remedy = "Name it in the policy, too, or let the policy select by labels."
    return Remark(one.subject, one.origin, what, consequence, remedy)

"""Rules of an inventory that share a name, or ask for what their source does not have: in a Configuration alone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.cluster_inventory import Source
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.label_syntax import key_problem
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def find_inventory_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """Empty for other kinds than Configuration."""
    if (gvk.group, gvk.kind) != ("reconciler.dev", "Configuration"):
        return []
    names: set[str] = set()
    found: list[Violation] = []
    for index, rule in enumerate(sequence(document, "spec", "inventory", "rules")):
        path: tuple[str | int, ...] = ("spec", "inventory", "rules", index)
        found += _of_rule(rule, path)
        name = text(rule, "name")
        if name in names:
            message, remedy = f"there are two rules with the name {name}", "Give each rule a name of its own."
            found.append(_error((*path, "name"), "DuplicateRule", message, remedy))
        names.add(name)
    return found


def _of_rule(rule: Manifest, path: tuple[str | int, ...]) -> Iterator[Violation]:
    name, source = text(rule, "name"), text(rule, "source")
    if source == Source.CLUSTER_PROFILE and text(rule, "kubeconfig"):
        # Its program would get a credential for whatever server another cluster names.
        message = f"rule {name} reads ClusterProfiles of another host cluster than that of the process"
        remedy = "Remove kubeconfig, and run the process with that host cluster. A rule for ClusterAPI may name one."
        yield _error((*path, "kubeconfig"), "ForeignClusterProfile", message, remedy)
    for field in ("provider", "region", "zone"):
        if source == Source.CLUSTER_API and get(rule, field, "property") is not None:
            message = f"rule {name} wants {field} from a property, which only a ClusterProfile has"
            yield _error((*path, field, "property"), "NoProperties", message, "Name a label in its place.")
    for key in sorted(mapping(rule, "labels")):
        if problem := key_problem(key):
            yield _error((*path, "labels", key), "InvalidLabel", f"rule {name}: {problem}", "Correct the key.")


def _error(path: tuple[str | int, ...], reason: str, message: str, remedy: str) -> Violation:
    return Violation(path, Severity.ERROR, reason, message, remedy)

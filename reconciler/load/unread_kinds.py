"""Kinds of a Karmada control plane that have no effect in a repository: what each is, and what to do with its file.

Two sorts. Karmada's controllers **make** Works and bindings out of templates and policies; an export of everything has them, and
they come to nothing here, because each pass decides afresh from the same templates and policies. Others **configure** programs of
Karmada that do not run here. Each file is a warning at its line; nothing in it is read, and nothing that members hold changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model.issues import Issue, warning
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few

_OF_A_MEMBER = "karmada-es-"
"""With the name of a member, the namespace of its Works (Karmada: ExecutionSpace)."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class UnreadKind:
    """One kind without effect."""

    why: str
    """The reason, as a clause in "… has no effect: REASON"."""
    remedy: Callable[[Manifest], str]
    """Of one object in a file, as sentences."""
    instead: str = "Nothing is to be done."
    """The same for an object of Karmada's API server that is not imported."""


def issue_of(gvk: GroupVersionKind, manifest: Manifest, origin: Origin) -> Issue | None:
    """The warning about an object of one of these kinds; None for other kinds."""
    kind = UNREAD_KINDS.get((gvk.group, gvk.kind))
    if kind is None:
        return None
    return warning("NotActedOn", f"{gvk.kind} has no effect: {kind.why}", kind.remedy(manifest), origin=origin)


def is_unread(gvk: GroupVersionKind) -> bool:
    return (gvk.group, gvk.kind) in UNREAD_KINDS


def _always(remedy: str) -> Callable[[Manifest], str]:
    return lambda manifest: remedy


def _instead_of_a_work(work: Manifest) -> str:
    """A Work that somebody wrote by hand sends its manifests to one member."""
    manifests = [_named(one) for one in sequence(work, "spec", "workload", "manifests") if isinstance(one, dict)]
    namespace = text(work, "metadata", "namespace")
    what = first_few([name for name in manifests if name], _MOST_NAMED) or "its manifests"
    where = namespace.removeprefix(_OF_A_MEMBER) if namespace.startswith(_OF_A_MEMBER) else "the member"
    return (
        "Remove the file: templates and policies come to the same. Only if somebody wrote it by hand, commit "
        f"{what} as a template, with a policy that places it on {where}."
    )


def _instead_of_a_binding(binding: Manifest) -> str:
    name = _named(mapping(binding, "spec", "resource"), name="name") or "its template"
    return (
        f"Remove the file, and commit {name} and the policy that selects it, if they are not in the repository. "
        "`reconciler explain` shows where an object goes, and why."
    )


def _named(reference: Manifest, name: str = "") -> str:
    """`Deployment shop/web`; empty where a part is missing. name: the field, for a reference without metadata."""
    holder = reference if name else mapping(reference, "metadata")
    kind, called, namespace = text(reference, "kind"), text(holder, "name"), text(holder, "namespace")
    return f"{kind} {namespace}/{called}".replace(" /", " ") if kind and called else ""


_LEAVE_OUT = "Remove the file, or leave it out with spec.exclude of the Configuration."
_BINDING = UnreadKind(
    "Karmada's controllers make it, one for each template that a policy selects; here, each pass decides from the policies, and "
    "the status branch has a record",
    _instead_of_a_binding,
)

UNREAD_KINDS: Mapping[tuple[str, str], UnreadKind] = {
    ("work.karmada.io", "Work"): UnreadKind(
        "Karmada's controllers make it, one for each object and member; here, each pass renders that from templates and policies",
        _instead_of_a_work,
    ),
    ("work.karmada.io", "ResourceBinding"): _BINDING,
    ("work.karmada.io", "ClusterResourceBinding"): _BINDING,
    ("policy.karmada.io", "ReplicaSchedulingPolicy"): UnreadKind(
        "Karmada does not have this kind any more",
        _always("Write spec.placement.replicaScheduling in the PropagationPolicy of the workload, and remove the file."),
        "Write spec.placement.replicaScheduling in the PropagationPolicy of the workload.",
    ),
    ("networking.karmada.io", "MultiClusterIngress"): UnreadKind(
        "it is checked as an Ingress, and left to the controller of your load balancer",
        _always("Keep the file if that controller reads it from the repository; else remove it."),
        "Commit it if that controller reads it from the repository.",
    ),
    ("search.karmada.io", "ResourceRegistry"): UnreadKind(
        "it configures karmada-search, which caches objects of members; nothing is cached here",
        _always("Remove the file. `reconciler get` lists objects of all members."),
        "Use `reconciler get`, which lists objects of all members.",
    ),
    ("config.karmada.io", "ResourceInterpreterWebhookConfiguration"): UnreadKind(
        "this program interprets kinds itself, and asks no webhook",
        _always("Write the same rules in Lua in a ResourceInterpreterCustomization, and remove the file."),
        "Write the same rules in Lua in a ResourceInterpreterCustomization before the first sync.",
    ),
    ("config.karmada.io", "KarmadaInitConfig"): UnreadKind("it is read by `karmadactl init`", _always(_LEAVE_OUT)),
    ("operator.karmada.io", "Karmada"): UnreadKind(
        "it asks Karmada's operator for a control plane, which this program does not need",
        _always("Remove the file. To run the program in a cluster, use `reconciler install` or the chart."),
    ),
}
"""(group, kind) → the kind; in every version."""

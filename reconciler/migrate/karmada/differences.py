"""What of a Karmada control plane has no counterpart here, or another one, as remarks. Pure.

Why a kind of Karmada has no effect is said in one place, `load/unread_kinds.py`; docs/karmada.md says it for all kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reconciler.load.schemas import karmada
from reconciler.load.unread_kinds import UNREAD_KINDS, is_unread
from reconciler.migrate.imported import Remark
from reconciler.migrate.karmada.control_plane import BINDINGS, ControlPlane, bound_key
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, gvk_of, key_of, mapping, sequence, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.wording import first_few


def kind_remarks(control: ControlPlane) -> Iterator[Remark]:
    """About objects of kinds that this program does not read. Bindings become recorded decisions."""
    known = {(gvk.group, gvk.kind) for gvk in karmada.known_kinds()}
    for one in control.of_karmada():
        gvk, name = gvk_of(one), str(key_of(one))
        if gvk.kind in BINDINGS:
            continue
        if is_unread(gvk):
            kind = UNREAD_KINDS[gvk.group, gvk.kind]
            yield Remark(name, NOWHERE, f"has no effect here: {kind.why}", "It is not imported.", kind.instead)
        elif (gvk.group, gvk.kind) not in known:
            remedy = "Keep a copy of it, and look whether a newer version of this program reads the kind."
            yield Remark(name, NOWHERE, "is of a kind that this version does not know", "It is not imported.", remedy)
        elif gvk.kind == "MultiClusterService":
            yield Remark(
                name,
                NOWHERE,
                "has EndpointSlices in the members that Karmada copied",
                "They stay until they are removed, and are not updated any more. New ones are written beside them.",
                "When `reconciler doctor` finds no fault, delete the slices with the label karmada.io/managed in the members.",
            )


def cluster_remarks(control: ControlPlane) -> Iterator[Remark]:
    """About members: how each gets a credential, and what of its Cluster is left out."""
    for one in control.of_karmada():
        if one["kind"] != "Cluster":
            continue
        subject = str(key_of(one))
        if text(one, "spec", "syncMode") == "Pull":
            yield Remark(
                subject,
                NOWHERE,
                "is a Pull member, which Karmada's agent keeps",
                "Nothing is written to it before it has an agent of ours.",
                "Run `reconciler register NAME`, and scale its karmada-agent to 0.",
            )
        else:
            yield Remark(
                subject,
                NOWHERE,
                "is imported without the address and the credential of Karmada",
                "Nothing is written to it before it has joined.",
                "Run `reconciler join NAME --kubeconfig FILE`.",
            )
        if "@" in text(one, "spec", "proxyURL") or mapping(one, "spec", "proxyHeader"):
            remedy = "Write spec.proxyURL without a password, and let the proxy know the process in another way."
            yield Remark(subject, NOWHERE, "has a proxy with a credential", "It would be in Git, so it is left out.", remedy)


def binding_remarks(control: ControlPlane) -> Iterator[Remark]:
    """About decisions that are under way, or that another controller holds up."""
    for one in control.bindings():
        subject = str(bound_key(one))
        evicted = sorted(text(task, "fromCluster") for task in sequence(one, "spec", "gracefulEvictionTasks"))
        if evicted:
            yield Remark(
                subject,
                NOWHERE,
                f"is leaving {first_few(evicted, 3)}",
                "Karmada would delete the copy there when the new one runs. Here nobody does.",
                "Wait until Karmada has moved it, and import again.",
            )
        if get(one, "spec", "suspension", "scheduling") is True:
            yield Remark(
                subject,
                NOWHERE,
                "waits for a queue of another controller (spec.suspension.scheduling of its binding)",
                "No policy has this field, so it is scheduled at once.",
                "Leave the object out until the queue has let it go, or suspend it: `reconciler suspend`.",
            )
        if mapping(one, "spec", "placement") and not placements_of(one):
            yield Remark(
                subject,
                NOWHERE,
                "is on no cluster",
                "Karmada found no place for it. Here it is placed as soon as a cluster fits.",
                "Look at `reconciler explain` before the first sync.",
            )


def placements_of(binding: Manifest) -> list[str]:
    """The clusters of a binding, own and required, sorted."""
    required = [item for one in sequence(binding, "spec", "requiredBy") for item in sequence(one, "clusters")]
    return sorted({text(item, "name") for item in (*sequence(binding, "spec", "clusters"), *required)})


def gone_remarks(control: ControlPlane, declared: Mapping[ResourceKey, str], namespaces: Collection[str]) -> Iterator[Remark]:
    """About files as an import names them, whose objects Karmada does not have, or has no more. They are not deleted: somebody
    may have written them. A kind that was not listed, and a namespace that was not asked for, say nothing; nor do members.

    declared: the file of each of these objects. namespaces: as of `read_control_plane`.
    """
    there = {key_of(one) for one in control.objects}
    silent = {(gvk.group, gvk.kind) for gvk in control.unread}
    for key, file in sorted(declared.items()):
        is_told = key.kind != "Cluster" and not {(key.group, key.kind), (key.group, "*")} & silent
        if key not in there and is_told and (not namespaces or key.namespace in namespaces):
            yield Remark(
                str(key),
                Origin(file, 1),
                "is declared here, and Karmada does not have it",
                "The file stays, and a sync follows it.",
                "Delete the file if the object was deleted in Karmada.",
            )

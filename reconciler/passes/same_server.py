"""Members that are one API server under two names. Each would prune and overwrite what the other one places there.

A wrong kubeconfig is the usual cause. The server tells (`Discovery.id`), so addresses and credentials do not count. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model.keys import ClusterName


def find_same_servers(
    now: Mapping[ClusterName, str], recorded: Mapping[ClusterName, str], pulled: Collection[ClusterName] = ()
) -> dict[ClusterName, str]:
    """The members that are refused, and why. Of several names for one server, the one stays under which it was recorded, else the
    first; one that answered itself comes before one of which an agent reports.

    now: the ids of the members that answered. recorded: those that were recorded of all declared members. A member that does not
    answer counts with that one: it is not the other one because it is silent. A member without an id is not in question.
    pulled: those that agents keep. Their refusals do not begin with the name.
    """
    answers = {name: one for name, one in now.items() if one}
    ids = {name: one for name, one in {**recorded, **answers}.items() if one}
    owners: dict[str, ClusterName] = {}
    for name in sorted(ids, key=lambda one: (recorded.get(one) != ids[one], one in pulled, one)):
        owners.setdefault(ids[name], name)
    refused = {name: owners[one] for name, one in sorted(ids.items()) if owners[one] != name}
    return {name: _refusal_of_report(owner) if name in pulled else _refusal(name, owner) for name, owner in refused.items()}


def _refusal(name: ClusterName, owner: ClusterName) -> str:
    return (
        f"{name}: this cluster is a member already, as {owner} (their namespaces kube-system have one uid), so nothing is read "
        f"or written under the name {name}\n  Correct its credential: reconciler join {name} --kubeconfig FILE --context NAME. "
        "Or remove one of the two Cluster files."
    )


def _refusal_of_report(owner: ClusterName) -> str:
    return (
        f"its agent keeps a cluster that is a member already, as {owner} (their namespaces kube-system have one uid), so nothing "
        "that it reports is used. Start the agent in the right cluster, or remove one of the two Cluster files"
    )

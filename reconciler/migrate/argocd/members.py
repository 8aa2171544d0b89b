"""The clusters that Argo CD knows: Secrets with the label `argocd.argoproj.io/secret-type: cluster`. Pure.

Read are the name, the server, the project, labels and annotations. The credentials (`config`) are not looked at.

Source: argo-cd, docs/operator-manual/declarative-setup.md (Clusters), util/db/cluster.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping

from reconciler.migrate.declared import Declared, labels_without
from reconciler.migrate.imported import Remark
from reconciler.migrate.placed import Member, cluster_name, distinct_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, annotations_of, labels_of, text

KIND_LABEL = "argocd.argoproj.io/secret-type"
CLUSTER_SECRETS = f"{KIND_LABEL}=cluster"
"""As a label selector."""
OWN_SERVER = "https://kubernetes.default.svc"
OWN_NAME = "in-cluster"
_OF_ARGO = ("argocd.argoproj.io/", "kubectl.kubernetes.io/", "managed-fields.", "app.kubernetes.io/managed-by")


def is_cluster_secret(one: Declared) -> bool:
    return one.kind == "Secret" and labels_of(one.manifest).get(KIND_LABEL) == "cluster"


def members_of(found: Iterable[Declared], own: str, named: Mapping[str, str]) -> tuple[dict[str, Member], list[Remark]]:
    """The clusters by the name that Argo CD gives them, and a remark about each whose name a Cluster cannot have.

    own: the name of the Cluster that Argo CD runs in. named: name → server of clusters that no Secret declares.
    """
    members: dict[str, Member] = {}
    remarks = []
    for secret in found:
        server = _value(secret.manifest, "server").rstrip("/")
        name = own if server == OWN_SERVER else _value(secret.manifest, "name") or server
        key = OWN_NAME if server == OWN_SERVER else _value(secret.manifest, "name") or server
        short = cluster_name(name)
        if any(one.name == short for other, one in members.items() if other != key):
            short = distinct_name(name)
        if short != name:
            what, consequence = f"its name is {name}", f"The Cluster is called {short}."
            remarks.append(Remark(secret.subject, secret.origin, what, consequence, "Use that name in policies and commands."))
        labels = labels_without(labels_of(secret.manifest), _OF_ARGO)
        annotations = labels_without(annotations_of(secret.manifest), ("kubectl.kubernetes.io/", "managed-by"))
        project = _value(secret.manifest, "project")
        members[key] = Member(short, server, labels, annotations, project, secret.subject, secret.origin)
    for name, server in sorted(named.items()):
        members.setdefault(name, Member(cluster_name(name), server.rstrip("/")))
    members.setdefault(OWN_NAME, Member(ClusterName(own), OWN_SERVER))
    return members, remarks


def find_member(members: Mapping[str, Member], destination: Mapping[str, object]) -> Member | None:
    """The cluster that `spec.destination` names, by name or by server."""
    name, server = text(destination, "name"), text(destination, "server").rstrip("/")
    if name:
        return members.get(name)
    return next((one for _, one in sorted(members.items()) if one.server == server), None)


def _value(secret: Manifest, name: str) -> str:
    plain = text(secret, "stringData", name)
    if plain:
        return plain
    try:
        return base64.b64decode(text(secret, "data", name), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""

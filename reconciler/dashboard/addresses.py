"""The addresses of pages. A name of any kind is one part of a path, whatever characters it has."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from reconciler.model.keys import PolicyRef, ResourceKey

CLUSTER_SCOPED = "-"
"""In place of a namespace: of what is in none. No namespace has this name."""


def part(name: str) -> str:
    """A name as one part of a path. A dot alone would be taken for a folder."""
    return quote(name, safe="").replace(".", "%2E") if set(name) == {"."} else quote(name, safe="")


def with_query(path: str, **words: object) -> str:
    """Words that are empty are left out."""
    query = urlencode([(name, str(word)) for name, word in words.items() if word not in ("", None, False)])
    return f"{path}?{query}" if query else path


def member_address(name: str) -> str:
    return f"/members/{part(name)}"


def namespace_address(namespace: str) -> str:
    """Of its applications."""
    return f"/applications/{part(namespace or CLUSTER_SCOPED)}"


def object_address(key: ResourceKey, page: str = "", **words: object) -> str:
    """page: a part of it, such as `history`."""
    path = f"/objects/{part(key.namespace or CLUSTER_SCOPED)}/{part(key.qualified_kind)}/{part(key.name)}"
    return with_query(f"{path}/{page}" if page else path, **words)


def live_address(member: str, key: ResourceKey, **words: object) -> str:
    """Of what is read of an object in a member now."""
    where = f"{part(key.namespace or CLUSTER_SCOPED)}/{part(key.qualified_kind)}/{part(key.name)}"
    return with_query(f"/live-from/{part(member)}/{where}", **words)


def live_tree_address(member: str, key: ResourceKey) -> str:
    """Of what is below an object in a member now, down to Pods."""
    return f"{live_address(member, key)}/tree"


def policy_address(ref: PolicyRef) -> str:
    return f"/policies/{part(ref.kind)}/{part(ref.namespace or CLUSTER_SCOPED)}/{part(ref.name)}"


def commit_address(sha: str) -> str:
    return f"/commits/{part(sha)}"


def rollout_address(name: str) -> str:
    return f"/rollouts/{part(name)}"


def key_of(path: Mapping[str, str]) -> ResourceKey:
    """The object that an address names: `namespace`, `kind` (Deployment.apps) and `name`."""
    kind, _, group = path["kind"].partition(".")
    namespace = path["namespace"]
    return ResourceKey(group, kind, "" if namespace == CLUSTER_SCOPED else namespace, path["name"])


def policy_of(path: Mapping[str, str]) -> PolicyRef:
    namespace = path["namespace"]
    return PolicyRef(path["kind"], "" if namespace == CLUSTER_SCOPED else namespace, path["name"])

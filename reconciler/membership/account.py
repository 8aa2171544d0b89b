"""The account by which the reconciler acts in a member: made by `join`, taken away by `unjoin`, with an administrator's hand.

    Namespace                reconciler-system, unless told otherwise; one that is there already is used as it is
    ServiceAccount           NAMESPACE/reconciler
    ClusterRole              reconciler:NAMESPACE, unless an existing one is to be bound
    ClusterRoleBinding       reconciler:NAMESPACE
    Secret                   NAMESPACE/reconciler-token-…; see `tokens.py`

Everything is applied with a field manager of its own and carries marks (`marks.py`), so that joining again changes nothing, and a
cluster that belongs to somebody else, or is joined under another name, is recognised before anything is written.

**What the account may do.** The default role is the least by which every kind of template works; each rule says what it is for.
RBAC cannot say "every kind, but not its subresources" nor "every kind but Secrets", so the default is wide. Whoever knows which
kinds a member is to hold writes a ClusterRole of their own and has it bound instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cluster.api import APPLY, MERGE, Api
from reconciler.cluster.client import MemberError
from reconciler.cluster.failures import RefusedError
from reconciler.membership.join_labels import FIELD_MANAGER, JOINED_AS, JOINED_BY, Marks, marks_of
from reconciler.model.manifest import get, mapping, sequence, text

NAMESPACE = "reconciler-system"
ACCOUNT = "reconciler"

RULES: tuple[Mapping[str, list[str]], ...] = (
    # Any kind may be a template, and a CustomResourceDefinition of tomorrow brings kinds that nobody can list today. Server-side
    # apply is `patch`, and `create` where the object is new; drift is noticed by `watch`; pruning is `delete`.
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch", "create", "patch", "delete"]},
    # A role among the templates grants things that this account may not do itself (`update`, say). API servers refuse to
    # write or bind such a role for whoever lacks these two verbs.
    {
        "apiGroups": ["rbac.authorization.k8s.io"],
        "resources": ["roles", "clusterroles"],
        "verbs": ["escalate", "bind"],
    },
    # A ClusterTrustBundle that names a signer is taken only from who may attest for it.
    {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "verbs": ["attest"]},
    # Which version the server has, and which kinds it serves.
    {"nonResourceURLs": ["/version", "/api", "/apis"], "verbs": ["get"]},
)
"""No `update`, `deletecollection` or `impersonate`, and no other URL."""

_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or would be."""

    action: str
    """created, configured, unchanged, deleted, …"""
    what: str


Say = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One member's account."""

    marks: Marks
    namespace: str = NAMESPACE
    role: str = ""
    """An existing ClusterRole to bind; empty for whatever is bound already, else our own."""

    @property
    def name(self) -> str:
        """Of the role and the binding. They belong to no namespace, and two reconcilers may act on one member."""
        return f"{ACCOUNT}:{self.namespace}"

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.namespace}:{ACCOUNT}"

    @property
    def account_path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{ACCOUNT}"

    @property
    def secrets_path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets"


class Member:
    """One API server, with the rights of an administrator, and what is done there."""

    def __init__(self, api: Api, enrolment: Enrolment, say: Say, *, dry_run: bool = False) -> None:
        self.api = api
        self.enrolment = enrolment
        self.say = say
        self._dry_run = dry_run

    async def refuse_others(self) -> None:
        """Raises MemberError where the cluster is joined already as something else."""
        ours, member = self.enrolment.marks, self.enrolment.marks.member
        path, query = "/api/v1/serviceaccounts", {"labelSelector": JOINED_AS}
        for account in sequence(
            (await self.api.request("GET", path, query=query, what="list ServiceAccounts")).document, "items"
        ):
            marks, namespace = marks_of(account), text(account, "metadata", "namespace")
            if marks is None or (marks == ours and namespace == self.enrolment.namespace):
                continue
            if marks == ours:
                remedy = f"Say --namespace {namespace}, or unjoin it first."
                raise MemberError(f"{member}: it is joined already, by an account in the namespace {namespace}", remedy=remedy)
            if marks.instance == ours.instance:
                raise MemberError(
                    f"{member}: this cluster is joined already, as {marks.member} (ServiceAccount {namespace}/{ACCOUNT})",
                    remedy=f"Check --kubeconfig and --context; or `reconciler unjoin {marks.member}` first.",
                )
            if namespace == self.enrolment.namespace:
                raise MemberError(
                    f"{member}: this cluster belongs to another reconciler, {marks.instance}, which calls it {marks.member}",
                    remedy="Check --kubeconfig and --context. If both are to act there, give this one a --namespace of its own.",
                )

    async def enrol(self) -> bool:
        """Makes the account and what it may do; whether it was there already. Raises MemberError."""
        namespace, marks = self.enrolment.namespace, self.enrolment.marks
        metadata = {"name": ACCOUNT, "namespace": namespace, "labels": marks.labels}
        await self._ensure_namespace()
        there = await self.get(self.enrolment.account_path) is not None
        await self.put(self.enrolment.account_path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        await self._bind(await self._role_to_bind())
        return there

    async def dismiss(self) -> bool:
        """Takes away the account and what it may do, one by one; whether anything was there. For an administrator."""
        gone = [
            await self.remove(f"{_BINDINGS}/{self.enrolment.name}", "ClusterRoleBinding"),
            await self.remove(f"{_ROLES}/{self.enrolment.name}", "ClusterRole"),
            *[await self.remove(f"{self.enrolment.secrets_path}/{name}", "Secret") for name in await self.token_secrets()],
            await self.remove(self.enrolment.account_path, "ServiceAccount"),
        ]
        return any(gone)

    async def resign(self) -> None:
        """As `dismiss`, by the account's own hand: it cannot outlive its rights to delete the rest. So the binding comes to own
        everything else, and when it is deleted the member's garbage collector does what remains. Raises MemberError."""
        binding = await self.get(f"{_BINDINGS}/{self.enrolment.name}")
        if binding is None or not self.enrolment.marks.are_on(binding):
            return
        owner = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "name": self.enrolment.name,
            "uid": text(binding, "metadata", "uid"),
        }
        secrets = [f"{self.enrolment.secrets_path}/{name}" for name in await self.token_secrets()]
        owned = [*secrets, f"{_ROLES}/{self.enrolment.name}", self.enrolment.account_path]
        for path in owned:
            live = await self.get(path)
            if live is None or not self.enrolment.marks.are_on(live):
                continue
            if not self._dry_run:
                body = {"metadata": {"uid": text(live, "metadata", "uid"), "ownerReferences": [owner]}}
                query = {"fieldManager": FIELD_MANAGER}
                await self.api.request("PATCH", path, query=query, body=body, content_type=MERGE, what=f"hand over {path}")
            self.say(Step("deleted", f"{_described(live)} (goes with the ClusterRoleBinding)"))
        await self.remove(f"{_BINDINGS}/{self.enrolment.name}", "ClusterRoleBinding")

    async def refuse_unable(self) -> None:
        """Raises MemberError where `resign` would get stuck half-way."""
        group, namespace = "rbac.authorization.k8s.io", self.enrolment.namespace
        needed = [
            {"verb": "delete", "group": group, "resource": "clusterrolebindings"},
            {"verb": "patch", "group": "", "resource": "serviceaccounts", "namespace": namespace},
            {"verb": "patch", "group": "", "resource": "secrets", "namespace": namespace},
        ]
        for attributes in needed:
            body = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": attributes},
            }
            path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            said = (await self.api.request("POST", path, body=body, what="ask what it may do")).document
            if get(said, "status", "allowed") is not True:
                what = f"{attributes['verb']} {attributes['resource']}"
                message = f"{self.api.name}: its account may not {what}, so it cannot take itself away"
                raise RefusedError(message, 403, "Forbidden")
        if not await self.collects_garbage():
            raise MemberError(f"{self.api.name}: nobody collects garbage there, so its account cannot take itself away")

    async def collects_garbage(self) -> bool:
        """Whether kube-controller-manager is at work: it gives the namespace kube-system its account, fills token Secrets and
        collects garbage."""
        return await self.get("/api/v1/namespaces/kube-system/serviceaccounts/default") is not None

    async def token_secrets(self) -> list[str]:
        """Names of the Secrets that hold or stand for tokens of the account."""
        marks = self.enrolment.marks
        query = {"labelSelector": f"{JOINED_AS}={marks.member},{JOINED_BY}={marks.instance}"}
        answer = await self.api.request("GET", self.enrolment.secrets_path, query=query, what="list token Secrets")
        names = [text(item, "metadata", "name") for item in sequence(answer.document, "items")]
        return sorted(name for name in names if name.startswith(f"{ACCOUNT}-token-"))

    async def get(self, path: str) -> Mapping[str, Any] | None:
        """What is there; None for nothing."""
        try:
            document: Mapping[str, Any] = (await self.api.request("GET", path, what=f"get {path}")).document
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        return document

    async def put(self, path: str, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object after it was applied; in a dry run, as it would be. Raises MemberError where it is somebody else's."""
        live = await self.get(path)
        what = _described(manifest)
        if live is not None and not self.enrolment.marks.are_on(live):
            raise MemberError(
                f"{self.api.name}: there is a {what} that `join` did not make", remedy="Choose another --namespace, or remove it."
            )
        if sequence(live, "metadata", "ownerReferences"):  # Handed over by `resign`: the garbage collector is on its way.
            await self.remove(path, text(manifest, "kind"))
            live = None
        if live is None and self._dry_run:
            self.say(Step("created", what))
            return manifest
        query = {"fieldManager": FIELD_MANAGER, "force": "true", **({"dryRun": "All"} if self._dry_run else {})}
        answer = await self.api.request("PATCH", path, query=query, body=manifest, content_type=APPLY, what=f"apply {what}")
        after: Mapping[str, Any] = answer.document
        self.say(Step("created" if live is None else "unchanged" if _says_the_same(live, after) else "configured", what))
        return after

    async def remove(self, path: str, kind: str) -> bool:
        """Whether there was anything of ours. Raises MemberError."""
        live = await self.get(path)
        if live is None or not self.enrolment.marks.are_on(live):
            return False
        if not self._dry_run:
            body = {"propagationPolicy": "Background", "preconditions": {"uid": text(live, "metadata", "uid")}}
            try:
                await self.api.request("DELETE", path, body=body, what=f"delete {kind}")
            except RefusedError as error:
                if error.status != 404:
                    raise
        self.say(Step("deleted", _described({"kind": kind, **live})))
        return True

    async def _ensure_namespace(self) -> None:
        """Made without marks: what else people put into it is theirs, so it is not ours to delete."""
        path = f"/api/v1/namespaces/{self.enrolment.namespace}"
        what = f"Namespace {self.enrolment.namespace}"
        if await self.get(path) is not None:
            self.say(Step("unchanged", what))
            return
        if not self._dry_run:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.enrolment.namespace}}
            query = {"fieldManager": FIELD_MANAGER}
            await self.api.request("PATCH", path, query=query, body=body, content_type=APPLY, what=f"apply {what}")
        self.say(Step("created", what))

    async def _role_to_bind(self) -> str:
        """The ClusterRole's name; our own is brought up to date. A narrower one that was chosen once stays until another is
        named: nobody is given more rights for having left an option out."""
        own, chosen = self.enrolment.name, self.enrolment.role
        if not chosen:
            binding = await self.get(f"{_BINDINGS}/{own}")
            chosen = text(binding, "roleRef", "name") or own
        if chosen == own:
            metadata = {"name": own, "labels": self.enrolment.marks.labels}
            kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
            await self.put(f"{_ROLES}/{own}", {**kind, "metadata": metadata, "rules": list(RULES)})
        elif await self.get(f"{_ROLES}/{chosen}") is None:
            raise MemberError(f"{self.api.name}: there is no ClusterRole {chosen}", remedy="Create it there first, then join.")
        return chosen

    async def _bind(self, role: str) -> None:
        name = self.enrolment.name
        path = f"{_BINDINGS}/{name}"
        bound = text(await self.get(path), "roleRef", "name")
        if bound not in ("", role):
            await self.remove(path, "ClusterRoleBinding")  # What a binding is for cannot be changed.
        group = "rbac.authorization.k8s.io"
        binding = {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name, "labels": self.enrolment.marks.labels},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.enrolment.namespace}],
        }
        if bound not in ("", role) and self._dry_run:
            self.say(Step("created", _described(binding)))
        else:
            await self.put(path, binding)
        if role != name:
            await self.remove(f"{_ROLES}/{name}", "ClusterRole")


async def wait_for(ready: Callable[[], Any], seconds: float) -> Any:
    """What `ready` answers as soon as that is something; None when the time is up."""
    for _ in range(int(seconds / _GLANCE)):
        if found := await ready():
            return found
        await asyncio.sleep(_GLANCE)
    return None


_GLANCE = 0.2
"""Seconds."""


def _described(manifest: Mapping[str, Any]) -> str:
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return f"{text(manifest, 'kind')} {namespace}/{name}" if namespace else f"{text(manifest, 'kind')} {name}"


def _says_the_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two states of one object differ in nothing but its bookkeeping."""

    def told(document: Mapping[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in mapping(document, "metadata").items() if k not in ("managedFields", "resourceVersion")}
        return {**document, "metadata": kept}

    return told(before) == told(after)
